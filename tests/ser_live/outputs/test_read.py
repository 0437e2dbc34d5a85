"""Records read back: what a session wrote is taken as it was, anything else refused in one sentence with its line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from made_records import ENDINGS, as_lines, session_fields, summary_fields, two_lanes, utterance, write_session

from ser_live.errors import RecordsError
from ser_live.outputs.read import Opening, Reader, Summing
from ser_live.types import Event, Prediction


def read(text: str | bytes) -> list[Opening | Prediction | Event | Summing]:
    return list(Reader(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "x.jsonl"))


def lines() -> list[dict[str, Any]]:
    """A session as objects: session, begin of speech, predictions, …, summary."""
    text = as_lines(session_fields(), utterance(0.5, 4.0, [(1.5, "sad")]), summary_fields(5.0))
    return [json.loads(line) for line in text.splitlines()]


def dumped(objects: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in objects)


def refusal(text: str | bytes) -> str:
    with pytest.raises(RecordsError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("x.jsonl")
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_what_was_written_is_read_as_it_was() -> None:
    fields, records, summary = two_lanes()
    opening, *middle, summing = read(as_lines(fields, records, summary))
    assert isinstance(opening, Opening)
    assert isinstance(summing, Summing)
    assert (opening.fields, middle, summing.fields) == (fields, records, summary)


def test_a_byte_order_mark_blank_lines_and_other_line_ends_are_taken() -> None:
    text = as_lines(*two_lanes())
    assert read("\ufeff" + text.replace("\n", "\r\n") + "\n\n") == read(text)
    assert read(text.removesuffix("\n")) == read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no session of ser-live: it is empty"),
        ("\n\n", "it is empty"),
        ('{"type": "session", "sche', "its first line is cut off"),
        ("hello\nworld\n", "line 1 is not JSON"),
        ("RIFF\x24\x00\x00\x00WAVE\n\n", "line 1 is not JSON"),
        ("[1, 2]\n", "line 1 is no JSON object"),
        ("7\n", "line 1 is no JSON object"),
        ('{"type": "event"}\n', "line 1 is no session record"),
        ('{"a": NaN}\n', "line 1 is not JSON"),
        ('{"a": ' + "[" * 100_000 + "\n", "line 1 is not JSON"),
        ("x".encode("utf-16") + b"\n", "line 1 is not UTF-8"),
        (b"\xff\xfe\n", "line 1 is not UTF-8"),
        (b'{"a": ' + b"9" * 5_000 + b"}\n", "line 1 is n"),
    ],
)
def test_what_is_no_session(text: str | bytes, words: str) -> None:
    assert words in refusal(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, "schema 2, newer than the 1 that is known here: update ser-live"),
        ({"schema": None}, "schema None"),
        ({"schema": "1"}, "schema '1'"),
        ({"model": None}, "names no labels"),
        ({"model": "x"}, "model is not an object"),
        ({"model": {"labels": []}}, "names no labels"),
        ({"model": {"labels": ["sad", "sad"]}}, "one twice"),
        ({"model": {"labels": ["sad", None]}}, "model.labels[1] is missing"),
        ({"model": {"labels": "sad"}}, "model.labels is not a list"),
        ({"source": 7}, "source is not text"),
        ({"live": 1}, "live is not true or false"),
        ({"settings": {"max_pause": "1"}}, "settings.max_pause is not a number"),
        ({"lanes": [{"name": "A"}]}, "lanes without a name of their own or without a channel"),
        ({"lanes": [{"name": "A", "channel": 1}, {"name": "A", "channel": 2}]}, "lanes without a name of their own"),
        ({"lanes": [{"name": "A", "channel": 1.5}]}, "lanes[0].channel is not a whole number"),
    ],
)
def test_a_session_record_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    objects = lines()
    objects[0] |= changes
    message = refusal(dumped(objects))
    assert message.startswith("x.jsonl: line 1 ")
    assert words in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": None}, "has no start in seconds, but None"),
        ({"end": "4"}, "has no end in seconds, but '4'"),
        ({"available": -1}, "has no available in seconds, but -1"),
        ({"speech_seconds": True}, "has no speech_seconds in seconds, but True"),
        ({"start": 1e999}, "is not JSON"),  # written as Infinity
        ({"label": "furious"}, "has the label 'furious'"),
        ({"label": ["sad"] * 99}, "has the label ["),
        ({"state": "sure"}, "has no state"),
        ({"state": None}, "has no state"),
        ({"smoothed": None}, "has smoothed of other labels"),
        ({"smoothed": {"angry": 1.0}}, "has smoothed of other labels"),
        ({"probabilities": [0.5, 0.5]}, "has probabilities of other labels"),
        ({"attention": "none"}, "attention that is no list of numbers"),
        ({"attention": [0.5, "x"]}, "attention that is no list of numbers"),
        ({"lane": "Agent"}, "has the lane 'Agent', which the session has not"),
        ({"lane": ["Agent"]}, "has the lane ['Agent']"),
        ({"type": "opinion"}, "has the type 'opinion'"),
        ({"type": None}, "has the type None"),
        ({"type": ["prediction"]}, "has the type ['prediction']"),
    ],
)
def test_a_prediction_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    objects = lines()
    assert objects[2]["type"] == "prediction"
    objects[2] |= changes
    message = refusal(dumped(objects))
    assert message.startswith("x.jsonl: line 3 ")
    assert words in message


def test_numbers_that_overflow_are_refused() -> None:
    objects = dumped(lines()).splitlines(keepends=True)
    for old, new in (('"start": 0.0', '"start": 1e999'), ('"angry": 0.06', '"angry": 1e999')):
        text = "".join([*objects[:2], objects[2].replace(old, new), *objects[3:]])
        assert "1e999" in text
        assert "line 3 has" in refusal(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": 1}, "has a kind or an id that is no text"),
        ({"kind": None}, "has a kind or an id that is no text"),
        ({"id": 4}, "has a kind or an id that is no text"),
        ({"start": None}, "has no start in seconds"),
        ({"end": 0.25}, "ends before it starts"),
        ({"end": []}, "has no end in seconds"),
        ({"end": 2.0}, "has no speech_seconds in seconds"),
        ({"kind": "emotion"}, "has the label None"),
        ({"lane": ""}, "has the lane ''"),
    ],
)
def test_an_event_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    objects = lines()
    assert (objects[1]["type"], objects[1]["kind"]) == ("event", "speech")
    objects[1] |= changes
    message = refusal(dumped(objects))
    assert message.startswith("x.jsonl: line 2 ")
    assert words in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seconds": "x"}, "seconds is not a number"),
        ({"notices": "x"}, "notices is not a list"),
        ({"predictions": 1.5}, "predictions is not a whole number"),
        ({"emotion_seconds": {"sad": "x"}}, "emotion_seconds.sad is not a number"),
        ({"call": {"lanes": [{"quarters": [{"sad": "x"}]}]}}, "call.lanes[0].quarters[0].sad is not a number"),
        ({"waveform": {"lanes": [7]}}, "waveform.lanes[0] is not an object"),
    ],
)
def test_a_summary_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    objects = lines()
    objects[-1] |= changes
    assert words in refusal(dumped(objects))


def test_sessions_that_are_mixed_are_refused() -> None:
    objects = lines()
    for second in ([*objects, *objects], [*objects[:5], *objects]):
        assert "begins a second session: give each session a file of its own" in refusal(dumped(second))
    assert "comes after the summary" in refusal(dumped([*objects, objects[3]]))
    assert "comes after the summary" in refusal(dumped(objects) + '{"type": "pred')


def test_fields_and_kinds_of_later_versions_are_taken() -> None:
    objects = lines()
    objects[0]["room"] = {"echo": True}
    objects[1]["loudness"] = -20.5
    objects.insert(2, {"type": "event", "kind": "mark", "start": 1.0, "end": None, "text": "here"})
    records = read(dumped(objects))
    assert isinstance(records[1], Event)
    assert records[1].fields == {"loudness": -20.5}
    assert len(records) == len(objects)


def test_a_line_that_is_endless_is_not_held() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    first = as_lines(session_fields(), [], None).encode()
    endless = Endless()
    with pytest.raises(RecordsError, match=r"^x: line 2 is longer than 4,000,000 bytes, which no record is$"):
        list(Reader(_Joined(first, io.BufferedReader(endless)), "x"))  # type: ignore[arg-type]
    assert endless.given < 5_000_000


class _Joined:
    """A first line, then a stream."""

    def __init__(self, first: bytes, stream: io.BufferedReader) -> None:
        self.first = first
        self.stream = stream

    def readline(self, size: int) -> bytes:
        first, self.first = self.first, b""
        return first or self.stream.readline(size)


# Killed sessions
@pytest.mark.parametrize("cut", [1, 17, 300])
def test_what_is_whole_of_a_cut_session_is_read(cut: int) -> None:
    fields, records, _ = two_lanes()
    text = as_lines(fields, records, None)[:-cut]
    whole = text.count("\n") - 1
    reader = Reader(io.BytesIO(text.encode()), "x.jsonl")
    _, *middle, summing = reader
    assert middle == records[:whole] or (cut == 1 and middle == records)  # a whole object may lack its line end
    assert isinstance(summing, Summing)
    last = max(record.available if isinstance(record, Prediction) else record.end or record.start for record in middle)
    assert summing.fields["seconds"] == round(last, 3)
    assert summing.fields["ended"] == "unknown"
    assert reader.shortfall is not None
    assert reader.shortfall.startswith("x.jsonl ")
    assert ("breaks off in line" in reader.shortfall) == (cut != 1)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_without_a_summary_has_every_format(ending: str, tmp_path: Path) -> None:
    fields, records, _ = two_lanes()
    opening, *middle, summing = read(as_lines(fields, records[:100], None))
    assert isinstance(summing, Summing)
    assert isinstance(opening, Opening)
    text = write_session(tmp_path / f"a{ending}", opening.fields, middle, summing.fields)  # type: ignore[arg-type]
    assert "neutral" in text
