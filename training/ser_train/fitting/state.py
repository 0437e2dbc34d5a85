"""Where a run stands: its weights, their average, the optimiser and the history, saved and taken up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ser_train.fitting.checkpoint import load_checkpoint, save_checkpoint
from ser_train.fitting.optimisation import Optimisation
from ser_train.fitting.schedules import averaging_decay, learning_rate
from ser_train.fitting.validation import best_epoch
from ser_train.networks.warm_start import groups

__all__ = ["Partway", "TrainState"]


@dataclass(kw_only=True)
class Partway:
    """Where a run stands within an epoch; as it is, between two.

    Attributes:
        step: of the epoch's steps done.
        losses: sum of the loss over the windows so far.
        windows: so far.
        rate: the latest learning rate.
        random: state of the generators that dropout draws from.
    """

    step: int = 0
    losses: float = 0.0
    windows: int = 0
    rate: float = 0.0
    random: list[Tensor] = field(default_factory=list)


class TrainState:
    """Everything that a step changes.

    Args:
        model: the network, on the device that it trains on.
        started: names of the weights that began as those of another run.
        settings: of the optimisation.
        steps: of one epoch.
        device: to train on.
        path: of the checkpoint.
        digest: of everything that the run depends on; a checkpoint of another one is refused.

    Attributes:
        model: the network.
        average: its averaged weights, which are validated and kept.
        optimiser: of the weights.
        history: one row an epoch.
        best: the averaged weights of the best epoch so far.
        partway: where the run stands within the present epoch.
    """

    def __init__(
        self,
        model: nn.Module,
        started: set[str],
        settings: Optimisation,
        *,
        steps: int,
        device: torch.device,
        path: Path,
        digest: str,
    ) -> None:
        decay = averaging_decay(settings.averaging, settings.epochs * steps)
        keep = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        parameters = groups(model, started, settings.start_rate)
        self.model = model
        self.average = AveragedModel(model, multi_avg_fn=keep, use_buffers=True)
        self.optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        self.partway = Partway()
        self._started = parameters[1]["params"]
        self._settings = settings
        self._steps = steps
        self._device = device
        self._path = path
        self._digest = digest

    def load(self) -> None:
        """Take up the run of the checkpoint.

        Raises:
            TrainingError: if it is of another run, or cannot be read.
        """
        saved = load_checkpoint(self._path, self._digest)
        self.model.load_state_dict(saved["model"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.history, self.best = saved["history"], saved["best"]
        values = saved["partway"]
        self.partway = Partway(
            step=values["step"],
            losses=values["losses"],
            windows=values["heard"],
            rate=values["rate"],
            random=values.get("random", []),
        )

    def save(self) -> None:
        """Write the checkpoint.

        Raises:
            TrainingError: if it cannot be written.
        """
        partway = {
            "step": self.partway.step,
            "losses": self.partway.losses,
            "heard": self.partway.windows,
            "rate": self.partway.rate,
        }
        save_checkpoint(
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "history": self.history,
                "best": self.best,
                "partway": partway | ({"random": self.partway.random} if self.partway.random else {}),
                "digest": self._digest,
            },
            self._path,
        )

    def begin_epoch(self, seed: int) -> None:
        """Seed what dropout draws, so that a resumed epoch draws as the unbroken one."""
        torch.manual_seed(seed)
        if self.partway.step:
            torch.set_rng_state(self.partway.random[0])
            if self._device.type == "cuda":
                torch.cuda.set_rng_state(self.partway.random[1], self._device)
        self.model.train()

    def note_random_state(self) -> None:
        """Keep the state of the generators, for an epoch that is broken off."""
        cuda = [torch.cuda.get_rng_state(self._device)] if self._device.type == "cuda" else []
        self.partway.random = [torch.get_rng_state(), *cuda]

    def set_rate(self, step: int) -> float:
        """Set the learning rate of a step of the present epoch; weights that began elsewhere wait as long as asked.

        Returns:
            the rate.
        """
        settings, total = self._settings, self._settings.epochs * self._steps
        done = len(self.history) * self._steps + step
        rate = learning_rate(done, total, settings, [row["validation_loss"] for row in self.history])
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        waits = done < settings.head_first * total
        for weight in self._started:
            weight.requires_grad_(not waits)
        return rate

    def update(self, loss: Tensor) -> None:
        """Take the step that a loss asks for."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self._settings.clip)
        self.optimiser.step()
        self.average.update_parameters(self.model)

    def end_epoch(self, row: dict[str, float]) -> None:
        """Append an epoch's row to the history, keep its weights if they are the best, and save."""
        self.history.append(row)
        if best_epoch(self.history) == len(self.history):
            self.best = {name: value.clone() for name, value in self.average.module.state_dict().items()}
        self.partway = Partway()
        self.save()
