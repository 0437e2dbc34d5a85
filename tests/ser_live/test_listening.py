"""Records to a function and to an `async for`: the same as the program's, and ends that leave nothing behind."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest
from program import run, write
from voices import silence, voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.errors import SettingsError, SourceError
from ser_live.outputs.jsonl import as_json
from ser_live.types import Event, Prediction


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = [voice(4.0), silence(0.5), voice(3.0), silence(2.0), voice(2.0)]
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.concatenate(words))


def test_the_records_are_those_of_the_program(tiny: Classifier, tiny_path: Path, talk: Path) -> None:
    records: list[Prediction | Event] = []
    summary = ser_live.listen(records.append, talk, model=tiny)
    told = run("--model", tiny_path, "--file", talk, "--format", "jsonl").records
    assert [as_json(record) for record in records] == told[1:-1]
    own = {"real_time_factor", "wall_seconds", "compute_ms", "type"}
    assert {k: v for k, v in summary.items() if k not in own} == {k: v for k, v in told[-1].items() if k not in own}


def test_async_gives_the_same(tiny: Classifier, talk: Path) -> None:
    async def gather() -> list[Prediction | Event]:
        return [record async for record in ser_live.stream(talk, model=tiny, channels="left")]

    records: list[Prediction | Event] = []
    ser_live.listen(records.append, talk, model=tiny, channels="left")
    assert asyncio.run(gather()) == records


def test_a_slow_loop_makes_a_recording_wait(tiny: Classifier, tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", np.tile(voice(4.0), 15))

    async def gather() -> int:
        first = True
        count = 0
        async for record in ser_live.stream(path, model=tiny, step=0.05):
            if first:
                await asyncio.sleep(1.0)
                first = False
            count += isinstance(record, Prediction)
        return count

    counted: list[Prediction | Event] = []
    ser_live.listen(counted.append, path, model=tiny, step=0.05)
    assert asyncio.run(gather()) == sum(isinstance(record, Prediction) for record in counted) > 1000


def test_leaving_the_loop_ends_the_session(tiny: Classifier, talk: Path) -> None:
    async def first() -> Prediction | Event:
        records = ser_live.stream(talk, model=tiny, speed=0.5)
        async for record in records:
            await records.aclose()  # type: ignore[attr-defined] # it is an async generator
            return record
        raise AssertionError

    before = threading.active_count()
    assert isinstance(asyncio.run(first()), Event)
    assert threading.active_count() == before


def test_stop_ends_it_from_another_thread(tiny: Classifier, talk: Path) -> None:
    stop = threading.Event()
    summary = ser_live.listen(lambda record: stop.set(), talk, model=tiny, speed=2.0, stop=stop)
    assert summary["ended"] == "interrupt"
    assert summary["seconds"] < 3.0


def test_what_the_function_raises_comes_out(tiny: Classifier, talk: Path) -> None:
    def fail(record: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        ser_live.listen(fail, talk, model=tiny)


def test_errors_come_out_of_both(tiny: Classifier, tmp_path: Path) -> None:
    async def gather() -> None:
        async for _ in ser_live.stream(tmp_path / "no.wav", model=tiny):
            pass

    with pytest.raises(SourceError, match="there is no file"):
        ser_live.listen(print, tmp_path / "no.wav", model=tiny)
    with pytest.raises(SourceError, match="there is no file"):
        asyncio.run(gather())
    with pytest.raises(SettingsError, match="two inputs"):
        ser_live.listen(print, tmp_path / "no.wav", input_device=1, model=tiny)
    with pytest.raises(SettingsError, match="step"):
        ser_live.listen(print, write(tmp_path / "a.wav", voice(1.0)), model=tiny, step="no")


def test_what_came_before_an_error_is_kept(tiny: Classifier, tmp_path: Path) -> None:
    samples = voice(4.0)
    samples[3 * 16_000] = np.nan
    path = write(tmp_path / "nan.wav", samples)
    records: list[Prediction | Event] = []
    with pytest.raises(ser_live.NonFiniteSampleError):
        ser_live.listen(records.append, path, model=tiny)
    assert [record for record in records if isinstance(record, Prediction)]
