"""Stretches: what is joined, closed and lengthened, when each one comes, and what its probabilities are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import (
    LABELS,
    Record,
    emotion,
    in_time,
    prediction,
    session_fields,
    speech,
    summary_fields,
    two_lanes,
    utterance,
)

from ser_live.outputs.stretches import Stretch, Stretches, milliseconds
from ser_live.types import Prediction

Segment = tuple[float, float, str]
NO_PAUSE = {"max_pause": 0.0}  # so that emotions may follow each other in any distance


def fold(
    records: Sequence[Record], lanes: Sequence[str] = (), seconds: float = 0.0, **changes: object
) -> list[Stretch]:
    stretches = Stretches(session_fields(lanes, **changes))
    found = [stretch for record in records for stretch in stretches.take(record)]
    return found + stretches.close(summary_fields(seconds))


def emotions(segments: Sequence[Segment], lane: str | None = None) -> list[Record]:
    return [emotion(start, at, label, lane) for start, end, label in segments for at in (None, end)]


def shown(stretches: Sequence[Stretch]) -> list[Segment]:
    return [(stretch.start, stretch.end, stretch.label) for stretch in stretches]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([], []),
        ([(2, 4, "angry")], [(2, 4, "angry")]),
        ([(2, 4, "angry"), (4, 6, "sad")], [(2, 4, "angry"), (4, 6, "sad")]),
        # gaps
        ([(2, 4, "angry"), (4.5, 6, "angry")], [(2, 6, "angry")]),
        ([(2, 4, "angry"), (4.501, 6, "angry")], [(2, 4, "angry"), (4.501, 6, "angry")]),
        ([(2, 4, "angry"), (4.5, 6, "sad")], [(2, 4.5, "angry"), (4.5, 6, "sad")]),
        # short ones
        ([(2, 4, "angry"), (4, 4.799, "sad")], [(2, 4.799, "angry")]),
        ([(2, 4, "angry"), (4, 4.8, "sad")], [(2, 4, "angry"), (4, 4.8, "sad")]),
        ([(2, 4, "angry"), (4, 4.7, "sad"), (4.7, 6, "angry")], [(2, 6, "angry")]),
        ([(2, 4, "angry"), (4, 4.7, "sad"), (4.7, 6, "happy")], [(2, 4.7, "angry"), (4.7, 6, "happy")]),
        ([(2, 2.7, "sad"), (2.7, 6, "happy")], [(2, 6, "happy")]),
        ([(2, 2.3, "sad"), (2.5, 6, "happy")], [(2, 6, "happy")]),
        ([(2, 2.3, "sad"), (2.8, 6, "happy")], [(2, 2.8, "sad"), (2.8, 6, "happy")]),  # with its gap it is long enough
        ([(2, 2.3, "sad"), (2.3, 2.6, "fear"), (2.6, 2.9, "sad")], [(2, 2.9, "sad")]),
        ([(2, 4, "angry"), (4, 4.2, "sad"), (4.5, 5, "sad")], [(2, 4, "angry"), (4, 5, "sad")]),  # gaps come first
        ([(2, 4, "angry"), (4, 4.3, "sad"), (4.8, 9, "fear")], [(2, 4, "angry"), (4, 4.8, "sad"), (4.8, 9, "fear")]),
        # isolated ones
        ([(3, 3, "sad")], [(2.166, 3, "sad")]),
        ([(3, 3.5, "sad")], [(2.666, 3.5, "sad")]),
        ([(0.5, 0.6, "sad")], [(0, 0.6, "sad")]),
        ([(2, 4, "angry"), (6, 6, "sad")], [(2, 4, "angry"), (5.166, 6, "sad")]),
        ([(2, 4, "angry"), (5, 5, "sad")], [(2, 4.166, "angry"), (4.166, 5, "sad")]),
        ([(2, 4, "angry"), (5, 5, "angry")], [(2, 5, "angry")]),  # else it would come back after 0.17 s
        ([(2, 4, "angry"), (4.6, 4.6, "sad")], [(2, 4.6, "angry")]),  # there is no room for it
        ([(2, 4, "angry"), (4.6, 4.7, "sad"), (5.3, 9, "sad")], [(2, 4.7, "angry"), (5.3, 9, "sad")]),
    ],
)
def test_what_is_closed_joined_and_lengthened(segments: list[Segment], expected: list[Segment]) -> None:
    assert shown(fold(emotions(segments), settings=NO_PAUSE)) == expected


def test_an_emotion_that_goes_on_ends_with_the_session_or_its_utterance() -> None:
    assert shown(fold([emotion(2.0, None, "sad")], seconds=9.0)) == [(2, 9, "sad")]
    begun = [speech(1.0, None), emotion(2.0, None, "sad"), speech(1.0, 7.0)]
    assert shown(fold(begun, seconds=9.0)) == [(2, 7, "sad")]
    assert shown(fold([*begun[:2], prediction(8.0, "sad")])) == [(2, 8, "sad")]


def test_records_without_ids_are_folded_alike() -> None:
    from dataclasses import replace

    fields, records, summary = two_lanes()
    del fields["settings"]
    old = [record if isinstance(record, Prediction) else replace(record, id=None) for record in records]
    assert fold(old, ["Agent", "Customer"], summary["seconds"]) == fold(
        records, ["Agent", "Customer"], summary["seconds"]
    )


# Probabilities
def test_probabilities_are_means_over_what_ends_inside() -> None:
    records = [
        prediction(2.0, "angry", 0.5),
        emotion(2.0, None, "angry"),
        prediction(2.5, "angry", 0.6),
        prediction(3.0, "sad", 0.8),
        emotion(2.0, 3.0, "angry"),
        emotion(3.0, None, "sad"),
        prediction(4.0, "sad", 0.9),
        emotion(3.0, 4.0, "sad"),
    ]
    angry, sad = fold(records)
    assert angry.probability == pytest.approx((0.6 + 0.04) / 2)
    assert angry.smoothed == pytest.approx({"sad": (0.08 + 0.8) / 2, **dict.fromkeys(LABELS[1:5], 0.06), "angry": 0.32})
    assert sad.probability == pytest.approx(0.9)


def test_without_a_prediction_inside_the_nearest_one_counts() -> None:
    near = [prediction(2.0, "sad", 0.5), *emotions([(2.0, 5.0, "sad")])]
    assert fold(near)[0].probability == 0.5
    after = [prediction(1.0, "sad", 0.5), *emotions([(2.0, 5.0, "sad")]), prediction(5.5, "sad", 0.9)]
    assert fold(after)[0].probability == 0.9
    (alone,) = fold(emotions([(2.0, 5.0, "sad")]))
    assert (alone.probability, alone.smoothed) == (None, {})


def test_one_at_the_end_of_its_utterance_has_the_probabilities_that_it_rests_on() -> None:
    (stretch,) = fold(utterance(1.0, 3.0, [(3.0, "sad")]))
    assert (stretch.start, stretch.end) == (2.166, 3.0)
    inside = [p for p in utterance(1.0, 3.0, [(3.0, "sad")]) if isinstance(p, Prediction) and 2.166 < p.end <= 3.0]
    assert stretch.probability == pytest.approx(sum(p.smoothed["sad"] for p in inside) / len(inside))


# When they come
def test_a_stretch_comes_with_the_end_of_its_utterance() -> None:
    stretches = Stretches(session_fields())
    first, last = utterance(1.0, 4.0, [(2.0, "sad")])[:-1], utterance(1.0, 4.0, [(2.0, "sad")])[-1]
    assert [stretch for record in first for stretch in stretches.take(record)] == []
    assert shown(stretches.take(last)) == [(2, 4, "sad")]


def test_a_stretch_comes_once_the_next_one_is_long_enough() -> None:
    stretches = Stretches(session_fields())
    coming = []
    for record in utterance(1.0, 9.0, [(2.0, "sad"), (5.0, "happy")]):
        coming += [(stretch.label, record.end) for stretch in stretches.take(record)]
    assert coming == [("sad", 6.0), ("happy", 9.0)]  # at 5.75 s "happy" has 0.75 s


def test_an_emotion_that_goes_on_holds_back_the_later_ones_of_other_lanes() -> None:
    lanes = ["A", "B"]
    records = in_time([*utterance(1.0, 20.0, [(2.0, "sad")], "A"), *utterance(3.0, 6.0, [(4.0, "happy")], "B")])
    stretches = Stretches(session_fields(lanes))
    coming = [(stretch.lane, record.lane, record.end) for record in records for stretch in stretches.take(record)]
    assert coming == [("A", "A", 20.0), ("B", "A", 20.0)]
    silent = in_time([*utterance(1.0, 5.0, [(2.0, "sad")], "A"), *utterance(20.0, 30.0, [(21.0, "fear")], "A")])
    assert [stretch.start for stretch in fold(silent, lanes)] == [2.0, 21.0]
    stretches = Stretches(session_fields(lanes))
    early = [stretch.start for record in silent[:-1] for stretch in stretches.take(record)]
    assert early == [2.0]  # a lane that is silent holds nobody back for long


# Whatever comes
TIMES = st.integers(0, 3_000)
SEGMENTS = st.lists(st.tuples(st.integers(0, 1_800), TIMES, st.sampled_from(LABELS[:3])), max_size=12)


def laid_out(parts: list[tuple[int, int, str]]) -> list[Segment]:
    """Gaps and lengths in milliseconds as segments in seconds; equal neighbours without a gap are one."""
    at, segments = 1000, list[Segment]()
    for gap, length, label in parts:
        at += gap
        segments.append((at / 1000, (at + length) / 1000, label))
        at += length
    return segments


def by_passes(segments: Sequence[Segment]) -> list[tuple[int, int, str]]:
    """The rules of the fold one after the other, over everything at once."""
    rows = [(milliseconds(start), milliseconds(end), label) for start, end, label in segments]
    merged: list[tuple[int, int, str]] = []
    for start, end, label in rows:
        if merged and start - merged[-1][1] <= 500:
            merged[-1] = (merged[-1][0], start, merged[-1][2])
            if merged[-1][2] == label:
                merged[-1] = (merged[-1][0], end, label)
                continue
        merged.append((start, end, label))
    joined: list[tuple[int, int, str]] = []
    for start, end, label in merged:
        if joined and joined[-1][1] == start:
            first, stop, before = joined[-1]
            if before == label or end - start < 800 <= stop - first:
                joined[-1] = (first, end, before)
                continue
            if stop - first < 800:
                joined[-1] = (first, end, label)
                continue
        joined.append((start, end, label))
    result: list[tuple[int, int, str]] = []
    for index, (start, end, label) in enumerate(joined):
        touches_before = bool(result) and result[-1][1] == start
        touches_after = index + 1 < len(joined) and joined[index + 1][0] == end
        if end - start < 834 and not touches_before and not touches_after:
            start = min(start, max(result[-1][1] if result else 0, end - 834))
            if result and start - result[-1][1] <= 500:
                result[-1] = (result[-1][0], start, result[-1][2])
                if result[-1][2] == label or end - start < 800:
                    result[-1] = (result[-1][0], end, result[-1][2])
                    continue
        result.append((start, end, label))
    return result


@given(SEGMENTS)
def test_the_fold_does_what_its_rules_say(parts: list[tuple[int, int, str]]) -> None:
    segments = laid_out(parts)
    found = fold(emotions(segments), settings=NO_PAUSE)
    assert [(milliseconds(s.start), milliseconds(s.end), s.label) for s in found] == by_passes(segments)
    for before, after in pairwise(found):
        gap = milliseconds(after.start) - milliseconds(before.end)
        assert gap == 0 or gap > 500
        assert gap or before.label != after.label
    for stretch in found:
        assert milliseconds(stretch.end) - milliseconds(stretch.start) >= 800
    for start, end, label in segments:
        if end - start >= 0.8:
            holders = [stretch for stretch in found if stretch.start <= start and end <= stretch.end]
            assert [stretch.label for stretch in holders] == [label]


UTTERANCES = st.lists(
    st.tuples(
        st.integers(6, 20),  # quarters of a second of pause
        st.integers(3, 40),  # of speech
        st.lists(st.tuples(st.integers(4, 40), st.sampled_from(LABELS[:3])), max_size=5),
    ),
    max_size=6,
)


def spoken(parts: list[tuple[int, int, list[tuple[int, str]]]], lane: str | None) -> list[Record]:
    at, records = 0.0, list[Record]()
    for pause, length, changes in parts:
        at += pause / 4
        end = at + length / 4
        marks = {at + quarter / 4: label for quarter, label in changes if quarter <= length}
        records += utterance(at, end, marks.items(), lane)
        at = end
    return records


@given(UTTERANCES, UTTERANCES, st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_how_lanes_are_mixed_does_not_matter(
    one: list[tuple[int, int, list[tuple[int, str]]]],
    two: list[tuple[int, int, list[tuple[int, str]]]],
    late: list[int],
) -> None:
    lanes = ["A", "B"]
    records = [*spoken(one, "A"), *spoken(two, "B")]
    expected = fold(in_time(records), lanes)
    assert [stretch.start for stretch in expected] == sorted(stretch.start for stretch in expected)
    queues = {lane: [record for record in in_time(records) if record.lane == lane] for lane in lanes}
    mixed, at, turn = list[Record](), 0.0, 0
    while any(queues.values()):
        at += 0.25
        for lane in lanes:  # each lane brings what is known up to some time, as after blocks of different lengths
            limit = at - late[turn % len(late)] / 4
            turn += 1
            while queues[lane] and _known(queues[lane][0]) <= limit:
                mixed.append(queues[lane].pop(0))
    assert fold(mixed, lanes) == expected
    for lane, parts in (("A", one), ("B", two)):
        assert [stretch for stretch in expected if stretch.lane == lane] == fold(spoken(parts, lane), lanes)


def _known(record: Record) -> float:
    return record.available if isinstance(record, Prediction) else (record.end or record.start) + 0.2


@given(UTTERANCES)
def test_probabilities_are_those_of_the_predictions_inside(parts: list[tuple[int, int, list[tuple[int, str]]]]) -> None:
    records = spoken(parts, None)
    everything = [record for record in records if isinstance(record, Prediction)]
    for stretch in fold(records):
        inside = [p for p in everything if stretch.start < p.end <= stretch.end]
        assert inside
        for label, share in stretch.smoothed.items():
            assert share == pytest.approx(sum(p.smoothed[label] for p in inside) / len(inside))
        assert stretch.probability == stretch.smoothed[stretch.label]


def test_memory_is_constant_while_an_emotion_goes_on() -> None:
    import sys

    stretches = Stretches(session_fields())
    stretches.take(emotion(1.0, None, "sad"))
    lane = stretches._lanes[None]
    sizes = set()
    for index in range(40_000):
        stretches.take(prediction(2.0 + index / 4, "sad"))
        sizes.add(len(lane._recent))
    assert max(sizes) <= 6
    assert sys.getsizeof(lane._recent) < 2_000
    (stretch,) = stretches.close({"seconds": 10_002.0})
    assert stretch.probability == pytest.approx(0.7)
