"""`ser-live batch` as users run it: processes, kills, failures, resuming."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from archives import batch, some_calls, table, tree
from hostile_models import hostile_model
from program import ENVIRONMENT, PROGRAM, parse, run, write
from voices import voice

CLOCK = {"started", "compute_ms", "real_time_factor", "wall_seconds"}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return some_calls(tmp_path_factory.mktemp("calls"))


@pytest.fixture(scope="module")
def whole(calls: Path, tiny_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an unbroken run with one process."""
    out = tmp_path_factory.mktemp("whole") / "out"
    result = batch(calls, "--out-dir", out, "--model", tiny_path, "--formats", "csv,html", "--jobs", "1")
    assert result.code == 0, result.err
    assert result.out.startswith("4 recordings, 0.00 h of sound: 4 heard; ")
    return out


def test_there_is_a_row_a_recording_and_the_files_that_were_asked_for(whole: Path, calls: Path) -> None:
    rows = table(whole / "summary.csv")
    assert [row["name"] for row in rows] == sorted(p.relative_to(calls).as_posix() for p in calls.rglob("*.wav"))
    for row in rows:
        assert float(row["seconds"]) == pytest.approx(soundfile.info(row["path"]).duration, abs=1e-3)
        for ending in (".jsonl", ".csv", ".html"):
            assert (whole / "recordings" / f"{row['name']}{ending}").stat().st_size
    assert table(whole / "failed.csv") == []
    assert not (whole / ".unfinished").exists()


def test_the_records_are_those_of_a_single_run_but_for_the_clock(whole: Path, calls: Path, tiny_path: Path) -> None:
    recording = sorted(calls.rglob("*.wav"))[0]
    alone = run("--file", recording, "--model", tiny_path, "--format", "jsonl").records
    ours = parse((whole / "recordings" / f"{recording.relative_to(calls).as_posix()}.jsonl").read_text())
    assert [{k: v for k, v in record.items() if k not in CLOCK} for record in alone] == ours
    assert "predictions" in ours[-1]


def test_two_processes_leave_the_same_tree_as_one(whole: Path, calls: Path, tiny_path: Path, tmp_path: Path) -> None:
    result = batch(calls, "--out-dir", tmp_path, "--model", tiny_path, "--formats", "csv,html", "--jobs", "2")
    assert result.code == 0
    assert tree(tmp_path) == tree(whole)


@pytest.mark.slow
def test_a_run_that_was_killed_twenty_times_leaves_the_same_tree(
    whole: Path, calls: Path, tiny_path: Path, tmp_path: Path
) -> None:
    chance = random.Random(5)
    command = [*PROGRAM, "batch", str(calls), "--out-dir", str(tmp_path), "--model", str(tiny_path)]
    command += ["--formats", "csv,html", "--jobs", "2"]
    for number in range(20):
        process = subprocess.Popen(
            command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(0.2, 1.5 + 0.1 * number))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, env=ENVIRONMENT, capture_output=True).returncode == 0
    assert tree(tmp_path) == tree(whole)


def test_what_is_done_is_not_done_again(whole: Path, calls: Path, tiny_path: Path, tmp_path: Path) -> None:
    arguments = (calls, "--out-dir", tmp_path, "--model", tiny_path, "--formats")
    assert batch(*arguments, "csv,html").code == 0
    records = next(tmp_path.rglob("*.jsonl"))
    before = records.stat().st_mtime_ns
    again = batch(*arguments, "csv,html")
    assert "0 heard, 4 were done already" in again.out
    assert records.stat().st_mtime_ns == before
    more = batch(*arguments, "csv,html,srt")  # made of the records, nothing is heard
    assert more.code == 0
    assert records.stat().st_mtime_ns == before
    assert len(list(tmp_path.rglob("*.srt"))) == 4
    assert len((tmp_path / "times.jsonl").read_text().splitlines()) == 4


