"""Records with any field of any kind: converted, or refused in one sentence, never a traceback."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from made_records import ENDINGS, as_lines, two_lanes

from ser_live.errors import RecordsError
from ser_live.outputs.by_ending import open_output
from ser_live.outputs.read import Opening, Reader, Summing

VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, 1e308, "", "x", "\ud800", "a" * 300, [], {}, [None], [[]], {"": None}, [{}]),
    *("sad", "2", "½", {"name": "A"}, [1, "a"], {"a": {}}, "-->", 0.1, 7, [0.5, 0.5], "1e5", "split", "right"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of every value inside a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [each for key in keys for each in ((*path, key), *places(value[key], (*path, key)))]


def changed(lines: list[str], chance: random.Random) -> str:
    """The lines with one value, of a record of a random type, replaced, removed or added."""
    lines = list(lines)
    number = chance.choice([0, 0, len(lines) - 1, chance.randrange(len(lines))])
    fields = json.loads(lines[number])
    path = chance.choice(places(fields))
    holder = fields
    for key in path[:-1]:
        holder = holder[key]
    if chance.random() < 0.2:
        del holder[path[-1]]
    else:
        holder[path[-1]] = chance.choice(VALUES)
    lines[number] = json.dumps(fields)
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("seed", range(4))
def test_a_strange_value_is_converted_or_refused(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    fields, records, summary = two_lanes()
    lane = {"name": "Agent", "talk_seconds": 1.0, "responses": {"count": 1}, "quarters": [{"sad": 0.5}]}
    call = {"silence_seconds": 1.0, "lanes": [lane]}
    text = as_lines(fields, records[:25], {**summary, "call": call, "waveform": {"lanes": [{"name": "Agent"}]}})
    refused = 0
    for _ in range(150):
        reader = Reader(io.BytesIO(changed(text.splitlines(), chance).encode()), "x.jsonl")
        outputs = [open_output(tmp_path / f"a{ending}", overwrite=True) for ending in ENDINGS]
        try:
            for record in reader:
                for output in outputs:
                    if isinstance(record, Opening):
                        output.sink.open(record.fields)
                    elif isinstance(record, Summing):
                        output.sink.close(record.fields)
                    else:
                        output.sink.take(record)
        except RecordsError:
            refused += 1
        finally:
            for output in outputs:
                output.file.close()
    assert 40 < refused < 140
