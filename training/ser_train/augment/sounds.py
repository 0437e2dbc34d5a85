"""What to mix training windows with: noise, other voices, rooms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment import Augmentation, Sounds
from ser_train.augment.noise import coloured_noise
from ser_train.augment.room import room_bank
from ser_train.corpora.audio import read_recording
from ser_train.corpora.noise import find_backgrounds, find_esc10
from ser_train.data.speech_cache import SpeechCache
from ser_train.errors import TrainingError

__all__ = ["load_noises", "load_sounds", "training_voices"]

_LENGTH = 5 * SAMPLE_RATE  # of every piece
_LONGEST = 60 * SAMPLE_RATE  # of one recording
_ROOMS = 100
_VOICES = 200  # pieces, 64 MB


def load_sounds(
    folders: Sequence[Path], settings: Augmentation, seed: int, speech: SpeechCache, clips: Sequence[int]
) -> Sounds:
    """What these settings need.

    Args:
        folders: where noise may lie: ESC-10 (folds 1-4) and the Speech Commands backgrounds.
        settings: voices and rooms are loaded if these ask for them.
        seed: of what is drawn.
        speech: of many clips.
        clips: indices of those that train; no other clip is heard.

    Raises:
        TrainingError: if a recording cannot be decoded, or voices are asked for and there are none.
    """
    noises, recorded = load_noises(folders, seed)
    return Sounds(
        noises=noises,
        recorded=recorded,
        voices=training_voices(speech, clips, seed) if settings.voices else torch.zeros(0, _LENGTH),
        rooms=room_bank(_ROOMS, seed) if settings.room else torch.zeros(0, 1),
    )


def load_noises(folders: Sequence[Path], seed: int) -> tuple[Tensor, int]:
    """Five-second pieces `(pieces, samples)` at 16 kHz, the recorded first, and how many those are.

    ESC-10 folds 1-4 and the Speech Commands backgrounds where present, coloured noise always.
    """
    pieces: list[FloatArray] = []
    for path in sorted([*find_esc10(folders, "train"), *find_backgrounds(folders)]):
        signal = read_recording(path)[:_LONGEST]
        for start in range(0, max(1, len(signal) - _LENGTH + 1), _LENGTH):
            piece = signal[start : start + _LENGTH]
            piece = np.pad(piece, (0, _LENGTH - len(piece)))
            if np.mean(np.square(piece)) > 1e-8:  # digital silence can be brought to no level
                pieces.append(piece)
    generator = torch.Generator().manual_seed(seed)
    coloured = coloured_noise(max(len(pieces), 100), _LENGTH, generator)
    recorded = torch.from_numpy(np.stack(pieces)) if pieces else coloured[:0]
    return torch.cat([recorded, coloured]), len(pieces)


def training_voices(speech: SpeechCache, clips: Sequence[int], seed: int) -> Tensor:
    """Five-second pieces `(pieces, samples)` of these clips' speech, each of one speaker and all equally loud.

    Raises:
        TrainingError: if there are no clips.
    """
    random = np.random.default_rng(seed)
    by_speaker: dict[str, list[int]] = {}
    for clip in clips:
        by_speaker.setdefault(speech.clips[clip].speaker, []).append(clip)
    if not by_speaker:
        raise TrainingError("`voices` needs speech of training speakers, and there is none: set it to 0")
    speakers = sorted(by_speaker)
    each = max(1, min(4, _VOICES // len(speakers)))
    pieces = []
    for speaker in random.permutation(speakers)[:_VOICES]:
        own: FloatArray = np.zeros(0, np.float32)
        for clip in random.permutation(by_speaker[str(speaker)]):
            if len(own) >= each * _LENGTH:
                break
            own = np.concatenate([own, speech.speech(int(clip))])
        count = max(1, min(each, len(own) // _LENGTH))
        pieces += list(np.resize(own, (count, _LENGTH)))  # too little speech is repeated
    voices = torch.from_numpy(np.stack(pieces))
    return 0.1 * voices / voices.square().mean(1, keepdim=True).sqrt().clamp(min=1e-6)
