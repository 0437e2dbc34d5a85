"""EAF, the format of ELAN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from ser_live.outputs.names import recording_name
from ser_live.outputs.tiers import Tier, Tiers

__all__ = ["Eaf"]

_TYPES = {
    ".wav": "audio/x-wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class Eaf(Tiers):
    """A tier of speech and one of emotion for each lane, in whole milliseconds.

    ELAN looks for the recording beside the file. The date is that of the session.
    https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
    """

    def text(self, fields: Mapping[str, Any], tiers: list[Tier], end: int) -> Iterable[str]:
        """Return the document."""
        root = ElementTree.Element(
            "ANNOTATION_DOCUMENT",
            {
                "AUTHOR": "ser-live",
                "DATE": str(fields.get("started") or "1970-01-01T00:00:00.000+00:00"),
                "FORMAT": "3.0",
                "VERSION": "3.0",
                "xmlns:xsi": _XSI,
                "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
            },
        )
        header = ElementTree.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
        recording = recording_name(fields)
        if recording is not None:
            url = "./" + quote(recording.encode("utf-8", "surrogateescape"))
            kind = _TYPES.get(recording[recording.rindex(".") :].lower(), "audio/*")
            ElementTree.SubElement(header, "MEDIA_DESCRIPTOR", MEDIA_URL=url, RELATIVE_MEDIA_URL=url, MIME_TYPE=kind)
        spans = [span for tier in tiers for span in tier.spans]
        ElementTree.SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(len(spans))
        order = ElementTree.SubElement(root, "TIME_ORDER")
        number = 0
        for start, stop, _ in spans:
            for value in (start, stop):
                number += 1
                ElementTree.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{number}", TIME_VALUE=str(value))
        number = 0
        for tier in tiers:
            attributes = {"LINGUISTIC_TYPE_REF": "default-lt", "TIER_ID": tier.name}
            if tier.lane is not None:
                attributes["PARTICIPANT"] = tier.lane
            element = ElementTree.SubElement(root, "TIER", attributes)
            for _, _, text in tier.spans:
                number += 1
                annotation = ElementTree.SubElement(
                    ElementTree.SubElement(element, "ANNOTATION"),
                    "ALIGNABLE_ANNOTATION",
                    ANNOTATION_ID=f"a{number}",
                    TIME_SLOT_REF1=f"ts{2 * number - 1}",
                    TIME_SLOT_REF2=f"ts{2 * number}",
                )
                ElementTree.SubElement(annotation, "ANNOTATION_VALUE").text = text
        ElementTree.SubElement(
            root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID="default-lt", TIME_ALIGNABLE="true", GRAPHIC_REFERENCES="false"
        )
        ElementTree.indent(root, " ")
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield ElementTree.tostring(root, encoding="unicode")
        yield "\n"