def test_a_lost_result_and_a_changed_recording_are_made_anew(tiny_path: Path, tmp_path: Path) -> None:
    calls = some_calls(tmp_path / "calls")
    out = tmp_path / "out"
    arguments = (calls, "--out-dir", out, "--model", tiny_path)
    assert batch(*arguments).code == 0
    first, second, *_ = sorted(calls.rglob("*.wav"))
    (out / "recordings" / f"{first.relative_to(calls).as_posix()}.jsonl").unlink()
    samples, rate = soundfile.read(second)
    soundfile.write(second, samples[:rate], rate)
    assert "2 heard, 2 were done already" in batch(*arguments).out
    row = next(row for row in table(out / "summary.csv") if row["path"] == str(second))
    assert float(row["seconds"]) == 1.0


def test_other_settings_are_other_results(calls: Path, tiny_path: Path, tmp_path: Path) -> None:
    arguments = (calls, "--out-dir", tmp_path, "--model", tiny_path)
    assert batch(*arguments).code == 0
    assert "4 heard" in batch(*arguments, "--step", "0.5").out


def test_a_bad_recording_is_a_row_and_the_others_go_on(tiny_path: Path, tmp_path: Path) -> None:
    calls = some_calls(tmp_path / "calls", count=2)
    (calls / "bad.wav").write_text("no sound")
    (calls / "empty.mp3").write_bytes(b"")
    not_a_number = np.concatenate([np.random.default_rng(0).normal(0, 0.1, 32_000), [np.nan] * 100])
    soundfile.write(calls / "nan.wav", not_a_number, 16_000, subtype="FLOAT")
    out = tmp_path / "out"
    result = batch(calls, "--out-dir", out, "--model", tiny_path)
    assert result.code == 0
    assert "2 heard, 3 failed" in result.out
    sentences = {Path(row["path"]).name: row["sentence"] for row in table(out / "failed.csv")}
    assert sentences.keys() == {"bad.wav", "empty.mp3", "nan.wav"}
    assert "is text, where an audio file" in sentences["bad.wav"]
    assert "is empty (0 bytes)" in sentences["empty.mp3"]
    assert "not a number at 2.000 s; what came before it was processed" in sentences["nan.wav"]
    assert (out / "recordings" / "nan.wav.jsonl").stat().st_size  # what came before it


def test_the_exit_code_is_1_only_if_all_failed(tiny_path: Path, tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "bad.wav").write_text("no sound")
    result = batch(tmp_path / "calls", "--out-dir", tmp_path / "out", "--model", tiny_path)
    assert result.code == 1
    assert "1 failed" in result.out
    assert table(tmp_path / "out" / "summary.csv") == []


def test_ctrl_c_lets_running_recordings_end_and_says_how_to_go_on(tiny_path: Path, tmp_path: Path) -> None:
    calls = some_calls(tmp_path / "calls", count=12)
    out = tmp_path / "out"
    command = [*PROGRAM, "batch", str(calls), "--out-dir", str(out), "--model", str(tiny_path), "--jobs", "1"]
    process = subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(out.rglob("*.jsonl")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process gets it
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping after the recordings that are heard now; Ctrl-C again drops them" in err
    assert "the same command goes on from here" in err
    assert "Traceback" not in err
    done = len(table(out / "summary.csv"))
    assert 0 < done < 12
    assert f"{12 - done} heard, {done} were done already" in run(*command[3:]).out


def test_a_worker_that_dies_costs_its_recording_alone(tiny_path: Path, tmp_path: Path) -> None:
    calls = some_calls(tmp_path / "calls", count=3)
    samples, rate = soundfile.read(next(calls.rglob("*.wav")), always_2d=True)
    soundfile.write(calls / "long.wav", np.tile(samples[:, :1], (200, 1)), rate)  # the longest comes first
    out = tmp_path / "out"
    command = [*PROGRAM, "batch", str(calls), "--out-dir", str(out), "--model", str(tiny_path), "--jobs", "1"]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(out.glob(".unfinished/*/*.jsonl")) and process.poll() is None:
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("this system does not list the children of a process")
    for child in children.read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)
    said, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "3 heard, 1 failed" in said
    (row,) = table(out / "failed.csv")
    assert row["path"].endswith("long.wav")
    assert "was ended by SIGKILL: memory may be short" in row["sentence"]


