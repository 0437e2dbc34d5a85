# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Measuring a model: through the live pipeline, and where its scores are kept."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from made_results import THREE, clip, made_scores
from rich.console import Console
from stub_conditions import hiss, muted, same
from tiny_model import SIX, tiny_contract, tiny_model
from voices import silence, voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.commands.evaluate_model import _store, evaluate_model
from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.evaluation.clip_scores import score_clips
from ser_train.evaluation.evaluate import predict_side, score_side
from ser_train.evaluation.inference import predict_clips
from ser_train.evaluation.openings import log_opening
from ser_train.evaluation.scores import ClipScores
from ser_train.export.contract import read_contract
from ser_train.reporting.card import write_card
from ser_train.reporting.evaluation_tables import evaluation_tables
from ser_train.reporting.results import contract_scores, measured_contract, read_results, results_json
from ser_train.reporting.scores_table import compare_table, report_tables, scores_table
from ser_train.reporting.table import markdown
from ser_train.splits import SHARED

from ser_live import analyze
from ser_live.app.info import model_lines

RATE = 16_000


def _quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


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
    progress: list[tuple[int, int]] = []
    (one, quiet) = predict_clips(
        tiny_path, [voices_of_three[0], voices_of_three[6]], lambda *at: progress.append(at), workers=1, condition=same
    )
    predictions = analyze(voices_of_three[0].path, model=tiny_path, device="cpu")
    assert one.probabilities.shape == (len(predictions), 6)
    np.testing.assert_allclose(one.probabilities, [list(p.probabilities.values()) for p in predictions], atol=1e-6)
    np.testing.assert_allclose(one.speech, [p.speech_seconds for p in predictions])
    assert one.verdict is not None
    np.testing.assert_allclose(one.verdict, one.speech @ one.probabilities / one.speech.sum())
    assert quiet.verdict is None
    assert (quiet.probabilities.shape, quiet.speech.shape) == ((0, 6), (0,))
    assert progress == [(1, 2), (2, 2)]
    assert predict_clips(tiny_path, [], lambda done, of: None) == []


