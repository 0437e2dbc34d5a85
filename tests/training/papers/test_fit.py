# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Arrays, copies, fits and the command of the papers' rows, on made sounds and tiny networks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from tiny_row import HEAD, tiny_ravdess, tiny_row
from voices import tone

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
pytest.importorskip("librosa", reason="this test needs `ser-live[train]`")

from ser_train.commands.paper import run_paper
from ser_train.corpora import Clip, find_clips
from ser_train.errors import TrainingError
from ser_train.papers.arrays import Arrays, build_arrays
from ser_train.papers.augmentation import Copy, make_copy
from ser_train.papers.features import AveragedSettings
from ser_train.papers.fit import Standardised, fit_network, moments
from ser_train.papers.protocols import FitSettings

from ser_live.classifier import Classifier

RATE = 16_000


def _peak_hz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


def _copied(samples: Any, kind: Any, amount: float, seed: int = 0, *, drawn: bool = False) -> np.ndarray:
    copy = Copy(kind=kind, amount=amount, drawn=drawn)
    return make_copy(samples, RATE, copy, np.random.default_rng(seed))


def test_a_stretch_of_less_than_one_lengthens_and_keeps_the_pitch() -> None:
    longer = _copied(tone(440, 1.0), "stretch", 0.8)
    assert len(longer) == pytest.approx(RATE / 0.8, abs=2)
    assert _peak_hz(longer) == pytest.approx(440, abs=5)


def test_a_pitch_of_twelve_semitones_doubles_and_keeps_the_length() -> None:
    higher = _copied(tone(440, 1.0), "pitch", 12)
    assert len(higher) == RATE
    assert _peak_hz(higher) == pytest.approx(880, abs=5)


def test_noise_is_a_share_of_the_peak_at_most() -> None:
    clip = 0.5 * tone(440, 1.0, amplitude=1.0)
    added = [_copied(clip, "noise", 0.1, seed) - clip for seed in range(5)]
    assert all(0 < one.std() < 0.1 * np.abs(clip).max() for one in added)
    assert not _copied(np.zeros(100, np.float32), "noise", 0.1).any()


def test_what_is_drawn_differs_from_seed_to_seed_within_its_limits() -> None:
    lengths = {len(_copied(tone(440, 1.0), "stretch", 1.25, seed, drawn=True)) for seed in range(6)}
    assert len(lengths) > 1
    assert min(lengths) >= RATE / 1.25 - 2
    assert max(lengths) <= RATE * 1.25 + 2


class _Made:
    """Arrays in memory, far from 0: the feature of a clip's label is larger than the others."""

    def __init__(self, clips: int = 48, shape: tuple[int, ...] = (12,), copies: int = 1) -> None:
        generator = np.random.default_rng(0)
        self.truth = np.arange(clips) % 4
        values = generator.normal(size=(clips, copies + 1, *shape)).astype(np.float32)
        values += 1000
        values[np.arange(clips), ..., self.truth] += 5
        places = np.stack([np.zeros(clips, np.int64), np.arange(clips)], axis=1)
        self.arrays = Arrays(clips=[], places=places, files=[values], digests=["x"], faulty={})
        self.rows = np.array([(i, c) for i in range(clips) for c in range(copies + 1)], np.int64)


class _Linear(torch.nn.Module):  # type: ignore[misc, name-defined] # torch is found while the tests are collected
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(width, 4)

    def forward(self, values: Any) -> Any:
        return self.layer(values), None


def _fitted(made: _Made, seed: int = 0, *, draw: bool = False, **settings: Any) -> Any:
    torch.manual_seed(seed)
    network = Standardised(_Linear(12), *moments(made.arrays, made.rows))
    how = FitSettings(**{"epochs": 20, "batch": 16, "learning_rate": 0.05, "keep": "best", **settings})
    train, held = made.rows[:64], made.rows[64:]
    device = torch.device("cpu")
    return fit_network(
        network,
        made.arrays,
        made.truth,
        train,
        held,
        how,
        draw=draw,
        seed=seed,
        device=device,
        progress=lambda row: None,
    )


def test_a_fit_learns_and_keeps_the_epoch_of_least_validation_loss() -> None:
    fitted = _fitted(_Made())
    losses = [row["held_loss"] for row in fitted.history]
    assert fitted.history[-1]["held_accuracy"] > 0.9
    assert fitted.epoch == 1 + int(np.argmin(losses))


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = (_fitted(_Made(), seed, epochs=2).network.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["network.layer.weight"], other["network.layer.weight"])


