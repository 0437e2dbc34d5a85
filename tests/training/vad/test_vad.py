# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The table of the speech detectors: decisions, truth and figures worked by hand; and the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from voices import noise, silence, tone, voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import ser_train.vad.search
from ser_train.cli import app
from ser_train.corpora.meetings import find_meetings, read_rttm, spoken_cells
from ser_train.errors import TrainingError
from ser_train.files import write_json
from ser_train.vad.detectors import SHIPPED, DetectorValues, decide, detector_values, widened
from ser_train.vad.metrics import detection_score, side_scores
from ser_train.vad.recordings import Recording, Recordings, gather
from ser_train.vad.report import vad_markdown
from ser_train.vad.scores import DetectionScore, MeetingScore, Thresholds, Trial, VadScores
from ser_train.vad.search import GRID, search_thresholds
from typer.testing import CliRunner

from ser_live.config import VadMode
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_live.vad import SpeechDetector

PLAIN = Thresholds(onset=0.5, offset=0.3, padding=0)


def values(webrtc: str, silero: list[float]) -> DetectorValues:
    frames = np.array([c == "1" for c in webrtc])
    return DetectorValues(webrtc=frames, silero=np.array(silero, np.float32), tone=np.zeros(len(frames), np.bool_))


def text(cells: NDArray[np.bool_]) -> str:
    return "".join("1" if cell else "0" for cell in cells)


def recording(webrtc: str, silero: list[float], truth: str) -> Recording:
    return Recording(values=values(webrtc, silero), truth=np.array([c == "1" for c in truth]))


def certain(decisions: str, truth: str) -> Recording:
    """Return a recording on which both detectors are certain of these decisions."""
    return recording(decisions, [float(c) for c in decisions], truth)


# Decisions


def test_both_begin_and_silero_ends() -> None:
    given = values("0110000", [0.6, 0.6, 0.4, 0.3, 0.29, 0.4, 0.6])
    assert text(decide(given, "both", PLAIN)) == "0111000"
    assert text(decide(given, "silero", PLAIN)) == "1111001"
    assert text(decide(given, "webrtc", PLAIN)) == "0110000"


def test_padding_reaches_both_ways_and_no_further_than_the_recording() -> None:
    assert text(widened(np.array([0, 0, 0, 1, 0, 0, 0, 0, 0, 1], bool), 2)) == "0111110111"
    assert text(widened(np.array([1, 0, 0], bool), 9)) == "111"
    assert text(widened(np.zeros(4, bool), 2)) == "0000"
    assert len(widened(np.zeros(0, bool), 2)) == 0


@pytest.mark.parametrize("mode", ["webrtc", "silero", "both"])
@pytest.mark.parametrize("count", [0, 1, 7_999, 72_323])
def test_decisions_are_those_of_the_live_detector(mode: VadMode, count: int) -> None:
    tone = 0.2 * np.sin(2 * np.pi * 425 * np.arange(9_600) / 16_000).astype(np.float32)
    pieces = [silence(0.6), voice(1.5), tone, noise(0.7, level=0.02), tone, 0.05 * voice(1.0, pitch=210)]
    signal = np.concatenate(pieces)
    detector = SpeechDetector(mode)
    live = np.concatenate([detector.feed(signal[:count]), detector.flush()])
    np.testing.assert_array_equal(decide(detector_values(signal[:count]), mode, SHIPPED), live)


# Truth


def rttm(folder: Path, *lines: str) -> Path:
    path = folder / "who.rttm"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_turns_are_read_by_recording(tmp_path: Path) -> None:
    path = rttm(
        tmp_path,
        "SPKR-INFO trn00 1 <NA> <NA> <NA> unknown a <NA> <NA>",
        "SPEAKER trn00 1 0.100 0.250 <NA> <NA> a <NA> <NA>",
        "",
        "SPEAKER tst00 1 1 2 <NA> <NA> a <NA> <NA>",
        "SPEAKER trn00 1 0.300 0.100 <NA> <NA> b <NA> <NA>",
    )
    assert read_rttm(path) == {
        "trn00": [(0.1, pytest.approx(0.35)), (0.3, pytest.approx(0.4))],
        "tst00": [(1.0, 3.0)],
    }


