# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Scores of streams against timelines worked by hand; the search's rule."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.evaluation.bootstrap import interval, quantile
from ser_train.streams.inference import StreamPredictions, Utterance
from ser_train.streams.metrics import ErrorSeconds, diarization_error, flips, label_seconds, right_delay
from ser_train.streams.report import streams_markdown
from ser_train.streams.risk_coverage import JudgedPredictions, label_at, risk_coverage
from ser_train.streams.score_card import RULES, bars, score_card, show
from ser_train.streams.score_file import Origin, ScoreCard, SearchLog, Setting, StreamScores, Trial
from ser_train.streams.scores import SideScores
from ser_train.streams.search import RULE, choose, search, smooth_again
from ser_train.streams.stream import Change, Kind, Span, Stream, changes_of
from ser_train.streams.timeline import Piece, pieces

from ser_live.session import Session
from ser_live.types import SAMPLE_RATE, Prediction, State

LABELS = ("happy", "neutral", "sad")


def span(start: float, end: float, label: str, speaker: str = "a", joined: bool = False) -> Span:
    return Span(start=start, end=end, label=label, speaker=speaker, joined=joined)


def prediction(
    available: float, label: str, share: float = 0.6, state: State = "committed", speech: float = 2.5
) -> Prediction:
    probabilities = {name: share if name == label else (1 - share) / 2 for name in LABELS}
    return Prediction(
        start=max(0.0, available - 2.5),
        end=available - 0.1,
        available=available,
        speech_seconds=speech,
        probabilities=probabilities,
        smoothed=probabilities,
        label=label,
        state=state,
    )


def predictions_of(
    kind: Kind, seconds: float, spans: tuple[Span, ...], *predictions: Prediction, name: str = "one"
) -> StreamPredictions:
    stream = Stream(name=name, kind=kind, samples=np.zeros(round(seconds * SAMPLE_RATE), np.float32), spans=spans)
    utterances = (Utterance(predictions=predictions, over=seconds),) if predictions else ()
    return StreamPredictions(stream=stream, utterances=utterances, audible=((0.0, seconds),) if predictions else ())


# Truth


def test_changes_are_of_one_speaker_and_last_to_the_next_stretch() -> None:
    spans = (
        span(0, 1, "sad"),
        span(1, 2, "sad", joined=True),
        span(2, 3, "happy", joined=True),
        span(4, 5, "happy"),
        span(6, 7, "sad"),
        span(8, 9, "neutral", "b"),
    )
    assert changes_of(spans, 10.0) == [
        Change(at=2, until=6, label="happy", speaker="a", joined=True),
        Change(at=6, until=8, label="sad", speaker="a", joined=False),
    ]
    assert changes_of(spans[:2], 3.0) == changes_of((), 1.0) == []


def test_who_spoke_where_a_window_ends() -> None:
    spans = (span(1, 2, "sad"), span(3, 4, "happy"))
    assert [label_at(spans, at).label for at in (0.5, 1.5, 2.5, 3.0, 3.1, 9.0)] == [
        *("sad", "sad", "sad", "sad", "happy", "happy")
    ]


# Timelines


def test_records_are_cut_to_what_may_be_shown() -> None:
    records = [(1.0, 2.0, "sad"), (2.0, 3.0, "happy"), (3.0, 4.0, None), (4.0, 9.0, "happy")]
    assert pieces(records, [(0.0, 1.5), (1.75, 5.0)]) == [
        *(Piece(1.0, 1.5, "sad"), Piece(1.75, 2.0, "sad"), Piece(2.0, 3.0, "happy"), Piece(4.0, 5.0, "happy"))
    ]
    assert pieces(records, []) == []


def test_what_counts_as_shown() -> None:
    """On the screen a provisional rival leaves nothing shown; by their labels all records count, doubts aside."""
    records = predictions_of(
        "mixed",
        10.0,
        (),
        prediction(1, "sad", state="warming-up"),
        prediction(2, "sad", state="provisional"),
        prediction(3, "happy", state="provisional"),
        prediction(4, "happy", state="uncertain"),
        prediction(5, "happy", state="committed"),
        prediction(6, "sad", state="provisional"),
    )
    (screen,) = show([records], RULES["screen"])
    (labelled,) = show([records], RULES["labelled"])
    assert screen[1] == [Piece(2, 3, "sad"), Piece(5, 6, "happy")]
    assert labelled[1] == [Piece(2, 3, "sad"), Piece(3, 4, "happy"), Piece(5, 6, "happy"), Piece(6, 10, "sad")]