def test_the_last_epoch_is_kept_where_the_row_says_so() -> None:
    assert _fitted(_Made(), keep="last", epochs=3).epoch == 3


def test_a_plateau_lowers_the_rate_and_patience_ends_the_run() -> None:
    history = _fitted(_Made(), learning_rate=30.0, factor=0.1, patience=0, stop_after=3, epochs=40).history
    assert history[-1]["learning_rate"] < 30.0
    assert len(history) < 40


def test_the_rate_never_falls_below_the_least() -> None:
    history = _fitted(_Made(), learning_rate=30.0, factor=0.01, patience=0, least_rate=1.0, epochs=15).history
    assert min(row["learning_rate"] for row in history) == 1.0


def test_drawn_copies_give_one_row_of_each_clip_an_epoch() -> None:
    made, seen = _Made(), []
    take = Arrays.take

    def told(arrays: Arrays, rows: Any) -> Any:
        seen.append(rows)
        return take(arrays, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Arrays, "take", told)
        _fitted(made, draw=True, epochs=1)
    epoch = np.concatenate(seen[1:3])  # after the moments, of batches of 16: 32 clips
    assert sorted(epoch[:, 0].tolist()) == list(range(32))
    assert set(epoch[:, 1].tolist()) == {0, 1}


def test_standardisation_is_that_of_the_training_rows_and_leaves_padding_alone() -> None:
    made = _Made(shape=(5, 12))
    made.arrays.files[0][:, :, 3:] = 0  # padding
    mean, deviation = moments(made.arrays, made.rows)
    speech = made.arrays.files[0][:, :, :3].reshape(-1, 12)
    assert np.allclose(mean, speech.mean(axis=0), atol=1e-2)
    assert np.allclose(deviation, speech.std(axis=0), rtol=1e-2)
    seen: list[Any] = []

    class Eye(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, values: Any) -> Any:
            seen.append(values)
            return values, None

    Standardised(Eye(), mean, deviation)(torch.from_numpy(made.arrays.take(made.rows)))
    assert abs(float(seen[0][:, :3].mean())) < 1e-2
    assert not seen[0][:, 3:].any()


def test_a_feature_that_never_changes_is_not_divided_by_nothing() -> None:
    made = _Made()
    made.arrays.files[0][..., 5] = 7.0
    assert moments(made.arrays, made.rows)[1][5] == 1


def _clips(folder: Path) -> list[Clip]:
    tiny_ravdess(folder)
    return find_clips([folder], ["ravdess"])[:4]


def _build(clips: list[Clip], cache: Path, copies: Mapping[str, list[Copy]] | None = None) -> tuple[Arrays, list[int]]:
    done: list[int] = []
    settings = AveragedSettings(window_seconds=1.0)
    arrays = build_arrays(
        clips, "averaged", settings, copies or {"ravdess": []}, cache, lambda n, total: done.append(n), workers=1
    )
    return arrays, done


def test_arrays_are_computed_once_and_anew_where_a_recording_changes(tmp_path: Path) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    clips = _clips(data)
    copies = {"ravdess": [Copy(kind="noise", amount=0.1)]}
    arrays, done = _build(clips, cache, copies)
    assert arrays.shape == (162,)
    assert done == [1, 2, 3, 4]
    assert _build(clips, cache, copies)[1] == []
    both = arrays.take(np.array([(2, 0), (2, 1)]))
    assert not np.array_equal(both[0], both[1])
    clips[0].path.write_bytes(clips[1].path.read_bytes())
    anew, done = _build(clips, cache, copies)
    assert done == [1, 2, 3, 4]
    assert np.array_equal(anew.take(np.array([(0, 0)])), arrays.take(np.array([(1, 0)])))


