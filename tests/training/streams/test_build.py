# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Streams of made voices: exact truth, the same for the same seed, of one side's speakers; and the command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console
from tiny_model import tiny_model
from voices import noise, silence, voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora import Clip
from ser_train.corpora.labels import label_map
from ser_train.data.quiet_sounds import music, noise_paths
from ser_train.errors import TrainingError
from ser_train.export.contract import read_contract
from ser_train.splits import Split
from ser_train.streams.build import Builder
from ser_train.streams.inference import predict_streams
from ser_train.streams.measure import score_streams, search_streams
from ser_train.streams.quiet import meetings, quiet_streams
from ser_train.streams.stream import Stream, changes_of
from ser_train.streams.tape import active_speech

from ser_live.classifier import Classifier
from ser_live.types import SAMPLE_RATE

WORDS = label_map("six")
LEAD = 0.3  # seconds of silence before and after the voice of each clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Two people, three emotions, three clips each of 1.3 s; one more with a word that the task has not, one silent."""
    folder = tmp_path_factory.mktemp("clips")
    clips = []
    for n, speaker in enumerate(("ann", "bob")):
        for k, label in enumerate(("angry", "neutral", "sad")):
            for take in range(3):
                path = folder / f"{speaker}_{label}_{take}.wav"
                sound = [silence(LEAD), voice(1.3, seed=take, pitch=90 + 40 * (3 * n + k)), silence(LEAD)]
                soundfile.write(path, np.concatenate(sound), SAMPLE_RATE)
                clips.append(Clip(path=path, corpus="made", label=label, speaker=speaker, sex=None, text=""))
    for name, label, sound in (("other", "surprise", voice(1.3)), ("nothing", "sad", silence(1.0))):
        soundfile.write(folder / f"{name}.wav", sound, SAMPLE_RATE)
        clips.append(Clip(path=folder / f"{name}.wav", corpus="made", label=label, speaker="bob", sex=None, text=""))
    return clips


@pytest.fixture(scope="module")
def streams(clips: list[Clip]) -> list[Stream]:
    return Builder(clips, WORDS, [], seed=0).build()


def of(streams: list[Stream], kind: str) -> list[Stream]:
    return [stream for stream in streams if stream.kind == kind]


def piece(stream: Stream, start: float, end: float) -> np.ndarray:
    return stream.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]


def test_active_speech_is_cut_to_the_cell(clips: list[Clip]) -> None:
    speech = active_speech(clips[0])
    assert 1.1 * SAMPLE_RATE < len(speech) <= 1.32 * SAMPLE_RATE
    assert len(active_speech(clips[-1])) == 0


def test_the_truth_is_exact(streams: list[Stream]) -> None:
    """Without noise, what lies in no span is digital silence, and every span is speech to its edges."""
    for stream in streams:
        ends = [span.end for span in stream.spans]
        assert all(before <= span.start for before, span in zip([0.0, *ends], stream.spans, strict=False))
        for span in stream.spans:
            assert np.abs(piece(stream, span.start, span.end)).max() > 0.01
            assert np.any(piece(stream, span.start, span.start + 0.03))
            assert np.any(piece(stream, span.end - 0.03, span.end))
        for start, end in zip([0.0, *ends], [*(span.start for span in stream.spans), stream.seconds], strict=True):
            assert not np.any(piece(stream, start, end))


def test_pauses_and_joints(streams: list[Stream]) -> None:
    for stream in of(streams, "changes"):
        gaps = [b.start - a.end for a, b in zip(stream.spans, stream.spans[1:], strict=False)]
        joined = stream.name.endswith("joined")
        assert {span.joined for span in stream.spans[1:]} == {joined}
        assert all(gap == pytest.approx(0, abs=1e-9) if joined else 0.2 <= gap <= 3.0 for gap in gaps)
        assert changes_of(stream.spans, stream.seconds)
        assert len({span.speaker for span in stream.spans}) == 1


