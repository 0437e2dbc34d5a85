"""What tests of the training loop share: one thread of torch, and a run that nothing interrupts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ser_train.fitting.fit import Fit


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread, in which equal seeds give equal bits."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """The unbroken run."""
    import torch
    from tiny_fit import tiny_fit

    torch.set_num_threads(1)
    return tiny_fit(tmp_path_factory.mktemp("whole") / "whole.ckpt")
