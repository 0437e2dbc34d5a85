"""Recalls and calibration of predictions, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from ser_train.evaluation.metrics import confusion_matrix, expected_calibration_error, recalls, uar


def test_uar_by_hand() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2])
    said = np.array([0, 0, 0, 1, 1, -1, 0])
    matrix = confusion_matrix(truth, said, 4)
    assert matrix.tolist() == [[3, 1, 0, 0, 0], [0, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert recalls(matrix)[:3].tolist() == [0.75, 0.5, 0.0]
    assert np.isnan(recalls(matrix)[3])  # a label that does not occur has no recall
    assert uar(truth, said, 4) == pytest.approx((0.75 + 0.5 + 0.0) / 3)


def test_calibration_error_by_hand() -> None:
    sure = np.tile([0.8, 0.2], (10, 1))
    truth = np.array([0] * 8 + [1] * 2)
    assert expected_calibration_error(sure, truth) == pytest.approx(0.0)
    assert expected_calibration_error(sure, 1 - truth) == pytest.approx(0.6)