def test_each_kind_is_what_it_is_called(streams: list[Stream], clips: list[Clip]) -> None:
    assert {span.label for stream in of(streams, "neutral") for span in stream.spans} == {"neutral"}
    assert all(len({span.label for span in stream.spans}) == 1 for stream in of(streams, "constant"))
    assert {stream.spans[0].label for stream in of(streams, "constant")} == {"angry", "neutral", "sad"}
    for stream in of(streams, "mixed"):
        assert {span.speaker for span in stream.spans} == {"ann", "bob"}
        levels = [np.sqrt(np.mean(piece(stream, span.start, span.end) ** 2)) for span in stream.spans]
        assert 20 * np.log10(max(levels) / min(levels)) > 3
    one_side = Builder([clip for clip in clips if clip.speaker == "ann"], WORDS, [], seed=0).build()
    assert {span.speaker for stream in one_side for span in stream.spans} == {"ann"}


def test_the_same_seed_the_same_streams(streams: list[Stream], clips: list[Clip]) -> None:
    again = Builder(clips[::-1], WORDS, [], seed=0).build()
    assert [stream.spans for stream in again] == [stream.spans for stream in streams]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(again, streams, strict=True))
    assert [stream.spans for stream in Builder(clips, WORDS, [], seed=1).build()] != [
        stream.spans for stream in streams
    ]


def test_noise_lies_20_db_under_the_speech(clips: list[Clip], tmp_path: Path) -> None:
    path = tmp_path / "1-100-A-10.wav"
    soundfile.write(path, noise(5.0), SAMPLE_RATE)
    quiet = Builder(clips, WORDS, [], seed=0).mixed()
    noisy = Builder(clips, WORDS, noise_paths([tmp_path], "validation"), seed=0).mixed()
    for clean, other in zip(quiet, noisy, strict=True):
        assert clean.spans == other.spans
        speech = np.concatenate([piece(clean, span.start, span.end) for span in clean.spans])
        added = other.samples - clean.samples
        assert 10 * np.log10(np.mean(speech**2) / np.mean(added**2)) == pytest.approx(20, abs=0.1)


def test_noise_and_meetings_keep_to_their_side(tmp_path: Path) -> None:
    for name in ("1-100-A-10", "4-7-B-3", "5-200-A-10", "rain"):
        soundfile.write(tmp_path / f"{name}.wav", noise(1.0), SAMPLE_RATE)
    for name in ("dev00", "trn03", "tst01", "sample", "other"):
        soundfile.write(tmp_path / f"{name}.flac", noise(1.0), SAMPLE_RATE)
    assert meetings([tmp_path], "validation") == []  # without an RTTM beside it, a recording is no meeting
    lines = [f"SPEAKER {name} 1 0.0 1.0 <NA> <NA> ann <NA> <NA>\n" for name in ("dev00", "trn03", "tst01", "sample")]
    (tmp_path / "debug.rttm").write_text("".join(lines))
    assert [stream.name for stream in meetings([tmp_path], "validation")] == ["dev00", "trn03"]
    assert [stream.name for stream in meetings([tmp_path], "test")] == ["sample", "tst01"]
    assert [path.stem for path in noise_paths([tmp_path], "validation")] == ["1-100-A-10", "4-7-B-3"]
    assert [path.stem for path in noise_paths([tmp_path], "test")] == ["5-200-A-10"]
    assert [stream.name for stream in quiet_streams([tmp_path], "test", 0)] == [
        "noise",
        "music-like tones",
        "digital silence",
    ]


def test_music_is_tones_and_nothing_is_shown_of_it(tiny_path: Path) -> None:
    tones = music(10.0, np.random.default_rng(0))
    assert len(tones) == 10 * SAMPLE_RATE
    assert np.sqrt(np.mean(tones**2)) == pytest.approx(0.1, rel=0.05)
    (predictions,) = predict_streams(
        Classifier(tiny_path, "cpu"), [Stream(name="m", kind="silence", samples=tones)], lambda done, of: None
    )
    states = [prediction.state for utterance in predictions.utterances for prediction in utterance.predictions]
    assert set(states) <= {"warming-up"}, "tones setting in are a blip, not a second of speech"


