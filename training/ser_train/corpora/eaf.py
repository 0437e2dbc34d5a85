"""Read annotations of ELAN: https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.

The file is read by expat, element by element: nothing outside it is opened, no entity is expanded, and a file that
declares any is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname
from xml.parsers import expat

from ser_train.corpora.annotation import Annotation, Interval, Tier, read_bytes
from ser_train.errors import TrainingError

__all__ = ["read_eaf"]

_DEPTH = 100  # parents of an annotation


class _Note(NamedTuple):
    """An annotation as stored: two time slots, or the annotation that it refers to."""

    slots: tuple[str, str] | None
    parent: str
    text: str


def read_eaf(path: Path) -> Annotation:
    """Read the tiers of an ELAN file, with their participants, and where its recording may be.

    Annotations that refer to others have the times of those. Times are those of the recording: an offset that ELAN
    stores for it is added.

    Raises:
        TrainingError: if it cannot be read, is no ELAN file, declares entities, or counts in frames.
    """
    reader = _Reader(path)
    reader.read(read_bytes(path))
    return Annotation(tiers=reader.tiers(), media=list(dict.fromkeys(reader.media)))


class _Reader:
    def __init__(self, path: Path) -> None:
        self.media: list[Path] = []
        self._path = path
        self._offset = 0.0  # seconds
        self._slots: dict[str, float] = {}  # seconds
        self._notes: dict[str, _Note] = {}
        self._tiers: list[tuple[str, str, list[str]]] = []  # name, person, identities of annotations
        self._open: Mapping[str, str] = {}  # attributes of the annotation that is being read
        self._text: list[str] | None = None  # of the value that is being read
        self._value = ""
        self._rooted = False

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._declared
        parser.EntityDeclHandler = self._declared
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise self._fault(f"it cannot be read as XML: {error}") from None

    def tiers(self) -> list[Tier]:
        tiers = []
        for name, person, identities in self._tiers:
            timed = [(self._times(identity), self._notes[identity].text) for identity in identities]
            intervals = [Interval(*times, text) for times, text in timed if times is not None]
            tiers.append(Tier(name=name, person=person, intervals=intervals, untimed=len(identities) - len(intervals)))
        return tiers

    def _times(self, identity: str) -> tuple[float, float] | None:
        """Return start and end of an annotation; None where it has none."""
        note = self._notes.get(identity)
        for _ in range(_DEPTH):
            if note is None:
                return None
            if note.slots is not None:
                start, end = (self._slots.get(slot) for slot in note.slots)
                return None if start is None or end is None else (start + self._offset, end + self._offset)
            note = self._notes.get(note.parent)
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._rooted and name != "ANNOTATION_DOCUMENT":
            raise self._fault(f"its first element is {name[:30]}")
        self._rooted = True
        if name == "HEADER":
            if attributes.get("TIME_UNITS", "milliseconds") != "milliseconds":
                raise self._fault(f"it counts in {attributes['TIME_UNITS'][:30]}, not in milliseconds")
            self._add_media("", attributes.get("MEDIA_FILE", ""))
        elif name == "MEDIA_DESCRIPTOR":
            self._add_media(attributes.get("MEDIA_URL", ""), attributes.get("RELATIVE_MEDIA_URL", ""))
            self._offset = self._seconds(attributes.get("TIME_ORIGIN") or "0")
        elif name == "TIME_SLOT" and "TIME_VALUE" in attributes:
            self._slots[attributes.get("TIME_SLOT_ID", "")] = self._seconds(attributes["TIME_VALUE"])
        elif name == "TIER":
            self._tiers.append((attributes.get("TIER_ID", ""), attributes.get("PARTICIPANT", ""), []))
        elif name in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            self._open = attributes
        elif name == "ANNOTATION_VALUE":
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name == "ANNOTATION_VALUE" and self._text is not None:
            self._value, self._text = "".join(self._text), None
        if name not in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            return
        found = self._open
        identity = found.get("ANNOTATION_ID", "")
        slots = (found.get("TIME_SLOT_REF1", ""), found.get("TIME_SLOT_REF2", ""))
        if not identity or identity in self._notes or not self._tiers:
            raise self._fault(f"the annotation {identity[:30]!r} stands twice, in no tier, or has no identity")
        self._notes[identity] = _Note(
            slots=slots if name == "ALIGNABLE_ANNOTATION" else None,
            parent=found.get("ANNOTATION_REF", ""),
            text=self._value,
        )
        self._tiers[-1][2].append(identity)
        self._value = ""

    def _declared(self, *_: object) -> None:
        raise TrainingError(
            f"{self._path} declares entities or a document type, which ELAN never does: save it in ELAN"
        )

    def _add_media(self, url: str, relative: str) -> None:
        """Add where the recording may be: as the file says, then beside the file by its name."""
        folder = self._path.parent
        try:
            parts = urlsplit(url)
            if parts.scheme == "file" and parts.path.strip("/"):
                self.media.append(Path(url2pathname(parts.path)))
        except ValueError:  # a broken address
            pass
        relative = unquote(relative.removeprefix("file:")).replace("\\", "/")
        if relative:
            self.media.append(folder / relative)
        for name in (relative, unquote(url).replace("\\", "/")):
            if last := name.rpartition("/")[2]:
                self.media.append(folder / last)

    def _seconds(self, milliseconds: str) -> float:
        try:
            return int(milliseconds) / 1000
        except (ValueError, OverflowError):
            raise self._fault(f"{milliseconds[:30]!r} is no whole number of milliseconds") from None

    def _fault(self, what: str) -> TrainingError:
        return TrainingError(f"{self._path} is no whole ELAN file ({what}): save it again in ELAN")
