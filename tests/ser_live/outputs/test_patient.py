"""Readers that pause, go away or never read: the writer waits for none of them longer than it must."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs import patient
from ser_live.outputs.files import may_block
from ser_live.outputs.patient import PatientFile


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for descriptor in (read, write):
        with suppress(OSError):
            os.close(descriptor)


def patient_file(write: int, interrupts: Interrupts, *, live: bool) -> PatientFile:
    return PatientFile(os.fdopen(write, "wb", buffering=0, closefd=False), interrupts, live=live)


def write_kilobytes(file: PatientFile, count: int) -> None:
    for _ in range(count):
        file.write(bytes(1000))


def drain(read: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += os.read(read, 1 << 16)
    return data


@pytest.mark.parametrize("blocking", [True, False])
def test_a_live_writer_never_waits_and_nothing_is_lost(pipe: tuple[int, int], blocking: bool) -> None:
    read, write = pipe
    os.set_blocking(write, blocking)
    file = patient_file(write, Interrupts(), live=True)
    lines = [b"%07d\n" % n for n in range(100_000)]  # far more than a pipe holds
    for line in lines:
        file.write(line)
    assert file.backlog > 500_000
    reader: list[bytes] = []
    thread = threading.Thread(target=lambda: reader.append(drain(read, 800_000)))
    thread.start()
    file.close()
    thread.join()
    assert reader == [b"".join(lines)]


def test_a_live_writer_gives_up_a_reader_that_reads_nothing_for_hours(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "_MOST_LIVE", 100_000)
    file = patient_file(pipe[1], Interrupts(), live=True)
    with pytest.raises(OSError, match="read nothing for too long"):
        write_kilobytes(file, 300)


def test_a_replay_waits_with_its_reader_until_a_signal(pipe: tuple[int, int]) -> None:
    with Interrupts() as interrupts:
        file = patient_file(pipe[1], interrupts, live=False)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        with pytest.raises(Interrupted):
            write_kilobytes(file, 5000)
        began = time.monotonic()
        with pytest.raises(OSError, match="did not take the last lines"):
            file.close()
        assert 0.5 < time.monotonic() - began < 5
        timer.join()


def test_a_reader_that_has_gone_is_told_at_a_later_write_or_at_the_end(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.close(read)
    file = patient_file(write, Interrupts(), live=True)
    file.write(b"x")
    with pytest.raises(BrokenPipeError):
        file.close()
    file.close()


def test_what_may_block(pipe: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> None:
    assert may_block(pipe[1])
    with (tmp_path_factory.mktemp("file") / "x").open("wb") as file:
        assert not may_block(file.fileno())