def test_the_score_card_counts_what_the_screen_shows() -> None:
    """Over random records, second by second: the strip of a session holds the pieces of the score card."""
    rng = np.random.default_rng(0)
    labels, states = rng.choice(LABELS, 300), rng.choice(["warming-up", "uncertain", "provisional", "committed"], 300)
    records = [
        prediction(float(at), str(label), state=state)
        for at, (label, state) in enumerate(zip(labels, states, strict=True))
    ]
    session = Session(source="test", model="tiny", device="cpu", labels=LABELS)
    on_the_screen = []
    for record in records:
        session.take(record)
        session.lanes[0].hear(0.0, 1.0, speaking=True, speech_seconds=0.0)
        on_the_screen.append(session.lanes[0].strip[-1][1])
    ((_, shown),) = show([predictions_of("mixed", 300.0, (), *records)], RULES["screen"])
    counted = ["uncertain"] * 300
    for piece in shown:
        counted[round(piece.start) : round(piece.end)] = [piece.label] * round(piece.end - piece.start)
    assert on_the_screen == counted
    assert len(set(counted)) == 4


# Scores


def test_delays() -> None:
    change = Change(at=10, until=15, label="sad", speaker="a", joined=True)
    assert right_delay(change, [Piece(8, 11, "happy"), Piece(11.5, 12, "sad"), Piece(13, 14, "sad")]) == 1.5
    assert right_delay(change, [Piece(9, 11, "sad")]) == 0  # it stood there already
    assert right_delay(change, [Piece(9, 10, "sad"), Piece(10, 15, "happy"), Piece(15, 16, "sad")]) == math.inf
    assert right_delay(change, []) == math.inf


def test_diarization_error_has_the_values_worked_by_hand() -> None:
    """Speech 2 to 6 sad and 8 to 10 happy; shown 1 to 4 sad, 4 to 5 happy, 9 to 12 happy."""
    spans = (span(2, 6, "sad"), span(8, 10, "happy"))
    shown = [Piece(1, 4, "sad"), Piece(4, 5, "happy"), Piece(9, 12, "happy")]
    assert diarization_error(spans, shown) == ErrorSeconds(speech=6, missed=2, false_alarm=3, confusion=1)
    assert diarization_error(spans, []) == ErrorSeconds(speech=6, missed=6, false_alarm=0, confusion=0)


def test_flips_are_counted_across_pauses_too() -> None:
    shown = [Piece(0, 1, "sad"), Piece(2, 3, "sad"), Piece(3, 4, "happy"), Piece(6, 7, "sad")]
    assert flips(shown) == 2
    assert flips([]) == flips(shown[:1]) == 0
    assert label_seconds(shown) == {"sad": 3, "happy": 1}


def test_quantiles_take_never_for_what_it_is() -> None:
    assert quantile([3.0, 1.0, math.inf, 2.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, math.inf, 2.0], 0.9) == math.inf
    assert quantile([1.0], 0.9) == quantile([1.0], 0.01) == 1.0


def test_intervals_draw_groups() -> None:
    """Two speakers, of whom one is drawn twice, the other twice, or each once: the mean is 0, 1 or 2."""
    groups = {"a": [0.0] * 5, "b": [2.0] * 5}
    assert interval(groups, lambda values: float(np.mean(values))) == (0.0, 2.0)
    assert interval({"a": [1.0]}, lambda values: 1.0) is None
    assert interval({"a": [1.0], "b": [1.0]}, lambda values: math.inf) == (None, None)


