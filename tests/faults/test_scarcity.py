"""Systems that lack something: descriptors, memory, threads, a home, a folder. One sentence each."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import ENVIRONMENT, PROGRAM, Result, kinds, parse, run, write
from voices import silence, voice

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits and pipes of Unix")

TRAINER = "from ser_train.cli import main; main()"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    samples = np.tile(np.concatenate([voice(4.0), silence(0.4)]), 6)
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", samples)


@pytest.fixture(scope="module")
def public(tiny_path: Path, talk: Path) -> Iterator[tuple[str, ...]]:
    """The arguments for a model and a recording that every user may read."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.copy(tiny_path, folder)
        shutil.copy(talk, folder)
        yield ("--model", f"{folder}/{tiny_path.name}", "--file", f"{folder}/{talk.name}", "--format", "jsonl")


def limited(kind: str, limit: int, *arguments: str | Path, program: str = "") -> Result:
    """Run our program, or a piece of Python, with a limit set just before it starts."""
    program = program or "from ser_live.__main__ import main; main()"
    code = f"import resource; resource.setrlimit(resource.RLIMIT_{kind}, ({limit}, {limit})); {program}"
    user = unprivileged() if kind == "NPROC" else []
    command = [*user, sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, env=ENVIRONMENT, check=False)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def unprivileged() -> list[str]:
    """Return the command that makes root a user, whom limits of processes hold, and who may read what root may."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not there")
    rights = "+dac_override,+dac_read_search"
    user = ["--reuid", "4242", "--regid", "4242", "--clear-groups"]
    command = ["setpriv", *user, f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("setpriv may not do this here")
    return command


def test_ten_descriptors_are_enough(tiny_path: Path, talk: Path) -> None:
    result = limited("NOFILE", 10, "--model", tiny_path, "--file", talk, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records)[-1] == "summary"


@pytest.mark.parametrize("limit", [5, 6, 7])
def test_too_few_descriptors_are_told(limit: int, tiny_path: Path, talk: Path) -> None:
    program = "import ser_live.app.run; from ser_live.__main__ import main; main()"  # Python itself needs some
    result = limited("NOFILE", limit, "--model", tiny_path, "--file", talk, "--format", "jsonl", program=program)
    assert result.code in (0, 1)
    assert "Traceback" not in result.err
    assert len(result.err.splitlines()) == result.code, result.err


@pytest.mark.parametrize("megabytes", [280, 340, 400])
def test_too_little_memory_is_told(megabytes: int, tiny_path: Path, talk: Path) -> None:
    program = "import numpy, typer; from ser_live.__main__ import main; main()"
    result = limited("AS", megabytes << 20, "--model", tiny_path, "--file", talk, "--format", "jsonl", program=program)
    assert "Traceback" not in result.err, result.err
    assert result.code in (0, 1)
    assert result.code == 0 or result.err.splitlines()[-1].startswith("ser-live: ")  # libraries may speak before


def test_no_threads_are_no_hindrance(public: tuple[str, ...]) -> None:
    result = limited("NPROC", 1, *public)
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records)[-1] == "summary"


@pytest.mark.train
def test_the_trainer_tells_that_it_may_start_no_thread() -> None:
    result = limited("NPROC", 1, "recipes", program=TRAINER)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "ser-train: this user may start no further thread: end other programs, or raise the limit (ulimit -u)\n"
    )


def nobody(program: str, *arguments: str) -> Result:
    """Run as a user whom the system does not know, without HOME."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name not in ("HOME", "USER", "LOGNAME")}
    command = [*unprivileged(), sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_user_without_a_home_is_served(public: tuple[str, ...]) -> None:
    result = nobody("from ser_live.__main__ import main; main()", *public)
    assert (result.code, result.err) == (0, "")


@pytest.mark.train
def test_the_trainer_serves_a_user_without_a_home() -> None:
    result = nobody(TRAINER, "recipes")
    assert result.code == 0, result.err
    assert "default: " in result.out


@pytest.mark.parametrize("arguments", [["recipes"], ["corpora", "."], ["--help"]])
def test_the_trainer_tells_that_its_folder_is_gone(arguments: list[str], tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    code = f"import os; os.mkdir({gone!r}); os.chdir({gone!r}); os.rmdir({gone!r}); {TRAINER}"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == (
        b"ser-train: the current folder is not there any more: change to one that is, then start again\n"
    )


def test_control_c_while_the_trainers_libraries_are_imported_leaves_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint(flush=True)\ntime.sleep(30)\n")  # a slow disk
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    program = [sys.executable, "-c", "from ser_train.__main__ import main; main()"]
    process = subprocess.Popen(program, env={**ENVIRONMENT, "PYTHONPATH": path}, stdout=-1, stderr=-1)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("hundredths", range(0, 30, 4))
def test_control_c_in_the_first_moments_leaves_no_traceback(hundredths: int, tiny_path: Path, talk: Path) -> None:
    code = "from ser_live.__main__ import main; print(flush=True); main()"  # what is before is Python's own start
    arguments = ["--model", str(tiny_path), "--file", str(talk), "--speed", "1", "--format", "jsonl"]
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], env=ENVIRONMENT, stdout=-1, stderr=-1)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.01 + hundredths / 100)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode in (-signal.SIGINT, 130)
    assert b"Traceback" not in err
    parse(out.decode())


