# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Figures of an evaluation: known answers, through the live pipeline, and where they are kept."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from made_results import CLIPS, HEARD, THREE, A, H, S, clip, heard, row
from rich.console import Console
from stub_conditions import hiss, muted, same
from tiny_model import SIX, tiny_model
from voices import silence, voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import evaluate_again, evaluate_model, hear, store_results
from ser_train.evaluation.inference import listen, log_opening
from ser_train.evaluation.listeners import against_listeners, votes
from ser_train.evaluation.scores import age_band, figures
from ser_train.export.to_onnx import read_contract
from ser_train.reporting.card import compare_table, report_tables, scores_table, write_card
from ser_train.reporting.results import read_results, scores_of
from ser_train.reporting.table import evaluation_tables, markdown, weak_points
from ser_train.splits import SHARED

from ser_live import analyze
from ser_live.app.info import model_lines

RATE = 16_000


def _quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


# By clip and by window


def test_figures_by_clip_have_the_values_worked_by_hand() -> None:
    found = row()
    assert (found["clips"], found["speakers"], found["without_prediction"]) == (6, 3, 1)
    assert found["uar"] == pytest.approx((1 + 0.5 + 0.5) / 3, abs=1e-4)
    assert found["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    assert found["confusion"]["counts"] == [[2, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]]
    by_label = {one["label"]: (one["precision"], one["recall"], one["f1"]) for one in found["per_label"]}
    assert by_label == {"angry": (0.6667, 1.0, 0.8), "happy": (1.0, 0.5, 0.6667), "sad": (1.0, 0.5, 0.6667)}
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3 + 2 / 3) / 3, abs=1e-4)
    low, high = found["uar_interval"]
    assert 0 <= low <= found["uar"] <= high <= 1


def test_a_label_that_is_never_said_has_no_precision_and_one_that_never_occurs_no_recall() -> None:
    found = figures([clip("angry"), clip("happy", "b")], [heard(A), heard(A)], THREE, "")
    by_label = {one["label"]: one for one in found["per_label"]}
    assert by_label["happy"] | {"clips": 0} == {"label": "happy", "clips": 0, "precision": None, "recall": 0, "f1": 0}
    assert by_label["sad"]["recall"] is None
    assert found["recall"] == {"angry": 1.0, "happy": 0.0}
    assert (found["uar"], found["macro_f1"]) == (0.5, pytest.approx((2 / 3 + 0) / 2, abs=1e-4))


def test_figures_by_window_count_every_prediction() -> None:
    windows = row()["windows"]
    assert (windows["windows"], windows["clips"], windows["speakers"]) == (8, 5, 2)
    assert windows["confusion"]["counts"] == [[3, 1, 0, 0], [1, 1, 0, 0], [0, 0, 2, 0]]
    assert windows["uar"] == pytest.approx((3 / 4 + 1 / 2 + 1) / 3, abs=1e-4)
    assert windows["per_label"][0]["windows"] == 4


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    found = figures([clip("angry"), clip("happy", "b")], [heard(A), heard(A)], THREE, "")
    assert found["ece"] == pytest.approx(0.8 - 0.5)
    assert found["reliability"] == [{"count": 2, "confidence": 0.8, "accuracy": 0.5}]


def test_accuracy_by_coverage_drops_the_least_confident_first() -> None:
    coverage = {one["coverage"]: one for one in row()["coverage"]}
    assert coverage[1.0] == {"coverage": 1.0, "clips": 6, "confidence": 0.0, "accuracy": round(4 / 6, 4)}
    # confidences: 0.8 right, 0.6 right (mean of three windows), 0.8 wrong, 0.7 right, 0.6 right, nothing
    assert (coverage[0.8]["clips"], coverage[0.8]["accuracy"]) == (5, 0.8)
    assert (coverage[0.5]["clips"], coverage[0.5]["accuracy"]) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert coverage[0.5]["confidence"] == pytest.approx(0.7)


def test_a_clip_of_calm_counts_as_neutral_for_a_model_without_calm() -> None:
    labels = ("neutral", "surprise")
    clips = [clip("calm"), clip("neutral", "b"), clip("surprise", "b")]
    said = [heard((0.9, 0.1)), heard((0.6, 0.4)), heard((0.2, 0.8))]
    assert figures(clips, said, labels, "")["confusion"]["counts"] == [[2, 0, 0], [0, 1, 0]]


# By speaker and group


def test_speakers_stand_with_the_worst_first() -> None:
    rows = row()["by_speaker"]
    assert [(one["speaker"], one["clips"], one["uar"]) for one in rows] == [
        ("c", 1, 0.0),
        ("a", 3, 0.6667),
        ("b", 2, 1.0),
    ]
    assert any("Worst of 3 speakers, with their UAR: c (0.000; 1 clips)" in point for point in weak_points(row()))