def test_risk_and_coverage_have_the_values_worked_by_hand() -> None:
    """Ten predictions, the surest seven of which are wrong once, the rest twice: risks 0, 0, 0, 0, 1/5, 1/6, 1/7, …"""
    confidence = np.linspace(0.95, 0.5, 10)
    truth = np.array([0, 0, 0, 0, 1, 0, 0, 1, 0, 1])
    judged = JudgedPredictions(
        smoothed=np.stack([confidence, 1 - confidence], axis=1), truth=truth, speakers=["a"] * 5 + ["b"] * 5
    )
    result = risk_coverage(judged, shipped=0.79)
    assert result.accuracy == 0.7
    assert result.accuracy_at_coverage == pytest.approx(6 / 7, abs=1e-4)
    assert result.gain == pytest.approx(6 / 7 - 0.7, abs=1e-4)
    risks = [0, 0, 0, 0, 1 / 5, 1 / 6, 1 / 7, 2 / 8, 2 / 9, 3 / 10]
    assert result.aurc == pytest.approx(np.mean(risks), abs=1e-4)
    assert [point.risk for point in result.curve if point.coverage in (0.5, 1.0)] == [0.2, 0.3]
    assert (confidence >= result.threshold).sum() == 7
    assert (result.coverage_at_shipped, result.accuracy_at_shipped) == (0.4, 1.0)
    assert result.speakers == 2


# The card


def scores() -> SideScores:
    changing = predictions_of(
        "changes",
        20.0,
        (span(1, 5, "sad"), span(5, 11, "happy", joined=True), span(12, 19, "sad")),
        *(prediction(2, "sad"), prediction(6.5, "happy"), prediction(15, "sad")),
    )
    steady = predictions_of(
        "constant", 60.0, (span(0, 30, "sad"),), prediction(1, "sad"), prediction(2, "happy"), prediction(3, "sad")
    )
    plain = predictions_of("neutral", 11.0, (span(0, 10, "neutral"),), prediction(1, "neutral"), prediction(9, "sad"))
    return score_card([changing, steady, plain, predictions_of("silence", 100.0, ())], LABELS, 0.5)


ORIGIN = Origin(protocol="Made here.", model="tiny.onnx", sha256="0", commit="", seed=0)


def page(of: SideScores) -> str:
    card = ScoreCard(origin=ORIGIN, settings={}, clip_ece=0.05, scores=of, bars=bars(of))
    return streams_markdown(StreamScores(validation=card))


def test_the_card_of_streams_worked_by_hand() -> None:
    card = scores()
    delay = card.delay["screen"]
    assert (delay["all"].changes, delay["all"].median, delay["all"].p90) == (2, 1.5, 3.0)
    assert (delay["joined"].median, delay["paused"].median) == (1.5, 3.0)
    assert delay["all"].within == 0.5
    flips_on_screen, alarms = card.flips["screen"], card.false_alarms
    assert flips_on_screen is not None
    assert (flips_on_screen.flips, flips_on_screen.per_minute) == (2, 4.0)
    assert card.neutral is not None
    assert card.neutral.wrong_share == 0.2  # 2 of 10 seconds
    assert alarms is not None
    assert (alarms.minutes, alarms.share, alarms.by_stream) == (1.67, 0.0, {"one": 0.0})
    whole = card.diarization["changes"]
    assert whole is not None
    assert whole.minutes == round(20 / 60, 2)
    # Nothing from 1 to 2; wrong for 1.5 s after the change and for 3 s from 12 on; 11 to 12 and 19 to 20 are silence.
    assert whole.missed == pytest.approx(1 / 20)
    assert whole.false_alarm == pytest.approx(2 / 20)
    assert whole.confusion == pytest.approx(4.5 / 20)
    assert whole.error_rate == pytest.approx(7.5 / 20)
    assert card.meetings is None
    assert card.predictions is not None
    assert card.predictions.predictions == 6


def test_bars_and_words() -> None:
    card = scores()
    assert [bar.met for bar in bars(card)][:4] == [True, False, False, True]
    never = replace(card.delay["screen"]["all"], median=None)
    assert not bars(replace(card, delay={"screen": {"all": never}}))[0].met
    text = page(card)
    assert "| delay from a change of emotion, median | 1.50 s | ≤ 1.50 s | yes |" in text
    assert "| label flips per minute of constant emotion | 4 | ≤ 3 | **no** |" in text
    assert "Made here." in text
    assert "None" not in text


def test_without_streams_no_bar_is_met_and_the_page_is_written() -> None:
    nothing = score_card([], LABELS, 0.5)
    assert [(bar.value, bar.met) for bar in bars(nothing)] == [(None, False)] * 6
    assert "| accuracy gained at 70 % coverage | – | ≥ 10.0% | **no** |" in page(nothing)