THREADLESS = """
import threading
def refuse(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
"""


@pytest.mark.parametrize("threads", ["", THREADLESS], ids=["threads", "no threads"])
def test_an_output_that_does_not_block_is_waited_for_without_spinning(
    threads: str, tiny_path: Path, talk: Path
) -> None:
    arguments = ["--model", str(tiny_path), "--file", str(talk), "--format", "jsonl", "--step", "0.05"]
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    code = f"{threads}\nfrom ser_live.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=writer, stderr=-1, env=ENVIRONMENT)
    os.close(writer)
    until = time.monotonic() + 30
    used = -1.0
    while time.monotonic() < until and used != (used := processor_seconds(process.pid)):
        time.sleep(1.0)
    assert time.monotonic() < until  # it stands still, for its reader does
    out = b""
    while piece := os.read(reader, 65536):
        out += piece
    os.close(reader)
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert kinds(parse(out.decode()))[-1] == "summary"
    assert len(out) > 100_000  # more than a pipe holds


def processor_seconds(pid: int) -> float:
    """Return what a process has used, in steps of 10 ms and rounded to 50 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 20) / 20


@pytest.mark.parametrize("command", ["listen", "convert"])
def test_an_input_that_does_not_block_is_read_to_its_end(
    command: str, tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    lines = run("--model", tiny_path, "--file", talk, "--format", "jsonl", "--out", tmp_path / "session.csv")
    data = talk.read_bytes() if command == "listen" else lines.out.encode()
    arguments = {
        "listen": ["--model", str(tiny_path), "--file", "-", "--out", str(tmp_path / "again.csv")],
        "convert": ["convert", "-", "--out", str(tmp_path / "again.csv")],
    }[command]
    reader, writer = os.pipe()
    os.set_blocking(reader, False)

    def give() -> None:
        with os.fdopen(writer, "wb", buffering=0) as pipe:
            for i in range(0, len(data), len(data) // 12):
                pipe.write(data[i : i + len(data) // 12])
                time.sleep(0.1)

    process = subprocess.Popen([*PROGRAM, *arguments], stdin=reader, stdout=-1, stderr=-1, env=ENVIRONMENT)
    os.close(reader)
    giver = threading.Thread(target=give)
    giver.start()
    _, err = process.communicate(timeout=60)
    giver.join()
    assert (process.returncode, err) == (0, b"")
    first, again = (
        (tmp_path / name).read_text().replace("standard input", "talk.wav") for name in ("session.csv", "again.csv")
    )
    assert first == again
    assert "," in first
