"""Windows of small numbers, worked out by hand: a stream's samples are numbered, so a window shows what it holds."""

from __future__ import annotations

import numpy as np
import pytest

from ser_live.windows import Output, SpeechWindows, UtteranceEnd, UtteranceStart, Window

Row = tuple[str, list[int]]


def cutter(**changes: int) -> SpeechWindows:
    return SpeechWindows(**{"window": 10, "step": 2, "first": 3, "max_pause": 4, "min_last": 2, **changes})


def table(outputs: list[Output]) -> list[Row]:
    """Each output as its kind and its numbers; of a window start, end, new, then what it holds."""
    rows: list[Row] = []
    for output in outputs:
        if isinstance(output, Window):
            rows.append(("window", [output.start, output.end, output.new, *output.samples.astype(int).tolist()]))
        elif isinstance(output, UtteranceStart):
            rows.append(("start", [output.start]))
        else:
            rows.append(("end", [output.start, output.end, output.speech]))
    return rows


def cut(pattern: str, *, then_flush: bool = True, **changes: int) -> list[Row]:
    """Outputs of a stream in which `#` is a sample of speech; sample `i` has the value `i`."""
    windows = cutter(**changes)
    samples = np.arange(len(pattern), dtype=np.float32)
    outputs = windows.feed(samples, np.array([mark == "#" for mark in pattern], np.bool_))
    return table(outputs + (windows.flush() if then_flush else []))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", []),
        (".........", []),
        # less than `first`: the end brings the window, of 2 samples, exactly `min_last`
        ("##", [("start", [0]), ("window", [0, 2, 2, 0, 1]), ("end", [0, 2, 2])]),
        # and with 1 sample none
        ("#", [("start", [0]), ("end", [0, 1, 1])]),
        ("###", [("start", [0]), ("window", [0, 3, 3, 0, 1, 2]), ("end", [0, 3, 3])]),
        # 1 sample is owed after the first window: less than `min_last`
        ("####", [("start", [0]), ("window", [0, 3, 3, 0, 1, 2]), ("end", [0, 4, 4])]),
        # 2 are a step
        (
            "#####",
            [
                ("start", [0]),
                ("window", [0, 3, 3, 0, 1, 2]),
                ("window", [0, 5, 2, 0, 1, 2, 3, 4]),
                ("end", [0, 5, 5]),
            ],
        ),
        # positions are those of the stream
        ("..###..", [("start", [2]), ("window", [2, 5, 3, 2, 3, 4]), ("end", [2, 5, 3])]),
        # a pause is cut out: `end - start` exceeds the speech
        (
            "##...###",
            [
                ("start", [0]),
                ("window", [0, 6, 3, 0, 1, 5]),
                ("window", [0, 8, 2, 0, 1, 5, 6, 7]),
                ("end", [0, 8, 5]),
            ],
        ),
    ],
)
def test_one_utterance(pattern: str, expected: list[Row]) -> None:
    assert cut(pattern) == expected


def test_a_pause_of_max_pause_goes_on_and_one_sample_more_ends_the_utterance() -> None:
    assert cut("##....#") == [("start", [0]), ("window", [0, 7, 3, 0, 1, 6]), ("end", [0, 7, 3])]
    assert cut("##.....#") == [
        ("start", [0]),
        ("window", [0, 2, 2, 0, 1]),
        ("end", [0, 2, 2]),
        ("start", [7]),
        ("end", [7, 8, 1]),
    ]


def test_the_end_is_known_with_the_sample_that_makes_the_pause_too_long() -> None:
    assert cut("##....", then_flush=False) == [("start", [0])]
    assert cut("##.....", then_flush=False) == [("start", [0]), ("window", [0, 2, 2, 0, 1]), ("end", [0, 2, 2])]


def test_a_long_silence_ends_an_utterance_once() -> None:
    assert cut("##" + "." * 50) == cut("##" + "." * 5)


