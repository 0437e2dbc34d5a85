"""Damaged recordings of every container that libsndfile writes: heard as far as they go, or refused in a sentence."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from attack import survive
from mutate import mutate
from voices import voice

from ser_live.sources import FileSource
from ser_live.types import Event

CONTAINERS = [
    *(
        ("WAV", "PCM_16"),
        ("WAV", "ULAW"),
        ("WAV", "IMA_ADPCM"),
        ("WAV", "MS_ADPCM"),
        ("WAV", "GSM610"),
        ("WAV", "FLOAT"),
    ),
    *(("WAVEX", "PCM_24"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("AIFF", "IMA_ADPCM")),
    *(("AU", "PCM_16"), ("AU", "G721_32"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")),
    *(("MP3", "MPEG_LAYER_III"), ("CAF", "PCM_16"), ("CAF", "ALAC_16"), ("SDS", "PCM_16"), ("VOC", "PCM_16")),
    *(("AVR", "PCM_16"), ("PAF", "PCM_16"), ("IRCAM", "PCM_16"), ("NIST", "PCM_16"), ("MAT4", "PCM_16")),
    *(
        ("MAT5", "PCM_16"),
        ("PVF", "PCM_16"),
        ("SVX", "PCM_16"),
        ("HTK", "PCM_16"),
        ("XI", "DPCM_16"),
        ("MPC2K", "PCM_16"),
    ),
]
_LONGEST = 200 * 16_000  # frames: no damage makes more sound of 2 s, unless a rate or a count is believed


@cache
def recording(number: int, channels: int) -> bytes:
    """Return a whole recording of 2 s; in one channel where the container takes no more, else WAV."""
    container, subtype = CONTAINERS[number]
    samples = np.repeat(voice(2.0)[:, None], channels, axis=1)
    for form, kind, signal in (
        (container, subtype, samples),
        (container, subtype, samples[:, 0]),
        ("WAV", "PCM_16", samples),
    ):
        file = io.BytesIO()
        try:
            soundfile.write(file, signal, 16_000, format=form, subtype=kind)
        except (soundfile.LibsndfileError, ValueError):
            continue
        return file.getvalue()
    raise AssertionError("WAV can always be written")


def attack(random: Random, folder: Path) -> None:
    number = random.randrange(len(CONTAINERS))
    data = mutate(recording(number, random.choice((1, 1, 2))), random)
    name = random.choice(("x", "x.wav", "x.mp3", f"x.{CONTAINERS[number][0].lower()}"))
    (folder / name).write_bytes(data)
    source = FileSource(folder / name)
    frames = 0
    try:
        for item in source.blocks():
            if isinstance(item, Event):
                assert "\n" not in str(item.fields)
                continue
            assert item.ndim == 2
            assert item.dtype == np.float32
            assert item.shape[1] == source.channels
            frames += len(item)
            if frames > _LONGEST:
                break  # a header that promises silence for hours is believed; it is read in blocks
    finally:
        source.close()


def test_damaged_recordings() -> None:
    ends = survive("recordings", __file__)
    assert ends["survived"] > ends["refused"] / 10 or sum(ends.values()) < 10