@pytest.mark.parametrize("line", ["SPEAKER trn00 1 0.1", "SPEAKER trn00 1 early 2.0 <NA> <NA> a"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(TrainingError, match=r"line 2 of .*who.rttm should be `SPEAKER recording"):
        read_rttm(rttm(tmp_path, "SPEAKER trn00 1 0 1 <NA> <NA> a", line))


def test_a_cell_is_spoken_by_its_centre() -> None:
    """Centres lie at 5, 15, 25 … ms; overlapping turns count once."""
    assert text(spoken_cells([(0.015, 0.035), (0.02, 0.0551)], 8)) == "01111100"
    assert text(spoken_cells([], 3)) == "000"


def test_meetings_choose_and_report_by_their_names(tmp_path: Path) -> None:
    for name in ("trn03", "dev01", "tst00", "sample", "other"):
        soundfile.write(tmp_path / f"{name}.flac", silence(0.1), SAMPLE_RATE)
    names = ("trn03", "trn04", "dev01", "tst00", "sample", "other")
    rttm(tmp_path, *(f"SPEAKER {name} 1 0 1 <NA> <NA> a" for name in names))  # trn04 has no recording
    assert [path.stem for path in find_meetings([tmp_path], "validation")] == ["dev01", "trn03"]
    assert [path.stem for path in find_meetings([tmp_path], "test")] == ["sample", "tst00"]


# Figures


def test_precision_and_recall_are_of_all_cells_together() -> None:
    """Found 6 cells, 4 of them right; 5 spoken; 15 in all; of three recordings one without speech."""
    recordings = [certain("01111", "00110"), certain("11000", "11100"), certain("00000", "00000")]
    assert detection_score(recordings, "both", PLAIN) == DetectionScore(
        precision=4 / 6, recall=4 / 5, share=6 / 15, without=pytest.approx(1 / 3)
    )


def test_what_lies_close_to_the_truth_is_no_mistake_but_no_hit_either() -> None:
    recordings = [certain("0111110000", "0001000001")]
    assert detection_score(recordings, "both", PLAIN).precision == pytest.approx(1 / 5)
    assert detection_score(recordings, "both", PLAIN, tolerance=1).precision == pytest.approx(3 / 5)
    assert detection_score(recordings, "both", PLAIN, tolerance=1).recall == pytest.approx(1 / 2)


def test_what_is_not_there_has_no_figure() -> None:
    score = detection_score([certain("000", "000")], "both", PLAIN)
    assert score == DetectionScore(precision=None, recall=None, share=0.0, without=1.0)


# The search


def made(quiet: float) -> Recordings:
    """A voice that Silero hears at 0.38 at its quietest; and a noise that it hears at `quiet`."""
    spoken = recording("1" * 100, [0.0] * 30 + [0.38] * 40 + [0.0] * 30, "0" * 30 + "1" * 40 + "0" * 30)
    return Recordings(
        meetings={"as recorded": [spoken]},
        speech={"clean": [spoken]},
        quiet={"noise": [recording("1" * 1000, [quiet] * 1000, "0" * 1000)]},
    )


def of(table: Sequence[Trial], onset: float, offset: float, padding: int) -> Trial:
    (trial,) = [t for t in table if (t.onset, t.offset, t.padding) == (onset, offset, padding)]
    return trial


def test_every_setting_is_tried_and_its_figures_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ser_train.vad.search, "_PRECISION", 0.5)
    seen: list[tuple[int, int]] = []
    result = search_thresholds(made(0.0), lambda done, total: seen.append((done, total)))
    assert seen == [(n, len(GRID)) for n in range(1, len(GRID) + 1)]
    trial = of(result.table, 0.35, 0.2, 10)
    assert trial.meetings == MeetingScore(precision=pytest.approx(40 / 60), recall=1.0)
    assert (trial.recall, trial.without, trial.false_share, trial.allowed) == (1.0, 0.0, 0.0, True)
    deaf = of(result.table, 0.4, 0.2, 10)
    assert (deaf.recall, deaf.without, deaf.value, deaf.allowed) == (0.0, 1.0, -1.0, False)
    assert result.chosen is not None
    assert result.chosen.onset in (0.3, 0.35)


def test_a_setting_that_fires_on_noise_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ser_train.vad.search, "_PRECISION", 0.5)
    result = search_thresholds(made(0.32), lambda done, total: None)
    assert of(result.table, 0.3, 0.2, 10).false_share == 1.0
    assert not of(result.table, 0.3, 0.2, 10).allowed
    assert result.chosen is not None
    assert result.chosen.onset == 0.35
    assert search_thresholds(made(0.37), lambda done, total: None).chosen is None


