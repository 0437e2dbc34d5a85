"""What a settings file may say, and the line of what is wrong in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from ser_live.cli import _listen
from ser_live.errors import SettingsError, SourceError
from ser_live.settings_file import Option, options_of, read_settings, template, users_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OPTIONS = options_of(_listen, without={"config", "version"})


def read(path: Path, text: str | bytes) -> dict[str, object]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {setting.option.name: setting.value for setting in read_settings(path, OPTIONS, ["version"])}


def test_options_are_read_from_the_command_itself() -> None:
    def command(
        context: typer.Context,
        wide: Annotated[list[Path] | None, typer.Option("--wide-one", "-w", metavar="FILE", help="Many.")] = None,
        on: Annotated[bool, typer.Option("--on/--off", help="A switch.")] = True,
        left: Annotated[int, typer.Option("--left", help="Left out.")] = 1,
    ) -> None: ...

    assert options_of(command, without={"left"}) == [
        Option(name="wide-one", parameter="wide", kind=Path, many=True, default=None, metavar="FILE", help="Many."),
        Option(name="on", parameter="on", kind=bool, many=False, default=True, metavar=None, help="A switch."),
    ]


def test_values_become_what_the_command_line_would_give(tmp_path: Path) -> None:
    text = 'step = 1\n"vad" = "off"\ninput-device = 3\nspeed = 1.5\nout = "a.csv"\nalert = ["a", "b"]\noverwrite = true'
    values = read(tmp_path / "a.toml", text)
    assert values == {
        "step": 1.0,
        "vad": "off",
        "input-device": "3",
        "speed": "1.5",
        "out": ["a.csv"],
        "alert": ["a", "b"],
        "overwrite": True,
    }
    assert isinstance(values["step"], float)
    assert read(tmp_path / "a.toml", b"\xef\xbb\xbfstep = 1\r\n") == {"step": 1.0}  # as Windows' Notepad saves it
    assert read(tmp_path / "a.toml", "") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\nsmothing = 1", "line 2: there is no option 'smothing': did you mean 'smoothing'?"),
        ("step = 1\ninput_device = 3", "line 2: there is no option 'input_device': did you mean 'input-device'?"),
        ("'--vad' = 'off'", "line 1: there is no option '--vad': did you mean 'vad'?"),
        ("zzz = 1", "`ser-live --help` lists them"),
        ("\n\n[listen]\nstep = 1", "line 3: [listen] is a table"),
        ("a.b = 1", "line 1: [a] is a table"),
        ("version = true", "line 1: --version is nothing that a file can set"),
        ("step = 'a'", "line 1: step takes a number here, not 'a'"),
        ("step = true", "line 1: step takes a number here, not true"),
        (f"duration = {10**400}", "line 1: duration takes a number here"),
        ("track = 1.5", "line 1: track takes a whole number here, not 1.5"),
        ("overwrite = 1", "line 1: overwrite takes true or false here, not 1"),
        ("vad = ['a']", 'line 1: vad takes text in "quotes" here, not a list'),
        ("model = 3", 'line 1: model takes text in "quotes" here, not 3'),
        ("out = [1]", 'line 1: out takes text in "quotes" or a list of it here, not 1'),
        ('record = "a\\u0000.wav"', "line 1: record holds a character of code 0"),
        ("step = ", "not valid TOML"),
        ("step = 1\nstep = 2", "not valid TOML"),
        ("a = " + "[" * 40_000, "not valid TOML"),
        (b"\n# \xff", "line 2: this is no UTF-8 text"),
        (b"#" * 100_001, "over 100,000 bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str | bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    with pytest.raises(SettingsError) as error:
        read(path, text)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it is not there"):
        read_settings(tmp_path / "none.toml", OPTIONS)
    with pytest.raises(SourceError, match="it is a folder"):
        read_settings(tmp_path, OPTIONS)


def test_the_template_sets_nothing_and_holds_every_option_with_its_default(tmp_path: Path) -> None:
    text = template(OPTIONS)
    assert tomllib.loads(text) == {}
    assert "\n# reconnect = true\n" in text  # no default, and a switch has no word for its value
    with_default = [option for option in OPTIONS if option.default is not None]
    for option in OPTIONS:
        assert text.count(f"\n# {option.name} = ") == 1
    lines = [line for line in text.splitlines() if any(line.startswith(f"# {o.name} = ") for o in with_default)]
    set_so = read(tmp_path / "a.toml", "\n".join(line.removeprefix("# ") for line in lines))
    assert set_so == {option.name: option.default for option in with_default}
    assert len(set_so) > 5


@pytest.mark.parametrize(
    ("platform", "environment", "path"),
    [
        ("linux", {"HOME": "/home/a"}, "/home/a/.config/ser-live/config.toml"),
        ("linux", {"HOME": "/home/a", "XDG_CONFIG_HOME": "/else"}, "/else/ser-live/config.toml"),
        ("linux", {"HOME": "/home/a", "XDG_CONFIG_HOME": "else"}, "/home/a/.config/ser-live/config.toml"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Application Support/ser-live/config.toml"),
        ("win32", {"APPDATA": "C:/Users/a/AppData/Roaming"}, "C:/Users/a/AppData/Roaming/ser-live/config.toml"),
        ("linux", {}, None),
        ("darwin", {}, None),
        ("win32", {"HOME": "/home/a"}, None),
    ],
)
def test_the_place_of_the_users_file(platform: str, environment: dict[str, str], path: str | None) -> None:
    assert users_file(platform, environment) == (None if path is None else Path(path))
