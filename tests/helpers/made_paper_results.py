"""Made results of the papers' systems, for the tests of tables and pages."""

from __future__ import annotations

from ser_train.papers.metrics import Confusion, LabelScore, PartScore, Spread
from ser_train.papers.results import Cost, Epoch, FoldResult, SeedResult, SystemResult
from ser_train.papers.system import load_system

LABELS = ("angry", "happy", "sad")


def made_result(system: str, protocol: str, score: float, *, folds: int = 1, of: int = 1) -> SystemResult:
    """Return results of two seeds, all scores `score` ± 0.01, with so many of a protocol's folds."""
    fold = FoldResult(
        fold="",
        train_clips=50,
        train_examples=100,
        train_speakers=20,
        validation_examples=0,
        epochs=2,
        kept=2,
        seconds=3.0,
        device="cpu",
        examples=8,
        accuracy=score,
        uar=score,
        weighted_f1=score,
    )
    seed = SeedResult(
        seed=0,
        examples=8,
        accuracy=score,
        uar=score,
        weighted_f1=score,
        per_label=tuple(LabelScore(label=label, precision=None, recall=0.0, f1=0.0, examples=2) for label in LABELS),
        confusion=Confusion(labels=LABELS, counts=((3, 1, 0), (0, 2, 0), (1, 1, 0))),
        groups={},
        corpora={"ravdess": PartScore(examples=8, accuracy=score, uar=score, weighted_f1=score)},
        folds=(fold,) * folds,
    )
    epochs = tuple(
        Epoch(
            epoch=number,
            learning_rate=1e-3,
            loss=1.0,
            accuracy=0.4,
            held_loss=1.1,
            held_accuracy=0.3,
            seconds=3.0,
        )
        for number in (1.0, 2.0)
    )
    spread = Spread(mean=score, deviation=0.01)
    return SystemResult(
        system=system,
        paper="D",
        title="a title",
        protocol=protocol,
        text="how it was divided",
        published=load_system(system).published,
        metric="accuracy",
        clips=1234,
        speakers=24,
        examples=8,
        accuracy=spread,
        uar=spread,
        weighted_f1=spread,
        intervals={"accuracy": (0.25, 0.625), "uar": (0.2, 0.7)},
        seeds=(seed, seed),
        curves=epochs,
        held="test",
        cost=Cost(seconds_per_epoch=36.0, epochs=50, folds=of, device="cpu"),
        notes=("without SAVEE, which is not at hand",),
        commit="abc",
    )
