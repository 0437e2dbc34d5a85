"""Long lines of prose are folded and nothing else is changed; a split's description stands once on a page."""

from __future__ import annotations

import pytest
from ser_train.reporting.prose import WIDTH, folded, footnoted

SIDES = "train 2 clips of 1 speaker (a); validation 1 clips of 1 speaker (a); test 1,234 clips of 2 speakers (a 2 of 1)"


@pytest.mark.parametrize("mark", ["", "* ", "- ", "12. ", "  * ", "[^1]: "])
def test_a_folded_line_keeps_its_words_and_what_it_belongs_to(mark: str) -> None:
    text = mark + " ".join(f"word{n}" for n in range(60))
    first, *more = folded(text).splitlines()
    assert first.startswith(mark)
    assert more
    assert all(len(line) <= WIDTH for line in (first, *more))
    indent = 4 if mark.startswith("[^") else len(mark)
    assert all(len(line) - len(line.lstrip()) == indent for line in more)
    assert " ".join(" ".join((first, *more)).split()) == " ".join(text.split())


@pytest.mark.parametrize("line", ["| a cell |", "# A title", "![a picture](p.png)"])
def test_tables_titles_and_pictures_stay_as_long_as_they_are(line: str) -> None:
    assert folded(line + "x" * 200) == line + "x" * 200


def test_code_stays_as_it_is() -> None:
    page = f"```sh\n{'command ' * 40}\n```\n"
    assert folded(page) == page


@pytest.mark.parametrize("sign", ["+", "-", "*", "#", ">", "3.", "3)"])
def test_no_folded_line_begins_as_a_list_or_a_title_would(sign: str) -> None:
    for length in range(100, 125):
        text = f"{'x' * length} {sign} then some more words that go on {'y' * 40}"
        assert not [line for line in folded(text).splitlines()[1:] if line.startswith(f"{sign} ")]
        assert folded(text).replace("\n", " ") == text


def test_a_split_stands_once_as_a_footnote_and_another_one_has_its_own() -> None:
    other = SIDES.replace("1,234", "5")
    page = footnoted(f"A (s): {SIDES}; more. B (s): {SIDES}. C: {other}.\n")
    assert page == (f"A (s)[^1]; more. B (s)[^1]. C[^2].\n\n[^1]: Train{SIDES[5:]}.\n\n[^2]: Train{other[5:]}.\n")


def test_a_page_without_a_split_stays_as_it_is() -> None:
    assert footnoted("Nothing: train a dog.\n") == "Nothing: train a dog.\n"
