"""`ser-live convert` as users run it: the bytes that the session itself writes, from its JSON lines."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from made_records import ENDINGS, LINES, as_lines, session_fields, summary_fields, two_lanes, utterance, write_session
from program import ENVIRONMENT, PROGRAM, ROOT, Result, one_sentence, run, start, write
from voices import silence

NAMES = [f"call{ending}" for ending in ENDINGS]


def outs(folder: Path, names: list[str] = NAMES) -> list[str | Path]:
    folder.mkdir(exist_ok=True)
    return [word for name in names for word in ("--out", folder / name)]


@pytest.fixture(
    scope="module", params=[[], ["--channels", "split", "--lane-names", "Agent,Customer"]], ids=["mix", "split"]
)
def session(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with every output of a session on the example, heard as one lane and as two."""
    folder = tmp_path_factory.mktemp("session")
    result = run("--file", ROOT / "examples" / "call.wav", "--format", "jsonl", *outs(folder), *request.param)
    assert (result.code, result.err) == (0, "")
    assert (folder / "call.jsonl").read_text() == result.out
    return folder


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """The JSON lines of a made session of two lanes."""
    path = tmp_path / "made.jsonl"
    path.write_text(as_lines(*two_lanes()))
    return path


def test_a_session_is_converted_to_the_bytes_that_it_wrote(session: Path, tmp_path: Path) -> None:
    result = run("convert", session / "call.jsonl", *outs(tmp_path / "out"))
    assert (result.code, result.out, result.err) == (0, "", "")
    for name in NAMES:
        assert (tmp_path / "out" / name).read_bytes() == (session / name).read_bytes(), name
        assert len((session / name).read_bytes()) > 200
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(NAMES)


def test_two_lanes_are_converted_to_the_bytes_that_they_would_write(records: Path, tmp_path: Path) -> None:
    assert run("convert", records, *outs(tmp_path / "out")).code == 0
    for ending in ENDINGS:
        expected = write_session(tmp_path / f"expected{ending}", *two_lanes())
        assert (tmp_path / "out" / f"call{ending}").read_text() == expected


def test_a_table_of_predictions_is_the_same_from_both(tmp_path: Path) -> None:
    call = ROOT / "examples" / "call.wav"
    command = ("--file", call, "--duration", "8", "--out", tmp_path / "a.jsonl", "--out", tmp_path / "a.csv")
    assert run(*command, "--csv-predictions").code == 0
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert len(lines) > 20
    assert run("convert", tmp_path / "a.jsonl", "--out", tmp_path / "b.csv", "--csv-predictions").code == 0
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_standard_input_is_read_and_standard_output_written(records: Path, tmp_path: Path) -> None:
    assert run("convert", "-", "--out", tmp_path / "a.srt", stdin=records.read_bytes()).code == 0
    expected = write_session(tmp_path / "b.srt", *two_lanes())
    assert (tmp_path / "a.srt").read_text() == expected
    if os.name != "nt":
        result = run("convert", records, "--out", "/dev/stdout", "--overwrite")
        assert "--out writes a file that ends in" in one_sentence(result, code=2)
        for ending in (".srt", ".TextGrid"):
            link = tmp_path / f"link{ending}"
            link.symlink_to("/dev/stdout")
            assert run("convert", records, "--out", link).out == write_session(tmp_path / f"c{ending}", *two_lanes())


def test_lines_of_the_first_version_are_converted(tmp_path: Path) -> None:
    """Those have no ids, lanes, attention, nor what the session says of itself since."""
    fields, records, summary = (
        session_fields(),
        utterance(0.5, 9.0, [(1.5, "sad"), (6.0, "happy")]),
        summary_fields(9.5),
    )
    old = tmp_path / "old.jsonl"
    lines = []
    for line in as_lines(fields, records, summary).splitlines():
        each = json.loads(line)
        for name in ("id", "channels", "live", "settings"):
            each.pop(name, None)
        if each["type"] == "session":
            each["model"] = {name: each["model"][name] for name in ("name", "sha256", "labels")}
        lines.append(json.dumps(each))
    old.write_text("\n".join(lines))
    assert run("convert", old, *outs(tmp_path / "out")).code == 0
    for ending in set(ENDINGS) - {".jsonl", ".html"}:  # the records themselves, and the report that shows all of them
        expected = write_session(tmp_path / f"expected{ending}", fields, records, summary)
        assert (tmp_path / "out" / f"call{ending}").read_text() == expected, ending


def test_a_killed_session_is_converted_and_told(records: Path, tmp_path: Path) -> None:
    text = records.read_text()
    killed = tmp_path / "killed.jsonl"
    killed.write_text(text[: text.rindex("\n", 0, -1) - 30])
    result = run("convert", killed, *outs(tmp_path / "out"))
    assert "killed.jsonl breaks off in line" in one_sentence(result, code=0)
    assert "[angry]" in (tmp_path / "out" / "call.srt").read_text()
    assert "xmax = 60.2" in (tmp_path / "out" / "call.TextGrid").read_text()
    killed.write_text(text[: text.rindex("\n", 0, -1) + 1])
    again = run("convert", killed, *outs(tmp_path / "out"), "--overwrite")
    assert "killed.jsonl ends without a summary" in one_sentence(again, code=0)


