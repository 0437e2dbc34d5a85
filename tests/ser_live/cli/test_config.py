"""Settings files: the command line goes before them, and nothing is written unless it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Result, one_sentence, run

Home = dict[str, str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An environment with an empty home."""
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "home" / "conf")}


def users(home: Home) -> Path:
    return Path(home["XDG_CONFIG_HOME"], "ser-live", "config.toml")


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def session(result: Result) -> dict[str, object]:
    assert result.code == 0, result.err
    opening = json.loads(result.out.splitlines()[0])
    assert isinstance(opening, dict)
    return opening


def test_defaults_then_the_users_file_then_the_command_line(listen: Callable[..., Result], home: Home) -> None:
    assert session(listen("--format", "jsonl", env=home))["step"] == 0.25
    put(users(home), 'step = 0.5\nsmoothing = 2\nformat = "jsonl"\n')
    opening = session(listen(env=home))
    assert opening["step"] == 0.5
    assert opening["settings"]["smoothing"] == 2  # type: ignore[index]
    opening = session(listen("--step", "1", env=home))
    assert opening["step"] == 1
    assert opening["settings"]["smoothing"] == 2  # type: ignore[index]


def test_config_is_read_in_place_of_the_users_file(listen: Callable[..., Result], home: Home, tmp_path: Path) -> None:
    put(users(home), "step = 0.5\n")
    other = put(tmp_path / "other.toml", "smoothing = 2\n")
    assert session(listen("--format", "jsonl", "--config", other, env=home))["step"] == 0.25
    assert session(listen("--format", "jsonl", "--config", "/dev/null", env=home))["step"] == 0.25


def test_what_does_not_fit_the_command_line_gives_way(listen: Callable[..., Result], home: Home) -> None:
    text = 'input-device = "Yeti"\nformat = "tui"\nlane-names = "A,B"\ncsv-predictions = true\nembed-audio = true\n'
    put(users(home), text)
    result = listen(env=home)
    assert (result.code, result.err) == (0, "")  # a pipe is no terminal: plain lines


def test_a_recording_of_the_file_gives_way_to_a_microphone(talk: Path, home: Home) -> None:
    put(users(home), f'file = "{talk}"\ntrack = 1\nspeed = 2\n')
    sentence = one_sentence(run("--input-device", "no such one", env=home))
    assert "--file" not in sentence
    assert "--track" not in sentence
    checked = run("check", "--input-device", "no such one", env=home)
    assert (checked.code, checked.err) == (1, "")
    assert "device " in checked.out  # the microphone is what it examines


def test_a_flag_of_the_file_can_be_switched_off(listen: Callable[..., Result], home: Home, tmp_path: Path) -> None:
    put(users(home), "overwrite = true\n")
    out = put(tmp_path / "old.jsonl", "old\n")
    assert "--overwrite" in one_sentence(listen("--out", out, "--no-overwrite", env=home))
    assert out.read_text() == "old\n"
    assert listen("--out", out, env=home).code == 0
    assert out.read_text() != "old\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("step = 99", "step is set in {}, line 1"),
        ('\ndevice = "gpu"', "device is set in {}, line 2"),
        ('alert = "angry"', "alert is set in {}, line 1"),
        ('record = "a.mp3"', "record is set in {}, line 1"),
        ("smothing = 1", "{}, line 1: there is no option 'smothing'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(
    text: str, words: str, refuse: Callable[..., Result], tmp_path: Path
) -> None:
    path = put(tmp_path / "c.toml", text)
    assert words.format(path) in one_sentence(refuse("--config", path), code=2)


def test_what_needs_no_settings_works_with_a_broken_file(home: Home, tmp_path: Path) -> None:
    put(users(home), "step = ")
    for words in (["--help"], ["check", "--help"], ["--version"], ["convert", "--help"], ["config", "--help"]):
        assert run(*words, env=home).code == 0, words
    one_sentence(run("check", env=home), code=2)
    one_sentence(run("config", env=home), code=2)
    assert "none.toml" in one_sentence(run("--config", tmp_path / "none.toml"))
    for other in ("convert", "batch"):
        result = run("--config", users(home), other, "a", env=home)
        assert "--config is an option of listening" in one_sentence(result, code=2)


def test_check_takes_a_file_before_and_after_its_name(home: Home, tmp_path: Path) -> None:
    path = put(tmp_path / "c.toml", 'step = 1\ndevice = "gpu"\n')
    for words in (["--config", path, "check"], ["check", "--config", path]):
        assert f"device is set in {path}, line 2" in one_sentence(run(*words, env=home), code=2)


def test_init_writes_a_file_once_and_shows_it(home: Home, tmp_path: Path) -> None:
    shown = run("config", env=home)
    assert (shown.code, shown.err) == (0, "")
    assert "is not there" in shown.out
    assert list(Path(home["HOME"]).iterdir()) == []  # nothing is written unless it is asked for
    assert run("config", "--init", env=home).code == 0
    text = users(home).read_text()
    assert "# step = 0.25\n" in text
    assert run("config", env=home).out == f"{users(home)} is read; it sets nothing\n"
    users(home).write_text("step = 0.5\n")
    assert "--overwrite" in one_sentence(run("config", "--init", env=home))
    assert run("config", env=home).out == f"{users(home)} is read; it sets\n  step = 0.5  (line 1)\n"
    assert run("config", "--init", "--overwrite", env=home).code == 0
    assert users(home).read_text() == text
    other = tmp_path / "other.toml"
    assert run("--config", other, "config", "--init", env=home).code == 0
    assert other.read_text() == text
    assert sorted(path.name for path in users(home).parent.iterdir()) == ["config.toml"]


def test_init_where_it_cannot(home: Home, tmp_path: Path) -> None:
    assert "folder does not exist" in one_sentence(run("--config", tmp_path / "no" / "c.toml", "config", "--init"))
    assert "no file on a disk" in one_sentence(run("--config", "/dev/null", "config", "--init"), code=2)
    put(Path(home["XDG_CONFIG_HOME"]), "a file where a folder should be")
    assert "cannot write" in one_sentence(run("config", "--init", env=home))
    assert "--init" in one_sentence(run("config", "--overwrite", env=home), code=2)
    assert "set HOME" in one_sentence(run("config", env={"HOME": "", "XDG_CONFIG_HOME": ""}), code=2)
