"""Change training windows so that level, bandwidth, room and noise do not carry the label.

Every transform works on a whole batch and draws from a generator that it is given. Recordings that are measured are
never changed.
"""

from __future__ import annotations

from ser_train.augment.chain import Sounds, augment_features, augment_samples
from ser_train.augment.demonstrations import DEMONSTRATIONS
from ser_train.augment.settings import Augmentation

__all__ = ["DEMONSTRATIONS", "Augmentation", "Sounds", "augment_features", "augment_samples"]
