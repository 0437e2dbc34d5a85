"""The image and the compose file: what they name is there, and what CI can try of them without an engine holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import soundfile
import yaml
from program import ENVIRONMENT
from serving import serving_process, talk

from ser_live.serve.metrics import Metrics

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / "examples" / "compose"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((COMPOSE / "compose.yaml").read_text()))


def test_the_image_has_what_the_wheel_is_built_of() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / path).exists() for path in kept)
    project = (ROOT / "pyproject.toml").read_text()
    for named in re.findall(r'^(?:readme|path) = "(.+)"|"(models/[^"]+\.onnx)"', project, re.MULTILINE):
        path = next(part for part in named if part)
        assert any(path == keep or path.startswith(f"{keep}/") for keep in kept), path


def test_the_compose_file_builds_this_image_and_locks_it_up(compose: dict[str, Any]) -> None:
    server = compose["services"]["ser-live"]
    assert (COMPOSE / server["build"] / "Dockerfile").exists()
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        for config in service.get("configs", ()):
            assert config["source"] in compose["configs"]


def test_prometheus_asks_the_server_and_the_dashboard_asks_for_what_is_counted(compose: dict[str, Any]) -> None:
    (job,) = yaml.safe_load(compose["configs"]["scrape"]["content"])["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["ser-live:8765"]}]
    (source,) = yaml.safe_load(compose["configs"]["source"]["content"])["datasources"]
    panels = json.loads((COMPOSE / compose["configs"]["dashboard"]["file"]).read_text())["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    counted = set(re.findall(r"^(ser_live_\w+) ", Metrics().text(0.0), re.MULTILINE))
    asked = {name for p in panels for t in p["targets"] for name in re.findall(r"ser_live_\w+", t["expr"])}
    assert asked == counted


def test_the_checks_of_the_image_work_on_a_server_of_it() -> None:
    """What the image runs, run here: no token, no start; with one, healthy, as `HEALTHCHECK` asks."""
    lines = (ROOT / "Dockerfile").read_text()
    entry = json.loads(re.findall(r"^ENTRYPOINT (.+)$", lines, re.MULTILINE)[0])
    assert entry[:2] == ["ser-live", "serve"]
    without = {name: value for name, value in ENVIRONMENT.items() if name != "SER_LIVE_TOKEN"}
    refused = subprocess.run(
        [sys.executable, "-m", "ser_live", *entry[1:]], env=without, capture_output=True, timeout=60
    )
    assert refused.returncode in (1, 2)
    assert b"--token" in refused.stderr
    with serving_process(*entry[2:], "--token", "x" * 16) as (address, _):
        port = address.rpartition(":")[2]
        check = json.loads(re.findall(r"^ +CMD (.+)$", lines, re.MULTILINE)[0])
        code = check[2].replace("8765", port)
        assert check[:2] == ["python", "-c"]
        assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            assert json.load(answer)["token"] is True
    gone = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert gone.returncode != 0


LOCKED = "mount -o remount,bind,ro / && exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all"
"""The file system that can only be read, for a process that may do nothing."""


def test_without_rights_on_a_file_system_that_cannot_be_written_it_serves() -> None:
    lock = ["unshare", "--mount", "sh", "-c", f'{LOCKED} "$@"', "sh"]
    try:
        tried = subprocess.run([*lock, "sh", "-c", "! touch /x"], capture_output=True).returncode == 0
    except OSError:
        tried = False
    if not tried and os.environ.get("SER_LIVE_REQUIRE_NAMESPACES") == "1":
        pytest.fail("unshare and setpriv cannot be used, and SER_LIVE_REQUIRE_NAMESPACES=1")
    if not tried:
        pytest.skip("only root can take its own rights away")
    program = [*lock, sys.executable, "-m", "ser_live", "serve", "--port", "0"]
    process = subprocess.Popen(program, cwd="/", env=ENVIRONMENT, stdout=-1, stderr=-1)
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    address = re.findall(r"http://([^/]+)/", line)
    try:
        assert address, line
        with urlopen(f"http://{address[0]}/health", timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"
        sound, rate = soundfile.read(ROOT / "examples" / "call.wav", frames=5 * 16_000, dtype="int16")
        start = {"sample_rate": rate, "channels": 2, "encoding": "s16le"}
        lines = talk(address[0], start, sound.tobytes(), [6400])
        assert json.loads(lines[-1])["type"] == "summary"
    finally:
        process.terminate()
        process.communicate(timeout=60)