@pytest.mark.parametrize(
    ("age", "band"),
    [(18, "under 30"), (29, "under 30"), (30, "30 to 44"), (44, "30 to 44"), (45, "45 to 59"), (60, "60 and over")],
)
def test_age_bands_have_their_borders(age: int, band: str) -> None:
    assert age_band(age) == band


def test_groups_say_how_many_clips_and_speakers_they_stand_on() -> None:
    rows = {(one["group"], one["value"]): one for one in row()["groups"]}
    assert set(rows) == {
        *(("sex", "male"), ("sex", "female"), ("sex", "not stated")),
        *(("age", "under 30"), ("age", "30 to 44"), ("age", "not stated")),
        *(("ethnicity", "X"), ("ethnicity", "not stated")),
    }
    women = rows["sex", "female"]
    assert (women["clips"], women["speakers"], women["uar"], women["uar_interval"]) == (2, 1, 1.0, None)
    rest = rows["ethnicity", "not stated"]
    assert (rest["clips"], rest["speakers"]) == (3, 2)
    assert rest["uar_interval"] == [0.0, 1.0]  # one speaker is always right, the other never


def test_a_corpus_that_states_no_group_has_no_group_rows() -> None:
    assert figures([clip("angry"), clip("sad", "b")], [heard(A), heard(S)], THREE, "")["groups"] == []


# Intended and perceived


def test_perceived_labels_are_the_most_voted_and_ties_are_right_either_way() -> None:
    clips = [
        clip("angry", "a", perceived=(("angry", 0.4), ("happy", 0.6))),
        clip("happy", "b", perceived=(("angry", 0.5), ("happy", 0.5))),
        clip("sad", "b", perceived=(("sad", 1.0),)),
        clip("sad", "c"),
    ]
    found = against_listeners(clips, [heard(A), heard(A), heard(S), heard(A)], THREE)
    assert found is not None
    assert (found["clips"], found["speakers"], found["ties"]) == (3, 2, 1)
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-4)  # of the first, most heard happiness
    assert found["uar"] == pytest.approx((0 + 1 + 1) / 3, abs=1e-4)
    assert found["one_listener_uar"] == pytest.approx((0.4 + 0.5 + 1.0) / 3, abs=1e-4)


def test_divergence_from_the_votes_is_nothing_where_the_verdict_is_the_votes() -> None:
    asked = [clip("angry", speaker, perceived=(("angry", 0.8), ("happy", 0.1), ("sad", 0.1))) for speaker in "ab"]
    found = against_listeners(asked, [heard(A), heard(A)], THREE)
    assert found is not None
    entropy = -(0.8 * math.log(0.8) + 0.2 * math.log(0.1))
    assert found["kl"] == pytest.approx(0, abs=1e-4)
    assert found["cross_entropy"] == pytest.approx(entropy, abs=1e-4)


def test_votes_for_words_the_model_has_not_are_left_out() -> None:
    asked = clip("angry", perceived=(("angry", 0.3), ("disgust", 0.6), ("sad", 0.1)))
    shares = votes(asked, THREE)
    assert shares is not None
    np.testing.assert_allclose(shares, [0.75, 0, 0.25])
    assert votes(clip("angry", perceived=(("disgust", 1.0),)), THREE) is None
    assert against_listeners([clip("angry")], [heard(A)], THREE) is None


def test_the_human_ceiling_stands_beside_crema_d_in_six_labels_only() -> None:
    six = (0.5, *[0.1] * 5)
    cremad = [clip("angry", corpus="cremad"), clip("sad", "b", corpus="cremad")]
    human = figures(cremad, [heard(six), heard(six)], SIX, "")["human"]
    assert human["uar"] == 0.407
    assert figures(cremad, [heard(A), heard(S)], THREE, "")["human"] is None
    assert figures([clip("angry"), cremad[1]], [heard(six), heard(six)], SIX, "")["human"] is None


def test_listeners_of_crema_d_reach_the_ceiling_that_is_stated(corpora: Path) -> None:
    from ser_train.corpora import find_clips
    from ser_train.splits.public import PUBLIC

    clips = [c for c in find_clips([corpora / "cremad"], ["cremad"]) if PUBLIC[c.speaker] == "validation"]
    found = against_listeners(clips, [heard(labels=6)] * len(clips), SIX)
    assert found is not None
    assert found["one_listener_uar"] == pytest.approx(0.407, abs=0.05)


# Through the pipeline


