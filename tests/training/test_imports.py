"""Who may import whom in the trainer, read from the source: no circle, nothing from a higher floor, few packages."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import ser_train
import soundfile

import ser_live

PACKAGE = Path(ser_train.__file__).parent
ROOT = Path(ser_live.__file__).parent.parent
FLOORS = (
    ("errors", "files", "settings", "records", "console", "provenance"),
    ("corpora",),
    ("splits",),
    ("data",),
    ("augment",),
    ("networks",),
    ("evaluation",),
    ("fitting",),
    ("export",),
    ("reporting",),
    ("streams", "vad"),
    ("papers",),
    ("model_page",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
"""From below: a chapter imports itself and lower floors; rooms of the ground floor, one another too."""
FLOOR = {chapter: number for number, chapters in enumerate(FLOORS) for chapter in chapters}
PAPERS_ARE_FOR = {"commands.paper", "commands.recipes", "commands.pages"}
# besides the standard library, `ser_live` and the trainer itself
OUTSIDE: dict[str, set[str]] = {
    "errors": set(),
    "files": {"matplotlib"},
    "settings": {"tomli"},
    "records": set(),
    "console": {"rich"},
    "provenance": set(),
    "corpora": {"numpy", "soundfile", "rich", "pooch", "requests"},
    "splits": {"numpy"},
    "data": {"numpy", "torch"},
    "augment": {"numpy", "torch", "torchaudio", "scipy", "soundfile", "pyroomacoustics"},
    "networks": {"numpy", "torch", "onnx"},
    "evaluation": {"numpy", "torch", "rich"},
    "fitting": {"numpy", "torch", "rich", "matplotlib"},
    "export": {"numpy", "torch", "onnx", "onnxruntime"},
    "reporting": {"numpy", "torch", "matplotlib"},
    "streams": {"numpy", "rich", "matplotlib"},
    "vad": {"numpy", "rich", "webrtcvad"},
    "papers": {"numpy", "torch", "torchvision", "librosa", "rich", "matplotlib"},
    "model_page": {"numpy", "onnx"},
    "commands": {"torch", "onnx", "rich", "typer"},
    "cli": {"typer", "torchaudio"},
    "__main__": set(),
}
TORCH_IN_ONE_FILE = {"evaluation": "evaluation.conditions", "reporting": "reporting.corpus_plots"}


def module_name(path: Path, root: Path) -> str:
    """Return the name of a source below the folder of its package."""
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, modules: Collection[str]) -> Iterator[str]:
    """Give the full names of the modules that a source imports, wherever it does.

    Args:
        source: text of a module.
        modules: names that are known to be modules: `from a import b` is `a.b` where that is one, else `a`.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules else node.module


def circle(arrows: Mapping[str, Collection[str]]) -> list[str]:
    """Return modules that import one another in a ring, the first again at the end; none where there is no ring."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def chapter(module: str) -> str:
    """Return the chapter of a module of the trainer; empty for the package itself."""
    return ".".join(module.split(".")[1:2])


SOURCES = {module_name(path, PACKAGE): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
IMPORTS = {module: set(imported(source, SOURCES)) for module, source in SOURCES.items()}
INSIDE = {module: {other for other in names if other in SOURCES} for module, names in IMPORTS.items()}
ROOMS = [module for module in SOURCES if module != "ser_train"]


def test_the_helpers_see_every_kind_of_import_and_every_circle() -> None:
    source = """
import a.b, c
from ser_train import files
from ser_train.files import write_json
if TYPE_CHECKING:
    from ser_train.data import windows
def f():
    if True:
        from ser_train import __version__
"""
    modules = {"ser_train", "ser_train.files", "ser_train.data", "ser_train.data.windows"}
    assert sorted(imported(source, modules)) == [
        *("a.b", "c", "ser_train", "ser_train.data.windows", "ser_train.files", "ser_train.files")
    ]
    with pytest.raises(AssertionError, match="absolute"):
        list(imported("from . import a", modules))
    assert module_name(Path("/x/ser_train/data/windows.py"), Path("/x/ser_train")) == "ser_train.data.windows"
    assert module_name(Path("/x/ser_train/data/__init__.py"), Path("/x/ser_train")) == "ser_train.data"
    assert circle({"a": ["b"], "b": ["c"], "c": []}) == []
    ring = circle({"a": ["b"], "b": ["c"], "c": ["b"]})
    assert ring[0] == ring[-1]
    assert set(ring) == {"b", "c"}
    assert chapter("ser_train.data.windows") == chapter("ser_train.data") == "data"
    assert chapter("ser_train") == ""


def test_every_chapter_has_its_floor_and_its_packages() -> None:
    chapters = {chapter(module) for module in ROOMS}
    assert chapters == set(FLOOR) == set(OUTSIDE)


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circle(INSIDE) == []


@pytest.mark.parametrize("own", FLOOR)
def test_a_chapter_imports_lower_floors_and_few_packages(own: str) -> None:
    for module in (room for room in ROOMS if chapter(room) == own):
        for other in INSIDE[module] - {"ser_train"}:
            below = chapter(other)
            lower = FLOOR[below] < FLOOR[own] or FLOOR[below] == FLOOR[own] == 0
            assert lower or below == own, f"{module} imports {other}, which does not stand below it"
        packages = {name.partition(".")[0] for name in IMPORTS[module]} - {"ser_live", "ser_train"}
        foreign = packages - sys.stdlib_module_names - {"tomllib"} - OUTSIDE[own]  # of Python from 3.11 on
        assert not foreign, f"{module} imports {foreign}: chapter {own} does without"


def test_only_its_command_and_the_pages_import_the_papers() -> None:
    importers = {
        module.removeprefix("ser_train.")
        for module, others in INSIDE.items()
        if chapter(module) != "papers" and any(chapter(other) == "papers" for other in others)
    }
    assert importers <= PAPERS_ARE_FOR


def test_the_papers_import_neither_streams_nor_the_detectors() -> None:
    papers = {module: others for module, others in INSIDE.items() if chapter(module) == "papers"}
    assert len(papers) > 20
    for module, others in papers.items():
        assert not {chapter(other) for other in others} & {"streams", "vad"}, module


@pytest.mark.parametrize(("part", "place"), TORCH_IN_ONE_FILE.items())
def test_a_chapter_that_hardly_needs_torch_imports_it_in_one_file(part: str, place: str) -> None:
    places = [
        m for m, names in IMPORTS.items() if chapter(m) == part and {n.partition(".")[0] for n in names} & {"torch"}
    ]
    assert places == [f"ser_train.{place}"]


def test_the_program_never_imports_its_trainer() -> None:
    for path in sorted((ROOT / "ser_live").rglob("*.py")):
        names = {name.partition(".")[0] for name in imported(path.read_text(encoding="utf-8"), SOURCES)}
        assert not names & {"ser_train", "torch", "torchaudio"}, path


def test_recordings_are_counted_where_nothing_of_training_is_installed(tmp_path: Path) -> None:
    absent = ("torch", "torchaudio", "torchvision", "onnx", "matplotlib", "pyroomacoustics", "scipy", "librosa")
    code = f"import sys; sys.modules.update(dict.fromkeys({absent}))\nfrom ser_train.cli import main; main()"
    for name in ("03-01-05-01-01-01-07", "03-01-03-01-01-02-08"):
        soundfile.write(tmp_path / f"{name}.wav", [0.0, 0.1] * 800, 16_000)
    done = subprocess.run(
        [sys.executable, "-c", code, "corpora", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "training")))},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ravdess" in done.stdout
    assert "angry" in done.stdout