def test_the_grid_holds_what_is_shipped() -> None:
    assert SHIPPED in GRID
    assert all(setting.offset < setting.onset for setting in GRID)


# The recordings and the command


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Meetings, ESC-10 and CREMA-D in small, made of voices: trn00 and tst00; folds 1 and 5; a speaker of each side."""
    folder = tmp_path_factory.mktemp("data")

    def write(name: str, samples: FloatArray) -> None:
        soundfile.write(folder / name, samples, SAMPLE_RATE)

    for name in ("trn00.flac", "tst00.flac"):
        write(name, np.concatenate([silence(0.5), voice(1.5), silence(0.5)]))
    rttm(folder, *(f"SPEAKER {name} 1 0.5 1.5 <NA> <NA> a <NA> <NA>" for name in ("trn00", "tst00")))
    for name in ("1-100-A-0.wav", "5-100-A-0.wav"):
        write(name, noise(1.0))
    for speaker in (1001, 1037, 1079):  # public train, test and validation
        write(f"{speaker}_DFA_ANG_XX.wav", np.concatenate([silence(0.3), voice(1.0, seed=speaker), silence(0.3)]))
    return folder


def test_the_recordings_are_those_of_the_side(data: Path) -> None:
    choosing, reporting = (gather([data], side, 0) for side in ("choosing", "reporting"))
    assert choosing.counts["meetings"] == "1 recordings (trn00), 2 s"
    assert reporting.counts["meetings"] == "1 recordings (tst00), 2 s"
    assert choosing.counts["speech"].startswith("1 clips of 1 speakers on the train side")
    assert reporting.counts["speech"].startswith("1 clips of 1 speakers on the validation side")
    assert "fold 5: 1 recordings, 1 s" in reporting.counts["ESC-10"]
    assert len(choosing.speech) == 8
    assert "telephone µ-law" in choosing.speech
    assert any("RAVDESS" in note for note in choosing.notes)
    scores = side_scores(choosing, SHIPPED)
    for name in ("as recorded", "after a minute of noise"):
        assert (scores.meetings[name]["both"].recall or 0.0) > 0.9
    for name, by_mode in scores.speech.items():
        assert by_mode["both"].without == 0.0, name
    assert scores.quiet["ESC-10"]["both"].share == 0.0
    assert scores.quiet["ESC-10"]["webrtc"].share > 0.9
    assert scores.quiet["digital silence"]["both"].share == 0.0


def test_the_command_writes_the_table_and_prints_it(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "vad.json"
    done = CliRunner().invoke(app, ["vad", "--data", str(data), "--out", str(out)])
    assert done.exit_code == 0, done.output
    results = json.loads(out.read_text(encoding="utf-8"))
    assert results["shipped"] == {"onset": SHIPPED.onset, "offset": SHIPPED.offset, "padding": SHIPPED.padding}
    assert len(results["search"]["table"]) == len(GRID)
    page = vad_markdown(VadScores.from_json(results, out.name))
    assert page in done.stdout
    for words in ("Meetings, reporting", "Clips under conditions, choosing", "Search of the thresholds", "shipped"):
        assert words in page
    assert "Not there when this was measured: choosing: no clips of RAVDESS" in page


def test_without_anything_to_choose_on_the_command_says_so(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "hum.wav", tone(100, 0.1), SAMPLE_RATE)
    done = CliRunner().invoke(app, ["vad", "--data", str(tmp_path), "--out", str(tmp_path / "vad.json")])
    assert isinstance(done.exception, TrainingError)
    assert "is nothing to choose on" in str(done.exception)
    assert not (tmp_path / "vad.json").exists()


def test_a_folder_that_is_not_there_is_refused_before_the_work(data: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["vad", "--data", str(data), "--out", str(tmp_path / "nowhere" / "vad.json")])
    assert isinstance(done.exception, TrainingError)
    assert "does not exist" in str(done.exception)


def test_the_committed_scores_are_written_back_byte_for_byte(tmp_path: Path) -> None:
    committed = Path(__file__).parents[3] / "models" / "vad.json"
    scores = VadScores.from_json(json.loads(committed.read_text(encoding="utf-8")), committed.name)
    assert scores.shipped == SHIPPED
    assert len(scores.search.table) == len(GRID)
    write_json(tmp_path / "again.json", scores.to_json())
    assert (tmp_path / "again.json").read_bytes() == committed.read_bytes()