def test_predictions_keep_utterances_and_where_a_label_may_be_shown(tiny_path: Path) -> None:
    samples = np.concatenate([silence(1.0), voice(2.0), silence(3.0), voice(2.0), silence(1.0)])
    first, second = predict_streams(
        Classifier(tiny_path, "cpu"), [Stream(name="s", kind="mixed", samples=samples)] * 2, lambda done, of: None
    )
    assert first.utterances == second.utterances  # nothing is left from the stream before
    assert first.audible == second.audible
    assert len(first.utterances) == len(first.audible) == 2
    for utterance, (start, end), begin in zip(first.utterances, first.audible, (1.0, 6.0), strict=True):
        assert abs(start - begin) < 0.6
        assert 2.0 < end - begin < 3.2
        assert end <= utterance.over
        assert all(start < p.available <= end for p in utterance.predictions)


# The command


def _split(clips: list[Clip]) -> Split:
    sides = {"train": [], "validation": clips, "test": [clip for clip in clips if clip.speaker == "bob"]}
    return Split(name="", sides=sides, protocol="made")  # type: ignore[arg-type]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model; and less to hear and to try, which takes the time."""
    monkeypatch.setattr("ser_train.streams.quiet._MUSIC_SECONDS", 3.0)
    monkeypatch.setattr("ser_train.streams.quiet._SILENCE_SECONDS", 3.0)
    monkeypatch.setattr("ser_train.streams.build._MIXED", 1)
    monkeypatch.setattr("ser_train.streams.search._TIME_CONSTANTS", (0.0, 0.5))
    monkeypatch.setattr("ser_train.streams.search._EVIDENCE", (2.0, 8.0))
    return tiny_model(tmp_path / "tiny.onnx", sharpness=1.0)


def _console() -> Console:
    return Console(file=io.StringIO(), width=300)


def test_the_command_keeps_both_sides_and_logs_the_test_speakers(clips: list[Clip], model: Path) -> None:
    console = _console()
    score_streams(model, _split(clips), [], "validation", console)
    assert not model.with_name("test-openings.jsonl").exists()
    score_streams(model, _split(clips), [], "test", console)
    (row,) = map(json.loads, model.with_name("test-openings.jsonl").read_text().splitlines())
    assert row["corpora"] == ["made", "streams"]
    scores = json.loads(model.with_name("tiny.streams.json").read_text())
    assert set(scores) == {"validation", "test"}
    for side, speakers in (("validation", 2), ("test", 1)):
        assert scores[side]["streams"]["changes"]["speakers"] == speakers
        assert f"Clips of {side} speakers (made)" in scores[side]["protocol"]
        assert scores[side]["sha256"] == Classifier(model, "cpu").sha256
        assert model.with_name(f"tiny.streams.{side}.png").read_bytes().startswith(b"\x89PNG")
    assert isinstance(console.file, io.StringIO)
    assert "delay from a change of emotion, median" in console.file.getvalue()


def test_the_search_puts_the_abstention_into_the_contract(clips: list[Clip], model: Path, tmp_path: Path) -> None:
    search_streams(model, _split(clips), [], _console(), tmp_path / "elsewhere")
    assert read_contract(model).abstention == 0
    search_streams(model, _split(clips), [], _console())
    log = json.loads(model.with_name("tiny.streams.json").read_text())["search"]
    assert log == json.loads((tmp_path / "elsewhere.json").read_text())["search"]
    assert read_contract(model).abstention == log["chosen"]["threshold"] > 0


def test_refusals(clips: list[Clip], model: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no validation clip has speech"):
        score_streams(model, _split([]), [], "validation", _console())
    with pytest.raises(TrainingError, match="does not exist"):
        score_streams(model, _split(clips), [], "validation", _console(), tmp_path / "no" / "x")
    model.with_name("tiny.streams.json").write_text('{"test": {}}')
    with pytest.raises(TrainingError, match=r"tiny\.streams\.json: `test`: `protocol` is missing: take it away"):
        score_streams(model, _split(clips), [], "validation", _console())
    model.with_name("tiny.streams.json").write_text("{")
    with pytest.raises(TrainingError, match="cannot be read"):
        score_streams(model, _split(clips), [], "validation", _console())
