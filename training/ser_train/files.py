"""Write files whole or say in one sentence why not."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_train.errors import TrainingError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_folder", "check_model_path", "png_bytes", "write_json", "write_whole"]


def write_whole(path: Path, data: bytes | memoryview | str, what: str = "", remedy: str = "") -> None:
    """Write a file under a temporary name, then rename it: a reader sees the old file or the new one, never a part.

    Args:
        path: of the file; its folder must be there.
        data: its content; text is written as UTF-8.
        what: the file is called in the message, such as "the model"; may be empty.
        remedy: end of the message, what the user can do; may be empty.

    Raises:
        TrainingError: if it cannot be written; then the old file is as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        name = f"{what} {path}" if what else str(path)
        end = f": {remedy}" if remedy else ""
        raise TrainingError(f"{name} cannot be written: {error.strerror or error}{end}") from None
    except BaseException:  # Ctrl-C
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any, what: str = "", remedy: str = "") -> None:
    """Write a value as JSON, indented by one space, whole.

    Raises:
        TrainingError: if it cannot be written.
        ValueError: for NaN or infinity, which JSON does not have.
    """
    write_whole(path, json.dumps(value, indent=1, allow_nan=False) + "\n", what, remedy)


def check_folder(path: Path) -> None:
    """Refuse a path whose folder is missing or read-only.

    Raises:
        TrainingError: saying which.
    """
    if not path.parent.is_dir():
        raise TrainingError(f"the folder {path.parent} does not exist: make it, or choose another --out")
    if not os.access(path.parent, os.W_OK):
        raise TrainingError(f"the folder {path.parent} cannot be written: choose another --out")


def check_model_path(path: Path) -> None:
    """Refuse, before any long work, a model path that cannot be written.

    Raises:
        TrainingError: if it does not end in `.onnx`, or its folder is missing or read-only.
    """
    if path.suffix != ".onnx":
        raise TrainingError(f"--out must name an .onnx file, not {path}")
    check_folder(path)


def png_bytes(figure: Figure, dpi: int = 100) -> bytes:
    """Return a matplotlib figure as the bytes of a PNG file, equal for equal figures (no software or date in it)."""
    data = BytesIO()
    figure.savefig(data, format="png", dpi=dpi, metadata={"Software": None})
    return data.getvalue()
