"""Colours of the screen: told apart by everybody, and letters that can be read on them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sessions import rgb

from ser_live.display import COLOURS

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _linear(colour: str) -> np.ndarray:
    values = np.array(rgb(colour)) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear.clip(0, 1) / to_xyz.sum(axis=1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_helper_knows_cielab() -> None:
    np.testing.assert_allclose(_lab(_linear("#FF0000")), [53.24, 80.09, 67.20], atol=0.05)
    np.testing.assert_allclose(_lab(_linear("#FFFFFF")), [100, 0, 0], atol=0.05)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_differ_for_everybody(deficiency: str) -> None:
    seen = [_lab(np.asarray(DEFICIENCIES[deficiency]) @ _linear(colour)) for colour in COLOURS.values()]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) >= 22


def test_black_letters_can_be_read_on_every_colour() -> None:
    luminance = {word: float(_linear(colour) @ [0.2126, 0.7152, 0.0722]) for word, colour in COLOURS.items()}
    assert min((value + 0.05) / 0.05 for value in luminance.values()) >= 4.5
