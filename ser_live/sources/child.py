"""A program that runs for us and writes to a pipe: watched while it is read, ended with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Final

from ser_live.errors import SourceError

__all__ = ["Child"]

_TICK: Final = 1.0  # seconds; a pause of the whole computer counts as one of them
_KEPT: Final = 16_384  # bytes of its messages
_ENDING_SECONDS: Final = 5.0


class Child:
    """A program without a shell, without standard input, in a session of its own: Ctrl-C does not reach it.

    It ends with `close`, and where we die, with its next write.

    Args:
        command: program and arguments.
        patience: seconds without output after which it is ended.

    Attributes:
        hung: whether it was ended because it gave nothing.

    Raises:
        OSError: where it cannot be started.
        SourceError: where no thread can be started to watch it.
    """

    def __init__(self, command: Sequence[str | bytes], *, patience: float) -> None:
        self.hung = False
        self._patience = patience
        self._waiting = False
        self._quiet = 0.0  # seconds that the present read has waited
        self._over = threading.Event()
        self._kept = bytearray()
        new_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: the same against Ctrl-C
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
            creationflags=new_group,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._out: IO[bytes] = self._process.stdout
        self._drain = threading.Thread(target=self._keep_messages, args=(self._process.stderr,), daemon=True)
        self._watch = threading.Thread(target=self._end_where_it_hangs, daemon=True)
        try:
            self._drain.start()
            self._watch.start()
        except RuntimeError:
            self.close()
            raise SourceError(
                "this computer starts no more threads, and one is needed to watch ffmpeg: close other programs"
            ) from None
        except BaseException:  # Ctrl-C
            self.close()
            raise

    def read(self, count: int) -> bytes:
        """Return at least one byte and at most that many; none at the end, or where it was ended."""
        self._quiet = 0.0
        self._waiting = True
        try:
            return self._out.read(count)
        finally:
            self._waiting = False

    def result(self) -> int:
        """Wait for the end of a program that has written everything; return its exit code, negative for a signal."""
        try:
            code = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.hung = True
            self._kill()
            code = self._process.wait()
        self._drain.join(1.0)
        return code

    @property
    def messages(self) -> list[str]:
        """The last lines of its standard error."""
        return bytes(self._kept).decode("utf-8", "replace").splitlines()

    def close(self) -> None:
        """End it and wait for its end; may be called twice."""
        self._over.set()
        if self._process.returncode is None:
            self._kill()
            self._process.wait()
        self._out.close()
        for thread in (self._drain, self._watch):
            if thread.ident is not None:
                thread.join(1.0)

    def _kill(self) -> None:
        """End it with what it has started: a script may stand in front of the program."""
        if sys.platform == "win32":
            self._process.kill()
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()

    def _keep_messages(self, stream: IO[bytes]) -> None:
        """Read all that it says, so that it never waits for us, and keep the end."""
        with stream:
            while part := stream.read(_KEPT):
                self._kept += part
                del self._kept[:-_KEPT]

    def _end_where_it_hangs(self) -> None:
        tick = min(_TICK, self._patience / 4)
        while not self._over.wait(tick):
            if not self._waiting:
                continue
            self._quiet += tick
            if self._quiet >= self._patience:
                self.hung = True
                self._kill()
                return


def _environment() -> dict[str, str]:
    """Return our environment without what makes ffmpeg write files or colours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("FFREPORT", "AV_LOG_FORCE_COLOR")}
    return {**kept, "AV_LOG_FORCE_NOCOLOR": "1"}
