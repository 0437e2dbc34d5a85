"""The pages that are written by hand hold to the code: commands, examples, paths and rooms are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import ser_train
import ser_train.cli
from typer.main import get_command

import ser_live
import ser_live.cli

ROOT = Path(__file__).parent.parent
NAMES = ("README", "CONTRIBUTING", "docs/architecture", "docs/guide", "docs/performance", "docs/training")
PAGES = {f"{name}.md": (ROOT / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}
PROGRAMS = {"ser-live": get_command(ser_live.cli._app), "ser-train": get_command(ser_train.cli.app)}
INLINE = re.compile(r"`(ser-(?:live|train) [^`]*)`")


def _fences(page: str, language: str) -> list[str]:
    """Return the page's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line.replace("…", ""), posix=True, punctuation_chars="|&>")
    lexer.whitespace_split = True
    return list(lexer)


def _calls(line: str) -> list[list[str]]:
    """Return the calls of our programs in a line of shell, as words.

    >>> _calls("a/ser-live --file x | jq '.a | .b' && ser-train  # and so on")
    [['ser-live', '--file', 'x'], ['ser-train']]
    """
    calls: list[list[str]] = [[]]
    for word in _words(line):
        if word in ("|", "&&"):
            calls.append([])
        else:
            calls[-1].append(word)
    named = [[Path(words[0]).name, *words[1:]] for words in calls if words]
    return [words for words in named if words[0] in PROGRAMS]


CALLS = [
    (page, words)
    for page, text in PAGES.items()
    for line in [*"".join(_fences(page, "sh")).splitlines(), *INLINE.findall(text)]
    for words in _calls(line)
]


def test_the_pages_have_commands_in_blocks_and_in_lines() -> None:
    seen = {" ".join(words[:2]) for _, words in CALLS}
    assert {"ser-live --file", "ser-live --help", "ser-train --data", "ser-train report", "ser-train corpora"} <= seen


@pytest.mark.parametrize(("page", "words"), CALLS)
def test_a_command_on_a_page_is_one_that_the_program_has(page: str, words: list[str]) -> None:
    program, *rest = words
    command = PROGRAMS[program]
    if program == "ser-train" and rest != ["--help"]:
        name = "fit" if not rest or rest[0].startswith("-") else rest[0]
        assert name in command.commands, f"{page}: ser-train has no command {name}"
        command = command.commands[name]
    elif program == "ser-live" and rest and rest[0] in command.commands:
        command = command.commands[rest[0]]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in rest:
        assert not word.startswith("--") or word in options, f"{page}: {' '.join(words)}: there is no option {word}"


def test_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = _fences("README.md", "python")
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"block": np.zeros(4_800, np.float32)}
    exec(code, names)
    assert names["records"] == []  # silence
    assert " neutral " in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES)
def test_a_path_on_a_page_is_there(page: str) -> None:
    named = re.findall(r"(?<![\w/])((?:ser_live|training|tests|docs|examples|benchmarks|models)/[\w./-]+)", PAGES[page])
    absent = [path for path in named if not (ROOT / path.rstrip(".")).exists()]
    assert absent == [], f"{page} names paths that are not there"


@pytest.mark.parametrize("page", PAGES)
def test_prose_has_short_lines(page: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    long = [line for line in prose.splitlines() if len(line) > 120]
    assert long == []


@pytest.mark.parametrize("package", [ser_live, ser_train], ids=lambda package: package.__name__)
def test_every_room_has_a_line_in_the_architecture(package: ModuleType) -> None:
    folder = Path(str(package.__file__)).parent
    rooms = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    rooms -= {"__init__", "__main__"}
    first = re.findall(r"^\| (`[^|]*`) \|", PAGES["docs/architecture.md"], re.MULTILINE)
    described = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    assert rooms <= described, f"docs/architecture.md has no line for {sorted(rooms - described)}"
