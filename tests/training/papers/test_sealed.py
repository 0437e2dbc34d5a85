"""The chapter of the papers is sealed: only its commands import it, and it imports only what lies below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "training" / "ser_train"
OPENERS = {"cli", "commands.paper", "commands.pages"}
ABOVE = {"cli", "commands", "model_page"}
BESIDE = {"streams", "vad"}


def _modules() -> Iterator[tuple[str, set[str]]]:
    """Every module of the trainer below `ser_train`, and those that it imports, also inside functions."""
    for path in PACKAGE.rglob("*.py"):
        imported = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ser_train."):
                imported.add(node.module.removeprefix("ser_train."))
            elif isinstance(node, ast.Import):
                imported |= {name.name.removeprefix("ser_train.") for name in node.names}
        yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts), imported


def test_only_its_commands_import_the_chapter() -> None:
    openers = {
        name
        for name, imported in _modules()
        if not name.startswith("papers.") and any(module.split(".")[0] == "papers" for module in imported)
    }
    assert "commands.paper" in openers
    assert openers <= OPENERS


def test_the_chapter_imports_only_what_lies_below_it() -> None:
    chapter = {name: imported for name, imported in _modules() if name.startswith("papers.")}
    assert len(chapter) > 20
    for name, imported in chapter.items():
        assert not {module.split(".")[0] for module in imported} & (ABOVE | BESIDE), name
