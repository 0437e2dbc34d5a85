"""Which lanes a source has: what `--channels` and `--lane-names` ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ser_live.errors import SettingsError, shortened
from ser_live.sources import check_channels

__all__ = ["Lane", "lanes_of"]

_MOST = 16
_LONGEST = 40  # characters of a name: it must fit beside the bars
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Lane:
    """A voice of a source.

    Attributes:
        name: in the records, None where there is only one lane.
        channel: what is heard of the source: `mix`, `left`, `right` or the number of a channel.
    """

    name: str | None
    channel: str


def lanes_of(choice: str, names: Sequence[str], channels: int) -> tuple[Lane, ...]:
    """Return the lanes that a choice of channels makes of a source.

    Args:
        choice: `split` for a lane a channel; anything else is one lane, without a name.
        names: of the lanes, in the order of their channels; lanes beyond them are named after their channel.
        channels: of the source.

    Raises:
        SettingsError: where they do not fit each other.

    Example:
        >>> [lane.name for lane in lanes_of("split", ["Agent"], 2)]
        ['Agent', 'right']
    """
    if choice != "split":
        if names:
            raise SettingsError("--lane-names names the lanes of --channels split: give both or neither")
        check_channels(choice, channels)
        return (Lane(None, choice),)
    if channels == 1:
        raise SettingsError(
            "--channels split needs a channel for each voice, and the source has only 1: leave it out, "
            "or record each voice in its own channel"
        )
    if channels > _MOST:
        raise SettingsError(f"--channels split takes up to {_MOST} channels, and the source has {channels}: choose one")
    if len(names) > channels:
        raise SettingsError(f"--lane-names has {len(names)} names, and the source has {channels} channels: give fewer")
    numbers = range(1, channels + 1)
    usual = _SIDES if channels == 2 else [f"channel {number}" for number in numbers]
    lanes = tuple(
        Lane(_checked(names[i]) if i < len(names) else usual[i], str(number)) for i, number in enumerate(numbers)
    )
    if len({lane.name for lane in lanes}) < len(lanes):
        raise SettingsError(f"--lane-names gives two lanes one name ({', '.join(names)}): name each differently")
    return lanes


def _checked(name: str) -> str:
    stripped = name.strip()
    if not stripped or not stripped.isprintable() or len(stripped) > _LONGEST:
        raise SettingsError(
            f"--lane-names takes printable names of 1 to {_LONGEST} characters, with commas between them, "
            f"not {shortened(name, 60)!r}"
        )
    return stripped
