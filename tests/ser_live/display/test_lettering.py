"""Large letters, and characters that are two columns wide."""

from __future__ import annotations

import pytest
from sessions import new_session, speak, text_of

from ser_live.display.canvas import fit
from ser_live.display.lettering import large, large_height, large_width


@pytest.mark.parametrize(("width", "scale"), [(50, 0), (51, 1), (99, 1), (100, 2), (148, 2), (149, 3), (198, 4)])
def test_letters_are_as_large_as_the_longest_word_allows(width: int, scale: int) -> None:
    session = new_session()
    speak(session, "sad", 1)  # the shortest
    text = text_of(session, width, 60)
    assert [size for size in (1, 2, 3, 4) if large("SAD", size)[0] in text][-1:] == ([scale] if scale else [])
    assert (" SAD  " in text) == (scale == 0)


def test_wide_characters_are_cut_by_their_width() -> None:
    assert fit("長い名前", 8, "…") == "長い名前"
    assert fit("長い名前", 7, "…") == "長い名…"
    assert fit("長い名前", 6, "…") == "長い…"


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("unicode", [True, False])
def test_large_letters_have_the_size_that_they_say(scale: int, unicode: bool) -> None:
    for word in ("HAPPY", "WARMING UP", "?"):
        rows = large(word, scale, unicode=unicode)
        assert {len(row) for row in rows} == {large_width(word, scale)}
        assert len(rows) == large_height(scale, unicode=unicode)
    drawn = [large(chr(code), scale, unicode=unicode) for code in range(ord("A"), ord("Z") + 1)]
    assert len(set(drawn)) == 26