def test_what_is_wrong_costs_nothing(records: Path, tmp_path: Path) -> None:
    lines = records.read_text().splitlines(keepends=True)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("".join([*lines[:50], "oh\n", *lines[50:]]))
    keep = tmp_path / "keep.srt"
    keep.write_text("earlier")
    result = run("convert", bad, "--out", keep, "--out", tmp_path / "new.eaf", "--overwrite")
    assert "bad.jsonl: line 51 is not JSON" in one_sentence(result)
    assert keep.read_text() == "earlier"
    assert not (tmp_path / "new.eaf").exists()
    piped = run("convert", "-", "--out", tmp_path / "piped.srt", stdin=bad.read_bytes())
    assert "standard input: line 51 is not JSON" in one_sentence(piped)


def test_what_is_refused(records: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.srt"
    there.write_text("earlier")
    link = tmp_path / "link.jsonl"
    link.symlink_to(records)
    new = tmp_path / "new.srt"
    for words, sentence, code in (
        (["convert", records], "needs --out FILE", 2),
        (["convert", records, "--out", tmp_path / "x.doc"], ".eaf, .txt or .html, not", 2),
        (["convert", records, "--out", there], "there.srt exists and holds 7 bytes: give --overwrite", 1),
        (["convert", records, "--out", new, "--out", there], "there.srt exists", 1),
        (["convert", records, "--out", link, "--overwrite"], "link.jsonl would be overwritten while it is in use", 2),
        (["convert", records, "--out", new, "--out", new], "new.srt would be overwritten while it is in use", 2),
        (["convert", records, "--out", tmp_path / "no" / "x.srt"], "its folder does not exist", 1),
        (["convert", records, "--out", tmp_path / "no" / "x.eaf"], "its folder does not exist", 1),
        (["convert", tmp_path / "none.jsonl", "--out", new], "none.jsonl cannot be read: No such file", 1),
        (["convert", tmp_path, "--out", new], "cannot be read: Is a directory", 1),
        (["convert", records, "--out", new, "--csv-predictions"], "give --out FILE.csv too", 2),
        (["--file", "x.wav", "convert", records, "--out", new], "--file is an option of listening, not of convert", 2),
        (["--overwrite", "convert", records, "--out", new], "--overwrite is an option of listening", 2),
    ):
        assert sentence in one_sentence(run(*words), code=code), words
    assert there.read_text() == "earlier"
    assert not new.exists()


def test_a_recording_that_is_named_like_a_command_is_heard(tmp_path: Path, talk: Path, tiny_path: Path) -> None:
    (tmp_path / "convert").write_bytes(talk.read_bytes())
    for words in ([], ["listen"]):
        program = [*PROGRAM, *words, "--model", str(tiny_path), "--file", "convert", "--format", "plain"]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert ": convert, model" in done.stdout


def test_help_shows_the_options_of_listening_and_the_other_commands() -> None:
    result = run("--help")
    assert "Commands:" in result.out
    assert "  convert  " in result.out
    assert "--csv-predictions" in run("convert", "--help").out


@pytest.mark.parametrize("ending", LINES)
def test_a_silent_session_leaves_an_empty_file_not_the_old_one(ending: str, tmp_path: Path) -> None:
    silent, out = tmp_path / "silent.jsonl", tmp_path / f"out{ending}"
    silent.write_text(as_lines(session_fields(), [], summary_fields(3.0)))
    out.write_text("of another session\n")
    assert run("convert", silent, "--out", out, "--overwrite").code == 0
    assert out.exists()
    assert "another" not in out.read_text()


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_ctrl_c_while_a_pipe_is_silent(tmp_path: Path) -> None:
    process = start("convert", "-", *outs(tmp_path, ["a.srt", "a.eaf"]), stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(as_lines(session_fields(), utterance(0.5, 4.0, [(1.5, "sad")]), None).encode())
    process.stdin.flush()
    until = time.monotonic() + 30
    while time.monotonic() < until and not ((tmp_path / "a.srt").exists() and (tmp_path / "a.srt").stat().st_size):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert "[sad]" in (tmp_path / "a.srt").read_text()
    assert not (tmp_path / "a.eaf").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_takes_one_output_and_the_others_go_on(records: Path, tmp_path: Path) -> None:
    (tmp_path / "full.srt").symlink_to("/dev/full")
    result = run("convert", records, "--out", tmp_path / "full.srt", "--out", tmp_path / "good.srt")
    assert "full.srt any more: No space left" in one_sentence(result)
    assert (tmp_path / "good.srt").read_text() == write_session(tmp_path / "b.srt", *two_lanes())


def test_the_report_with_sound_is_that_of_the_session(
    listen: Callable[..., Result], talk: Path, tmp_path: Path
) -> None:
    records, page, again = tmp_path / "a.jsonl", tmp_path / "a.html", tmp_path / "b.html"
    assert listen("--out", records, "--out", page, "--embed-audio", "--duration", "4.321").code == 0
    assert run("convert", records, "--out", again, "--embed-audio", talk).code == 0
    assert page.read_bytes() == again.read_bytes()
    if os.name == "posix":
        assert [stat.S_IMODE(path.stat().st_mode) for path in (page, again)] == [0o600, 0o600]
    other = write(tmp_path / "other.wav", silence(1.0), 8_000)
    refused = run("convert", records, "--out", again, "--overwrite", "--embed-audio", other)
    assert "give the recording of this session" in one_sentence(refused)
    assert page.read_bytes() == again.read_bytes()  # it is as it was
    assert "--embed-audio" in one_sentence(
        run("convert", records, "--out", tmp_path / "a.srt", "--embed-audio", talk), code=2
    )