def test_what_misses_a_bar_by_little_is_not_rounded_up_to_it() -> None:
    card = scores()
    assert card.predictions is not None
    text = page(replace(card, predictions=replace(card.predictions, gain=0.0996)))
    assert "| accuracy gained at 70 % coverage | 9.96% | ≥ 10.0% | **no** |" in text


# The search


def test_smoothing_again_is_what_the_live_path_would_have_said() -> None:
    records = predictions_of(
        "constant", 9.0, (), prediction(1, "sad", speech=0.75), prediction(2, "sad", speech=1.0), prediction(3, "happy")
    )
    setting = Setting(time_constant=0.0, warm_up=1.0, threshold=0.5, evidence=1e6)
    (again,) = smooth_again([records], setting)
    assert [p.state for p in again.utterances[0].predictions] == ["warming-up", "committed", "committed"]
    (steady,) = smooth_again([records], Setting(time_constant=1e9, warm_up=0.0, threshold=0.0, evidence=1e6))
    assert [p.label for p in steady.utterances[0].predictions] == ["sad"] * 3
    (doubting,) = smooth_again([records], Setting(time_constant=0.0, warm_up=0.0, threshold=0.7, evidence=1e6))
    assert {p.state for p in doubting.utterances[0].predictions} == {"uncertain"}


def tried(delay: float | None, flips: float, right: float = 0.5, ece: float = 0.01) -> Trial:
    return Trial(
        time_constant=0.5,
        warm_up=1.0,
        threshold=0.5,
        evidence=4.0,
        ece=ece,
        median_delay=delay,
        p90_delay=None,
        never=0.5,
        flips_per_minute=flips,
        right=right,
        error_rate=0.5,
        missed=0.3,
    )


def test_the_rule_of_the_choice() -> None:
    quick, steady, wrong = tried(1.4, 9.0), tried(1.5, 4.0), tried(1.4, 1.0, right=0.47)
    never, unsure = tried(None, 0.0), tried(1.0, 1.0, right=0.6, ece=0.04)
    assert choose([quick, steady, wrong, never, unsure]) == steady
    assert choose([unsure]) == unsure
    # None is quick enough: 2 s and 12 a minute is 4 times too many flips, 3 s and 8 a minute 2.7, 6 s and 3 a minute 4.
    slow = [tried(2.0, 12.0), tried(3.0, 8.0), tried(6.0, 3.0)]
    assert choose(slow) == slow[1]
    assert choose([never, *slow]) == slow[1]
    assert choose([never]) == never


def test_the_search_tries_what_it_says_and_finds_what_is_steady() -> None:
    """Right from 1 s after the change on, but for one window in eight: what needs more than one is steady and quick."""
    spans = (span(0, 10, "sad"), span(10, 20, "happy", joined=True))
    records = [prediction(1 + 0.25 * i, "sad" if i < 40 else "happy", 0.98) for i in range(75)]
    changing = predictions_of("changes", 20.0, spans, *records)
    noisy = [prediction(1 + 0.25 * i, "happy" if i % 8 == 5 else "sad", 0.98) for i in range(70)]
    steady = predictions_of("constant", 20.0, (span(0, 20, "sad"),), *noisy)
    trials = search([changing, steady], LABELS, lambda done, of: None)
    chosen = choose(trials)
    assert chosen in trials
    missed: dict[tuple[float, float], set[float]] = {}
    for trial in trials:
        missed.setdefault((trial.time_constant, trial.warm_up), set()).add(trial.missed)
    assert all(len(values) == 1 for values in missed.values())  # one coverage, whatever commits to a label
    log = SearchLog(origin=ORIGIN, rule=RULE, chosen=chosen, tried=tuple(trials))
    text = streams_markdown(StreamScores(search=log))
    assert "tried on what tiny.onnx said" in text
    assert f"evidence {chosen.evidence:g}" in text
    assert chosen.flips_per_minute == 0
    assert chosen.median_delay is not None
    assert chosen.median_delay <= 1.5
    unsteady = [trial for trial in trials if (trial.time_constant, trial.evidence) == (0.0, 12.0)]
    assert unsteady
    assert all(trial.flips_per_minute > 20 for trial in unsteady)
