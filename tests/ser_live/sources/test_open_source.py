"""Which source a path means."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from recordings import RATE, read, refused

from ser_live.errors import SourceError
from ser_live.sources import FileSource, PipeSource, open_source


def test_open_source_takes_files_and_pipes(wav: Path) -> None:
    with closing(open_source(wav)) as file:
        assert isinstance(file, FileSource)
    fifo = wav.parent / "fifo"
    os.mkfifo(fifo)
    assert "is no regular file: read it as a pipe" in refused(fifo)
    threading.Thread(target=lambda: fifo.write_bytes(wav.read_bytes()), daemon=True).start()
    source = open_source(fifo)
    assert isinstance(source, PipeSource)
    assert source.name == str(fifo)
    assert len(read(source)[0]) == 3 * RATE


def test_open_source_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        open_source(tmp_path / "no.wav")
    with pytest.raises(SourceError, match="/dev/null: a WAV stream was expected, but it is empty"):
        open_source("/dev/null")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="standard input is closed"):
        open_source("-")


def test_the_import_loads_no_sounddevice() -> None:
    code = "import sys, ser_live.sources, ser_live.outputs.recording as r; print('sounddevice' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded == "False\n"
