"""The errors that `ser_live` raises for its callers.

```
SerLiveError (a ValueError)     one sentence: what was expected, what came, what to do
├── SettingsError               a setting out of range or that does not fit another
├── SourceError                 audio that cannot be read, a microphone that is not there
│   └── NonFiniteSampleError    NaN or infinity in the signal; `.index` says where
├── ModelError                  a model file that cannot be run, or a compute device that is not there
├── RecordsError                a file of records that is none, or is damaged
└── OutputError                 a record or recording that cannot be written
```
"""

from __future__ import annotations

__all__ = [
    "ModelError",
    "NonFiniteSampleError",
    "OutputError",
    "RecordsError",
    "SerLiveError",
    "SettingsError",
    "SourceError",
    "shortened",
]


_LONGEST = 1000  # characters of a sentence


class SerLiveError(ValueError):
    """Base of every error that `ser_live` states in one sentence, on one line, whatever it quotes of a file."""

    def __str__(self) -> str:
        text = " ".join(super().__str__().splitlines())
        return text if len(text) <= _LONGEST else f"{text[:700]} … {text[-250:]}"  # its end says what to do


class SettingsError(SerLiveError):
    """A setting is out of its range or contradicts another one."""


class SourceError(SerLiveError):
    """Audio cannot be read from the given file, pipe or device."""


class NonFiniteSampleError(SourceError):
    """The signal holds NaN or infinity.

    Args:
        index: position of the first such sample (frame) in the array that was fed.
        seconds: its stream time.
    """

    def __init__(self, index: int, seconds: float) -> None:
        super().__init__(
            f"the signal holds a sample that is not a number at {seconds:.3f} s; "
            "what came before it was processed: repair or re-export the recording"
        )
        self.index = index
        self.seconds = seconds


class ModelError(SerLiveError):
    """A model file cannot be used, or the compute device that was asked for is not there."""


class RecordsError(SerLiveError):
    """A file of records is none of ours, or is damaged."""


class OutputError(SerLiveError):
    """Records or a recording cannot be written."""


def shortened(value: object, most: int = 200) -> str:
    """Cut the text of a value to so many characters: files of others decide how long it is."""
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