@pytest.fixture(scope="module")
def voices_of_three(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Nine clips of three speakers, of a word that no six-label model has among them; one is silent."""
    folder = tmp_path_factory.mktemp("voices")
    clips = []
    for n in range(3):
        for k, label in enumerate(("angry", "neutral", "bored")):
            path = folder / f"{n}-{label}.wav"
            silent = (n, label) == (2, "angry")
            soundfile.write(path, silence(1.0) if silent else voice(1.2, seed=n, pitch=90 + 60 * k), RATE)
            clips.append(clip(label, f"s{n}", path=path, sex="male"))
    return clips


def test_listening_gives_what_analyze_gives(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    told: list[tuple[int, int]] = []
    (one, quiet) = listen(
        tiny_path, [voices_of_three[0], voices_of_three[6]], lambda *at: told.append(at), workers=1, condition=same
    )
    predictions = analyze(voices_of_three[0].path, model=tiny_path, device="cpu")
    assert one.probabilities.shape == (len(predictions), 6)
    np.testing.assert_allclose(one.probabilities, [list(p.probabilities.values()) for p in predictions], atol=1e-6)
    np.testing.assert_allclose(one.speech, [p.speech_seconds for p in predictions])
    assert one.verdict is not None
    np.testing.assert_allclose(one.verdict, one.speech @ one.probabilities / one.speech.sum())
    assert quiet.verdict is None
    assert (quiet.probabilities.shape, quiet.speech.shape) == ((0, 6), (0,))
    assert told == [(1, 2), (2, 2)]
    assert listen(tiny_path, [], lambda done, of: None) == []


def test_a_condition_is_the_same_in_every_run_and_for_every_order(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    def said(clips: list[Clip]) -> Any:
        return listen(tiny_path, clips, lambda done, of: None, workers=1, condition=hiss)

    first, second = said(voices_of_three[:2]), said(voices_of_three[1::-1])
    for one, other in zip(first, reversed(second), strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_a_damaged_clip_is_counted_as_wrong(tiny_path: Path, voices_of_three: list[Clip], tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    clips = [voices_of_three[0], clip("angry", "x", path=tmp_path / "broken.wav")]
    said = listen(tiny_path, clips, lambda done, of: None, workers=1)
    found = figures(clips, said, SIX, "a test")
    assert (found["clips"], found["without_prediction"]) == (2, 1)
    assert found["accuracy"] <= 0.5


def test_robustness_rows_lose_points_against_the_clean_pass(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    console = _quiet()
    results = evaluate_model(
        hear(tiny_path, voices_of_three, "validation", console, "speakers s0 to s2"),
        console,
        speakers_shared=True,
        notes=["a note"],
        conditions={"clean": muted, "muted": muted},  # clean is the pass that was made already
    )
    whole = results["pooled"]
    clean, without = whole["robustness"]
    assert (clean["condition"], clean["uar"], clean["loss"]) == ("clean", whole["uar"], 0.0)
    assert (without["uar"], without["without_prediction"]) == (0.0, 6)
    assert without["loss"] == pytest.approx(100 * whole["uar"], abs=0.06)
    assert clean["loss_interval"] == [0.0, 0.0]
    assert without["loss_interval"] == pytest.approx([100 * end for end in whole["uar_interval"]], abs=0.06)
    assert without["ece"] is None
    assert whole["notes"][0] == "a note"
    assert "3 clips left out, for the model has no label for bored" in whole["notes"][1]
    assert "no clip is labelled disgust, fear, happy, sad" in whole["notes"][2]
    assert SHARED in console.file.getvalue()  # type: ignore[attr-defined]
    json.dumps(results, allow_nan=False)


def test_what_cannot_be_measured_is_said_in_a_sentence(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    with pytest.raises(TrainingError, match="no validation clip carries a label of the model"):
        hear(tiny_path, [voices_of_three[2]], "validation", _quiet(), "p")
    with pytest.raises(TrainingError, match="no speech was found in any validation clip"):
        hear(tiny_path, [voices_of_three[6]], "validation", _quiet(), "p")


# Where figures are kept


def test_opening_the_test_speakers_is_always_written_down(voices_of_three: list[Clip], tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx")
    for times in (1, 2):
        console = _quiet()
        evaluate_again(model, voices_of_three[:2], "test", console, out=tmp_path / "e", protocol="p")
        rows = (tmp_path / "test-openings.jsonl").read_text().splitlines()
        assert len(rows) == times
        assert json.loads(rows[-1])["sha256"] == json.loads(rows[0])["sha256"]  # the model stays as it was
        assert ("were opened 1 times before" in console.file.getvalue()) == (times == 2)  # type: ignore[attr-defined]
    (tmp_path / "test-openings.jsonl").write_text("{broken\n")
    with pytest.raises(TrainingError, match="openings of the test speakers are written down"):
        log_opening(model, "0", [], "")


def test_figures_go_into_the_model_its_card_and_the_report(voices_of_three: list[Clip], tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx", contract={"training": {"corpora": [], "seed": 0}})
    before = model.read_bytes()
    told = {"protocol": "three made speakers", "conditions": {"clean": same, "muted": muted}, "speakers_shared": True}
    evaluate_again(model, voices_of_three, "validation", _quiet(), out=tmp_path / "apart", **told)
    assert model.read_bytes() == before
    assert {path.suffix for path in tmp_path.glob("apart.*")} == {".json", ".md", ".html", ".png"}
    evaluate_again(model, voices_of_three, "validation", _quiet(), **told)
    scores = read_contract(model).scores
    assert [score["corpus"] for score in scores] == ["made", "pooled"]
    assert read_results(tmp_path / "apart.json") == read_results(tmp_path / "m.json")
    card = model.with_suffix(".md").read_text()
    for words in (SHARED.capitalize(), "three made speakers", "muted", "Worst of 3 speakers", "The file does not say"):
        assert words in card
    information = "\n".join(model_lines(model, "cpu"))
    for words in (f"mark: {SHARED}", "muted: 0.0", "macro_f1", "group: sex", "three made speakers"):
        assert words in information
    one = report_tables([model])
    assert one == f"m.onnx:\n\n{scores_table(scores)}"
    assert one.count(SHARED) == 2
    both = report_tables([model, tmp_path / "apart.json"])
    assert both.count("\n| validation | pooled |") == 2
    assert "| validation | made | m.onnx |" in both
    assert "* apart.json: validation side of three made speakers" in both


def test_commands_evaluate_export_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On voices that are named as validation and training actors of CREMA-D are."""
    from ser_train.cli import app
    from typer.testing import CliRunner

    for n, actor in enumerate((1015, 1020, 1001)):
        for k, code in enumerate(("ANG", "SAD")):
            soundfile.write(tmp_path / f"{actor}_DFA_{code}_XX.wav", voice(1.2, seed=n, pitch=90 + 60 * k), RATE)
    model = tiny_model(tmp_path / "m.onnx", contract={"training": {"corpora": []}})
    said = CliRunner().invoke(app, ["evaluate", str(model), "--data", str(tmp_path), "--out", str(tmp_path / "e")])
    assert said.exit_code == 0, said.exception
    row = read_results(tmp_path / "e.json")["validation"]["cremad"]
    assert (row["clips"], row["speakers"]) == (4, 2)  # the third trains
    assert "is not known" in row["protocol"]
    said = CliRunner().invoke(app, ["export", str(model), "--data", str(tmp_path), "--int8"])
    assert said.exit_code == 0, said.exception
    said = CliRunner().invoke(app, ["report", str(tmp_path / "e.json"), str(tmp_path / "m.int8.onnx")])
    assert [line.count("| validation | cremad |") for line in said.stdout.splitlines()][2:4] == [1, 1]
    assert isinstance(CliRunner().invoke(app, ["export", str(model), "--data", str(tmp_path)]).exception, TrainingError)


def test_sides_stand_side_by_side_in_the_models_own_file(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx", labels=THREE)
    store_results(model, "validation", {"made": row(), "pooled": row()})
    store_results(model, "test", {"made": row(), "pooled": row()})
    assert [(s["side"], s["corpus"]) for s in read_contract(model).scores] == [
        *(("validation", "made"), ("validation", "pooled"), ("test", "made"), ("test", "pooled"))
    ]
    write_card(model)
    assert "Where it fails (test, all corpora)" in model.with_suffix(".md").read_text()


def test_results_of_an_earlier_version_are_still_read(tmp_path: Path) -> None:
    root = Path(__file__).parents[3] / "models"
    everything = read_results(root / "ser-live.json")
    assert compare_table({"a": scores_of(everything)}).count("\n| ") == compare_table(
        {"a": read_contract(root / "ser-live.onnx").scores}
    ).count("\n| ")


@pytest.mark.parametrize("text", ["", "[]", "{}x", '{"validation": {"pooled": {}}}', '{"validation": 1}'])
def test_a_file_without_results_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(TrainingError, match="holds no results"):
        report_tables([tmp_path / "r.json"])


def test_every_table_says_how_many_clips_and_speakers_it_stands_on() -> None:
    shared = row(speakers_shared=True) | {"robustness": []}
    tables = evaluation_tables(shared)
    assert {table.title for table in tables} >= {"Each label", "Confusion matrix", "Groups of speakers", "Each speaker"}
    for table in tables:
        assert "6 clips of 3 speakers" in table.caption
        assert SHARED.capitalize() in table.caption
        assert {len(cells) for cells in table.rows} == {len(table.header)}
        lines = markdown(table).splitlines()
        assert lines[3] == "|" + "---|" * len(table.header)
        assert len(lines) == 4 + len(table.rows)


def test_made_results_are_what_they_say() -> None:
    assert len(CLIPS) == len(HEARD)
    for probabilities in (A, H, S):
        assert sum(probabilities) == pytest.approx(1)