def test_a_pause_is_counted_anew_after_each_speech() -> None:
    assert cut("#...#...#") == [("start", [0]), ("window", [0, 9, 3, 0, 4, 8]), ("end", [0, 9, 3])]


@pytest.mark.parametrize(
    ("speech", "windows_end"),
    [(3, [3]), (4, [3]), (5, [3, 5]), (6, [3, 5]), (7, [3, 5, 7]), (8, [3, 5, 7])],
)
def test_a_window_comes_every_step_of_speech_and_the_last_only_if_it_holds_enough_new(
    speech: int, windows_end: list[int]
) -> None:
    rows = cut("#" * speech)
    assert [row[1][1] for row in rows if row[0] == "window"] == windows_end


def test_with_a_long_step_the_last_window_holds_what_is_owed() -> None:
    """Windows at 3 and 9; then 2, 3 or 4 samples are owed, `min_last` is 3."""
    changes = {"step": 6, "min_last": 3}
    assert [row[1][:3] for row in cut("#" * 11, **changes)] == [[0], [0, 3, 3], [0, 9, 6], [0, 11, 11]]
    assert [row[1][:3] for row in cut("#" * 12, **changes)] == [[0], [0, 3, 3], [0, 9, 6], [2, 12, 3], [0, 12, 12]]
    assert [row[1][:3] for row in cut("#" * 13, **changes)] == [[0], [0, 3, 3], [0, 9, 6], [3, 13, 4], [0, 13, 13]]


def test_without_a_minimum_nothing_is_owed_twice() -> None:
    """All 3 samples are covered by the first window: a last one of nothing new is not emitted."""
    assert [kind for kind, _ in cut("###", min_last=0)] == ["start", "window", "end"]
    assert [kind for kind, _ in cut("####", min_last=0)] == ["start", "window", "window", "end"]


def test_a_long_utterance_keeps_the_window() -> None:
    rows = cut("#" * 25)
    windows = [row[1] for row in rows if row[0] == "window"]
    assert [row[:3] for row in windows[-3:]] == [[11, 21, 2], [13, 23, 2], [15, 25, 2]]
    assert windows[-1][3:] == list(range(15, 25))
    assert max(len(row) - 3 for row in windows) == 10


def test_two_utterances_share_no_window() -> None:
    rows = cut("#" * 12 + "." * 5 + "#" * 12)
    windows = [row[1] for row in rows if row[0] == "window"]
    assert [17, 20, 3] in [row[:3] for row in windows]
    assert all(max(row[3:]) < 12 or min(row[3:]) >= 17 for row in windows)


def test_the_first_window_is_no_longer_than_the_window() -> None:
    assert cut("#" * 5, window=4, first=6) == [
        ("start", [0]),
        ("window", [0, 4, 4, 0, 1, 2, 3]),
        ("end", [0, 5, 5]),
    ]


def test_a_window_keeps_what_it_held() -> None:
    """An earlier window is not changed by what comes after it."""
    windows = cutter()
    outputs = windows.feed(np.arange(3, dtype=np.float32), np.ones(3, np.bool_))
    windows.feed(np.full(20, 99, np.float32), np.ones(20, np.bool_))
    windows.flush()
    assert table(outputs)[1] == ("window", [0, 3, 3, 0, 1, 2])


def test_what_is_kept_of_a_long_utterance_is_no_more_than_the_window() -> None:
    windows = cutter()
    for _ in range(100):
        windows.feed(np.zeros(50, np.float32), np.ones(50, np.bool_))
    assert sum(len(piece) for _, piece in windows._pieces) < 10 + 2  # the window, and less than a step


def test_flush_starts_the_stream_anew() -> None:
    windows = cutter()
    windows.feed(np.zeros(7, np.float32), np.ones(7, np.bool_))
    assert isinstance(windows.flush()[-1], UtteranceEnd)
    assert windows.flush() == []
    assert windows.feed(np.zeros(1, np.float32), np.ones(1, np.bool_)) == [UtteranceStart(start=0)]