def test_damaged_recordings_are_left_out_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    clips = _clips(data)
    clips[1].path.write_bytes(b"nothing")
    arrays, _ = _build(clips, tmp_path / "cache")
    assert [clip.name for clip in arrays.clips] == [clips[i].name for i in (0, 2, 3)]
    assert list(arrays.faulty) == [clips[1].name]
    assert arrays.take(np.array([(1, 0)])).shape == (1, 162)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of both protocols, with the file of its network."""
    root = tmp_path_factory.mktemp("paper")
    (root / "data").mkdir()
    paths = {"data": tiny_ravdess(root / "data"), "row": tiny_row(root), "out": root / "out", "cache": root / "cache"}
    paths["model"] = root / "tiny.onnx"
    _run(paths, seeds=[0, 1], folds=2, export=paths["model"])
    return paths


def _run(paths: dict[str, Path], console: Console | None = None, **settings: Any) -> None:
    run_paper(
        str(paths["row"]),
        [paths["data"]],
        settings.pop("protocols", []),
        paths["out"],
        **{"seeds": [0], "folds": None, "epochs": None, "time": False, "export": None, "resume": False, **settings},
        device=torch.device("cpu"),
        cache=paths["cache"],
        console=console or Console(quiet=True),
    )


def _result(paths: dict[str, Path], protocol: str) -> Any:
    return json.loads((paths["out"] / "tiny" / f"{protocol}.json").read_text())


def test_a_run_writes_figures_tables_and_a_picture(made: dict[str, Path]) -> None:
    for protocol, rows, folds in (("published", 96, 1), ("speaker-independent", 64, 2)):
        found = _result(made, protocol)
        assert (found["rows"], found["published"]) == (rows, 0.5)
        assert [len(seed["folds"]) for seed in found["seeds"]] == [folds, folds]
        accuracies = [seed["accuracy"] for seed in found["seeds"]]
        assert found["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
        assert found["accuracy"]["deviation"] == pytest.approx(np.std(accuracies, ddof=1))
        assert np.sum(found["seeds"][0]["confusion"]["counts"]) == rows
        assert len(found["curves"]) == 3
        assert (made["out"] / "tiny" / f"{protocol}.png").read_bytes().startswith(b"\x89PNG")
        text = (made["out"] / "tiny" / f"{protocol}.md").read_text()
        assert "| accuracy | 0.500 |" in text
        assert "without SAVEE" in text


def test_the_random_protocol_says_that_speakers_are_shared_and_a_part_that_it_is_one(made: dict[str, Path]) -> None:
    assert "speakers shared: not a measure of new voices" in _result(made, "published")["notes"]
    honest = _result(made, "speaker-independent")
    assert "2 of 6 folds are run" in honest["notes"]
    assert honest["speakers"] == 8
    assert honest["held"] == "validation"


def test_what_is_finished_is_taken_up_again(made: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    before = _result(made, "published")
    monkeypatch.setattr("ser_train.papers.run.fit_fold", lambda *rest: pytest.fail("fitted again"))
    _run(made, protocols=["published"], seeds=[0, 1], resume=True)
    assert _result(made, "published")["seeds"] == before["seeds"]


def test_the_exported_network_carries_what_it_needs_and_how_it_was_measured(made: dict[str, Path]) -> None:
    classifier = Classifier(made["model"], "cpu")
    contract = classifier.contract
    assert contract.labels == ("angry", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    assert contract.features.layout == "batch features"
    assert contract.training["corpora"][0]["licence"] == "CC BY-NC-SA 4.0"
    (score,) = contract.scores
    assert (score["clips"], score["speakers"]) == (32, 4)
    assert "not through the live path" in score["protocol"]
    assert "mark" not in score


def test_an_epoch_is_timed_and_nothing_is_measured(made: dict[str, Path], tmp_path: Path) -> None:
    _run(made | {"out": tmp_path}, protocols=["speaker-independent"], time=True)
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["time.json"]
    known = json.loads((tmp_path / "tiny" / "time.json").read_text())["speaker-independent"]
    assert (known["epochs"], known["folds"], known["device"]) == (3, 6, "cpu")
    assert known["seconds_per_epoch"] >= 0


def test_a_corpus_that_is_missing_is_named(made: dict[str, Path], tmp_path: Path) -> None:
    head = HEAD.replace('corpora = ["ravdess", "savee"]', 'corpora = ["ravdess", "tess"]')
    with pytest.raises(TrainingError, match=r"needs TESS|needs Toronto"):
        _run(made | {"row": tiny_row(tmp_path, head)})


def test_a_row_that_would_choose_by_its_test_is_refused(made: dict[str, Path], tmp_path: Path) -> None:
    row = tiny_row(tmp_path, HEAD.replace('keep = "last"', 'keep = "best"'))
    with pytest.raises(TrainingError, match="would choose by its test"):
        _run(made | {"row": row}, protocols=["published"])


def test_an_unknown_protocol_is_refused(made: dict[str, Path]) -> None:
    with pytest.raises(TrainingError, match="it has published, speaker-independent"):
        _run(made, protocols=["honest"])
