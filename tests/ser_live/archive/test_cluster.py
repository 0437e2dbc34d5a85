"""A real Ray cluster of two nodes in this machine: equal to one process, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import batch, some_calls, table, tree
from program import ENVIRONMENT, PATH, PROGRAM

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return some_calls(tmp_path_factory.mktemp("calls"), count=8)


@pytest.fixture(scope="module")
def whole(calls: Path, tiny_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    assert batch(calls, "--out-dir", out, "--model", tiny_path, "--jobs", "1").code == 0
    return tree(out)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head and a second node, a processor core each."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", PATH)
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.second = cluster.add_node(num_cpus=1)
    try:
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


def start(calls: Path, out: Path, model: Path, address: str) -> subprocess.Popen[str]:
    command = [*PROGRAM, "batch", str(calls), "--out-dir", str(out), "--model", str(model), "--ray", address]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def await_results(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    while len(list(out.glob("recordings/**/*.jsonl"))) < count and process.poll() is None:
        time.sleep(0.02)


def test_a_node_and_then_the_command_are_lost_and_nothing_else(
    cluster: Any, calls: Path, whole: dict[str, bytes], tiny_path: Path, tmp_path: Path
) -> None:
    process = start(calls, tmp_path, tiny_path, cluster.address)
    await_results(tmp_path, 2, process)
    cluster.remove_node(cluster.second, allow_graceful=False)
    await_results(tmp_path, 4, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(list(tmp_path.glob("recordings/**/*.jsonl"))) < 8, "it was too quick to be killed"
    cluster.add_node(num_cpus=1)
    out, err = start(calls, tmp_path, tiny_path, cluster.address).communicate(timeout=240)
    assert "8 recordings" in out, err
    assert table(tmp_path / "failed.csv") == []
    assert tree(tmp_path) == whole


def test_a_worker_is_lost_and_its_recording_is_heard_again(
    cluster: Any, calls: Path, whole: dict[str, bytes], tiny_path: Path, tmp_path: Path
) -> None:
    process = start(calls, tmp_path, tiny_path, cluster.address)
    await_results(tmp_path, 1, process)
    workers = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and b"ray::_hear" in _command_line(entry)
    ]
    for worker in workers[:1]:
        os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=240)
    assert workers, "no worker was seen"
    assert process.returncode == 0, err
    assert "8 heard" in out
    assert tree(tmp_path) == whole


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_cluster_of_its_own_gives_the_same(
    calls: Path, whole: dict[str, bytes], tiny_path: Path, tmp_path: Path
) -> None:
    result = batch(calls, "--out-dir", tmp_path, "--model", tiny_path, "--ray", "local", "--jobs", "2")
    assert result.code == 0, result.err
    assert tree(tmp_path) == whole


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "127.0.0.1:9",
            "no Ray cluster answers at 127.0.0.1:9 (Connection refused): start one with `ray start --head`",
        ),
        ("nonsense", "--ray takes local, auto, HOST:PORT or ray://HOST:PORT, not nonsense"),
    ],
)
def test_an_address_that_does_not_answer_is_a_sentence(
    address: str, sentence: str, calls: Path, tiny_path: Path, tmp_path: Path
) -> None:
    result = batch(calls, "--out-dir", tmp_path, "--model", tiny_path, "--ray", address)
    assert result.code == 1
    assert sentence in result.err
    assert "Traceback" not in result.err
