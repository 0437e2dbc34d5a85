"""Switch off what libraries do on their own: sending usage data, and starting threads.

`ser_live` and the trainer call this before they import anything else, because these libraries read the environment
once, when they are imported.
"""

from __future__ import annotations

import os
import sys

__all__ = ["USAGE_DATA", "keep_linear_algebra_to_one_thread", "switch_off_usage_data"]

USAGE_DATA = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime, https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray, https://docs.ray.io/en/latest/cluster/usage-stats.html
    "DO_NOT_TRACK": "true",  # Daft and others, https://consoledonottrack.com
    "GRADIO_ANALYTICS_ENABLED": "False",  # Gradio, https://www.gradio.app/guides/environment-variables
}
"""Environment variables that keep libraries from sending usage data, and the value that does so."""

_SENDS_BY_DEFAULT = (1, 29)  # onnxruntime, from this version on


def switch_off_usage_data() -> None:
    """Switch off the usage data of the libraries that are imported later; a value that the user set stays.

    Where the host program imported onnxruntime first it is too late, which is logged, once.
    """
    late = not os.environ.get("ORT_DISABLE_TELEMETRY") and _sends(sys.modules.get("onnxruntime"))
    for name, value in USAGE_DATA.items():
        if not os.environ.get(name):
            os.environ[name] = value
    if late:
        import logging  # `ser-live --help` does without

        # not a warning: `import ser_live` must not fail where warnings are errors
        logging.getLogger("ser_live").warning(
            "onnxruntime was imported before ser_live, which is too late to keep it from sending usage data: "
            "import ser_live first, or set ORT_DISABLE_TELEMETRY=1"
        )


def keep_linear_algebra_to_one_thread() -> None:
    """Keep NumPy's OpenBLAS from starting threads: for our own program, before NumPy is imported.

    OpenBLAS starts them when it is loaded, needed or not, and ends the process where the system refuses one. In other
    programs the threads belong to the program: there our computing does not use them (`ser_live.features.bands`).
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _sends(onnxruntime: object) -> bool:
    """Return whether a module is an onnxruntime that sends usage data by default."""
    numbers = str(getattr(onnxruntime, "__version__", "0.0")).split(".")[:2]
    return all(number.isdecimal() for number in numbers) and tuple(map(int, numbers)) >= _SENDS_BY_DEFAULT