def test_a_full_disk_ends_the_run_and_what_is_whole_stays(calls: Path, tiny_path: Path, tmp_path: Path) -> None:
    assert batch(calls, "--out-dir", tmp_path, "--model", tiny_path, "--formats", "").code == 0
    before = tree(tmp_path)
    result = batch(calls, "--out-dir", tmp_path, "--model", tiny_path, "--formats", "html", limit=20_000)
    assert result.code == 1
    assert "cannot write" in result.err
    assert "make room" in result.err
    assert "Traceback" not in result.err
    after = tree(tmp_path)
    assert {name: after[name] for name in before if name.endswith(".jsonl")} == {
        name: data for name, data in before.items() if name.endswith(".jsonl")
    }


def test_lanes_have_rows_of_their_own(calls: Path, tiny_path: Path, tmp_path: Path) -> None:
    names = ("--channels", "split", "--lane-names", "Agent,Customer")
    result = batch(calls / "2026-03", "--out-dir", tmp_path, "--model", tiny_path, *names)
    assert result.code == 0, result.err
    rows = table(tmp_path / "summary.csv")
    assert [row["lane"] for row in rows] == ["Agent", "Customer"] * 2
    assert all(row["overlap_seconds"] for row in rows)


def test_two_runs_at_once_in_one_folder_are_refused(tiny_path: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    calls = some_calls(tmp_path / "calls", count=1)
    (tmp_path / "out").mkdir()
    with open(tmp_path / "out" / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = batch(calls, "--out-dir", tmp_path / "out", "--model", tiny_path)
    assert result.code == 1
    assert "another ser-live batch is writing to" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--out-dir", "out"], 2, "batch needs recordings or folders"),
        (["calls"], 2, "batch needs --out-dir DIR"),
        (["calls", "--out-dir", "out", "--formats", "csv,pdf"], 2, "--formats takes some of jsonl, csv"),
        (["calls", "--out-dir", "out", "--jobs", "0"], 2, "--jobs takes a number from 1 to 1024, not 0"),
        (["calls", "--out-dir", "out", "--device", "tpu"], 2, "--device takes auto, cpu or cuda"),
        (["calls", "--out-dir", "out", "--model", "none.onnx"], 1, "none.onnx"),
        (["nothing", "--out-dir", "out"], 1, "there is no file or folder nothing"),
        (["calls", "--out-dir", "calls/call.wav/out"], 1, "cannot write to the folder"),
    ],
)
def test_wrong_calls_are_sentences(
    arguments: list[str], code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calls").mkdir()
    soundfile.write(tmp_path / "calls" / "call.wav", np.zeros(8000), 16_000)
    monkeypatch.chdir(tmp_path)
    result = batch(*arguments)
    assert result.code == code
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1


def test_json_lines_say_nothing_of_the_clock(whole: Path) -> None:
    for path in whole.rglob("*.jsonl"):
        if path.name != "times.jsonl":
            first, *_, last = [json.loads(line) for line in path.read_text().splitlines()]
            assert not CLOCK & (first.keys() | last.keys())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("loops", "the model took over 10 s for a window: it hangs or is too slow"),
        ("nan", "gave a value that is not a number on speech: it is broken"),
    ],
)
def test_a_model_that_fails_on_speech_costs_rows_and_no_hang(fault: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    write(tmp_path / "calls" / "talk.wav", voice(3.0))
    model = hostile_model(tmp_path / "model.onnx", fault)
    result = batch(tmp_path / "calls", "--out-dir", tmp_path / "out", "--model", model)
    assert result.code == 1
    (row,) = table(tmp_path / "out" / "failed.csv")
    assert sentence in row["sentence"]
    assert table(tmp_path / "out" / "summary.csv") == []
