"""Which lanes `--channels` and `--lane-names` make of a source."""

from __future__ import annotations

import pytest

from ser_live.errors import SettingsError
from ser_live.lanes import Lane, lanes_of


def test_one_lane_has_no_name() -> None:
    assert lanes_of("mix", (), 2) == (Lane(None, "mix"),)
    assert lanes_of("2", (), 2) == (Lane(None, "2"),)


def test_a_lane_a_channel() -> None:
    assert lanes_of("split", (), 2) == (Lane("left", "1"), Lane("right", "2"))
    assert lanes_of("split", ("Agent", " Customer "), 2) == (Lane("Agent", "1"), Lane("Customer", "2"))
    assert [lane.name for lane in lanes_of("split", ("A",), 3)] == ["A", "channel 2", "channel 3"]


@pytest.mark.parametrize(
    ("choice", "names", "channels", "sentence"),
    [
        ("split", (), 1, "the source has only 1"),
        ("split", (), 17, "takes up to 16 channels, and the source has 17"),
        ("split", ("a", "b", "c"), 2, "3 names, and the source has 2 channels"),
        ("split", ("a", "a"), 2, "two lanes one name"),
        ("split", ("right",), 2, "two lanes one name"),
        ("split", ("a", " "), 2, "not ' '"),
        ("split", ("a\nb",), 2, "not 'a\\\\nb'"),
        ("split", ("a" * 41,), 2, "1 to 40 characters"),
        ("mix", ("a",), 2, "give both or neither"),
        ("3", (), 2, "does not fit"),
    ],
)
def test_refused_in_one_sentence(choice: str, names: tuple[str, ...], channels: int, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        lanes_of(choice, names, channels)