def test_a_condition_is_the_same_in_every_run_and_for_every_order(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    def said(clips: list[Clip]) -> Any:
        return predict_clips(tiny_path, clips, lambda done, of: None, workers=1, condition=hiss)

    first, second = said(voices_of_three[:2]), said(voices_of_three[1::-1])
    for one, other in zip(first, reversed(second), strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_a_damaged_clip_is_counted_as_wrong(tiny_path: Path, voices_of_three: list[Clip], tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    clips = [voices_of_three[0], clip("angry", "x", path=tmp_path / "broken.wav")]
    said = predict_clips(tiny_path, clips, lambda done, of: None, workers=1)
    found = score_clips(clips, said, SIX, "a test")
    assert (found.clips, found.without_prediction) == (2, 1)
    assert found.accuracy <= 0.5


def test_robustness_rows_lose_points_against_the_clean_pass(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    console = _quiet()
    results = score_side(
        predict_side(tiny_path, voices_of_three, "validation", console, "speakers s0 to s2"),
        console,
        speakers_shared=True,
        notes=["a note"],
        conditions={"clean": muted, "muted": muted},  # clean is the pass that was made already
    )
    whole = results["pooled"]
    clean, without = whole.robustness
    assert (clean.condition, clean.uar, clean.loss) == ("clean", whole.uar, 0.0)
    assert (without.uar, without.without_prediction) == (0.0, 6)
    assert without.loss == pytest.approx(100 * whole.uar, abs=0.06)
    assert clean.loss_interval == (0.0, 0.0)
    assert whole.uar_interval is not None
    assert without.loss_interval == pytest.approx([100 * end for end in whole.uar_interval], abs=0.06)
    assert without.ece is None
    assert whole.notes[0] == "a note"
    assert "3 clips left out, for the model has no label for bored" in whole.notes[1]
    assert "no clip is labelled disgust, fear, happy, sad" in whole.notes[2]
    assert SHARED in console.file.getvalue()  # type: ignore[attr-defined]
    text = json.dumps({name: scores.to_json() for name, scores in results.items()}, allow_nan=False)
    assert {name: ClipScores.from_json(values, name) for name, values in json.loads(text).items()} == results


def test_what_cannot_be_measured_is_said_in_a_sentence(tiny_path: Path, voices_of_three: list[Clip]) -> None:
    with pytest.raises(TrainingError, match="no validation clip carries a label of the model"):
        predict_side(tiny_path, [voices_of_three[2]], "validation", _quiet(), "p")
    with pytest.raises(TrainingError, match="no speech was found in any validation clip"):
        predict_side(tiny_path, [voices_of_three[6]], "validation", _quiet(), "p")


# Where figures are kept


def test_opening_the_test_speakers_is_always_written_down(voices_of_three: list[Clip], tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx")
    for times in (1, 2):
        console = _quiet()
        evaluate_model(model, voices_of_three[:2], "test", console, out=tmp_path / "e", protocol="p")
        rows = (tmp_path / "test-openings.jsonl").read_text().splitlines()
        assert len(rows) == times
        assert json.loads(rows[-1])["sha256"] == json.loads(rows[0])["sha256"]  # the model stays as it was
        assert ("were opened 1 times before" in console.file.getvalue()) == (times == 2)  # type: ignore[attr-defined]
    (tmp_path / "test-openings.jsonl").write_text("{broken\n")
    with pytest.raises(TrainingError, match="openings of the test speakers are written down"):
        log_opening(model, "0", [], _quiet())


def test_figures_go_into_the_model_its_card_and_the_report(voices_of_three: list[Clip], tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx", contract={"training": {"corpora": [], "seed": 0}})
    before = model.read_bytes()
    told = {"protocol": "three made speakers", "conditions": {"clean": same, "muted": muted}, "speakers_shared": True}
    evaluate_model(model, voices_of_three, "validation", _quiet(), out=tmp_path / "apart", **told)
    assert model.read_bytes() == before
    assert {path.suffix for path in tmp_path.glob("apart.*")} == {".json", ".md", ".html", ".png"}
    evaluate_model(model, voices_of_three, "validation", _quiet(), **told)
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
    scores = read_results(tmp_path / "e.json")["validation"]["cremad"]
    assert (scores.clips, scores.speakers) == (4, 2)  # the third trains
    assert "is not known" in scores.protocol
    said = CliRunner().invoke(app, ["export", str(model), "--data", str(tmp_path), "--int8"])
    assert said.exit_code == 0, said.exception
    said = CliRunner().invoke(app, ["report", str(tmp_path / "e.json"), str(tmp_path / "m.int8.onnx")])
    assert [line.count("| validation | cremad |") for line in said.stdout.splitlines()][2:4] == [1, 1]
    assert isinstance(CliRunner().invoke(app, ["export", str(model), "--data", str(tmp_path)]).exception, TrainingError)


def test_sides_stand_side_by_side_in_the_models_own_file(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m.onnx", labels=THREE)
    _store(model, "validation", {"made": made_scores(), "pooled": made_scores()})
    _store(model, "test", {"made": made_scores(), "pooled": made_scores()})
    assert [(s["side"], s["corpus"]) for s in read_contract(model).scores] == [
        *(("validation", "made"), ("validation", "pooled"), ("test", "made"), ("test", "pooled"))
    ]
    write_card(model)
    assert "Where it fails (test, all corpora)" in model.with_suffix(".md").read_text()


@pytest.mark.parametrize("name", ["ser-live", "ser-live-crema"])
def test_committed_results_are_read_whole_and_are_those_of_the_contract(name: str) -> None:
    root = Path(__file__).parents[3] / "models"
    results = read_results(root / f"{name}.json")
    sides = json.loads((root / f"{name}.json").read_text())
    for scores in (scores for corpora in sides.values() for scores in corpora.values()):
        for condition in scores.get("robustness", ()):
            condition.setdefault("loss_interval", None)  # they are older than the key
    assert results_json(results) == sides
    contract = read_contract(root / f"{name}.onnx")
    assert compare_table({"a": contract_scores(results)}) == compare_table({"a": contract.scores})


def test_validation_chooses_the_contracts_abstention() -> None:
    scores = {"pooled": made_scores(abstention_at_coverage=0.25)}
    contract = tiny_contract(abstention=0.5)
    measured = measured_contract(contract, {"validation": scores, "test": {"pooled": made_scores()}})
    assert measured.abstention == 0.25
    assert [(score["side"], score["corpus"]) for score in measured.scores] == [
        ("validation", "pooled"),
        ("test", "pooled"),
    ]
    assert measured_contract(contract, {"test": scores}).abstention == 0.5


def test_results_of_an_earlier_version_are_refused_in_a_sentence(tmp_path: Path) -> None:
    values = made_scores().to_json()
    old = {key: values[key] for key in ("protocol", "clips", "speakers", "uar", "uar_interval", "accuracy", "ece")}
    (tmp_path / "m.json").write_text(json.dumps({"validation": {"made": old, "pooled": old}}))
    with pytest.raises(TrainingError, match=r"m.json holds no results of an evaluation \(validation made: .* missing"):
        read_results(tmp_path / "m.json")


@pytest.mark.parametrize("text", ["", "[]", "{}x", '{"validation": {"pooled": {}}}', '{"validation": 1}'])
def test_a_file_without_results_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(TrainingError, match="holds no results"):
        report_tables([tmp_path / "r.json"])


def test_every_table_says_how_many_clips_and_speakers_it_stands_on() -> None:
    shared = made_scores(speakers_shared=True)
    tables = evaluation_tables(shared)
    assert {table.title for table in tables} >= {"Each label", "Confusion matrix", "Groups of speakers", "Each speaker"}
    for table in tables:
        assert "6 clips of 3 speakers" in table.caption
        assert SHARED.capitalize() in table.caption
        assert {len(cells) for cells in table.rows} == {len(table.header)}
        lines = markdown(table).splitlines()
        assert lines[3] == "|" + "---|" * len(table.header)
        assert len(lines) == 4 + len(table.rows)
