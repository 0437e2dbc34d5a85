# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The pages of the papers: every score from its file, links that hold, lines that a person can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from made_paper_results import made_result
from ser_train.errors import TrainingError
from ser_train.papers.page import write_pages
from ser_train.papers.page_data import RESULTS, TEXTS
from ser_train.papers.result_files import write_result, write_time
from ser_train.papers.results import Cost, SystemResult
from ser_train.papers.system import load_system, system_names

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = ["papers.md", *(f"papers/{number}.md" for number in ("000", "001", "002", "003", "004"))]


def _root(folder: Path, *results: SystemResult) -> Path:
    (folder / "docs").mkdir()
    (folder / TEXTS).write_bytes((ROOT / TEXTS).read_bytes())
    for result in results:
        write_result(result, folder / RESULTS)
    return folder


def _page(root: Path) -> str:
    return write_pages(root, root / "docs" / "papers.md")[0].read_text(encoding="utf-8")


def _line(page: str, start: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(start))


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_committed_page_hold(page: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (DOCS / page).read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert ((DOCS / page).parent / link).resolve().is_relative_to(DOCS)
        assert ((DOCS / page).parent / link).is_file(), link


@pytest.mark.parametrize("page", PAGES)
def test_prose_of_a_committed_page_has_short_lines(page: str) -> None:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines if not line.startswith(("|", "!", "#"))) <= 120
    assert max(map(len, lines)) <= 400
    assert not [line for line in lines if line.startswith(("+ ", "- ")) or "{" in line]


def test_every_system_stands_on_the_page_of_its_papers_with_what_was_chosen() -> None:
    for name in system_names():
        system = load_system(name)
        assert system.papers, name
        for number in system.papers:
            page = (DOCS / "papers" / f"{number}.md").read_text(encoding="utf-8")
            assert f"| `{name}` |" in page
            words = " ".join(page.split())
            for text in (*system.choices, *system.notes, *(p.text for p in system.protocols.values())):
                assert text[1:] in words, (name, text)


def test_every_system_stands_in_the_table_and_what_is_not_run_is_said_with_its_command(tmp_path: Path) -> None:
    page = _page(_root(tmp_path))
    for name in system_names():
        system = load_system(name)
        assert "not run" in _line(page, f"| {name} |")
        for protocol in system.protocols:
            assert f"| {name} | {protocol} | nothing | not timed | `ser-train paper {name} --data DATA" in page
    assert "{" not in page


def test_scores_stand_beside_the_published_ones_and_their_difference(tmp_path: Path) -> None:
    root = _root(
        tmp_path,
        made_result("d-gru", "published", 0.8),
        made_result("d-gru", "speaker-independent", 0.45, folds=6, of=6),
        made_result("d-cnn1", "published", 0.6, folds=1, of=1),
    )
    page = _page(root)
    gru = _line(page, "| d-gru |")
    assert "[0.800 ± 0.010](results/d-gru/published.md)" in gru
    assert "(0.250 to 0.625, 1,234 clips, 24 speakers, 2 seeds, without SAVEE)" in gru
    assert "| reached |" in gru
    assert gru.endswith("| 35.0 points |")
    assert "| 2.8 points under |" in _line(page, "| d-cnn1 |")
    assert "![d-gru, published](results/d-gru/published.png)" in page
    assert "![every system](figures/papers.png)" in page
    assert (root / "docs" / "figures" / "papers.png").read_bytes().startswith(b"\x89PNG")
    assert "`ser-train paper d-gru" not in page
    assert "the first network scores 0.600 ± 0.010 here and the last 0.800 ± 0.010" in " ".join(page.split())


def test_a_run_of_some_folds_says_so_and_how_long_the_rest_takes(tmp_path: Path) -> None:
    root = _root(tmp_path, made_result("d-gru", "speaker-independent", 0.45, folds=2, of=6))
    write_time(root / RESULTS, "d-gru", "published", Cost(seconds_per_epoch=72.0, epochs=50, folds=1, device="cpu"))
    page = _page(root)
    assert "2 of 6 folds" in _line(page, "| d-gru | D-act")
    assert "| 2 of 6 folds | at most 2.0 (36 s an epoch, cpu) |" in _line(page, "| d-gru | speaker-independent |")
    assert "| nothing | at most 1.0 (72 s an epoch, cpu) |" in _line(page, "| d-gru | published |")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('intro = "{d-gro.published}"', "did you mean `d-gru`"),
        ('[D]\ntitel = "a title"', r"\[D\].*did you mean `title`"),
        ('[papers.001]\ntitle = "a title"', r"\[papers.001\].*`authors` is missing"),
    ],
)
def test_texts_that_cannot_be_understood_are_refused(tmp_path: Path, text: str, message: str) -> None:
    root = _root(tmp_path)
    (root / TEXTS).write_text(text)
    with pytest.raises(TrainingError, match=message):
        _page(root)


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="give the project's folder as --root"):
        _page(tmp_path)


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(TrainingError, match="cannot be written"):
        write_pages(ROOT, tmp_path / "out" / "papers.md")
