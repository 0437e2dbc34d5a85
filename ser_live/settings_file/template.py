"""A settings file to begin with: every option, commented, with its help and its default."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from ser_live.settings_file.options import Option

__all__ = ["template"]

_WIDTH = 100
_HEAD = """\
Settings of ser-live. A line that begins with # sets nothing: remove the # and change the value.
The command line goes before this file. `ser-live config` shows what it sets.
`ser-live --config OTHER.toml` reads another file in its place, `--config /dev/null` none.
Where no default is named there is none; the value then says what is expected.
"""


def template(options: Sequence[Option]) -> str:
    """Return the text of a file that sets nothing yet."""
    lines = [f"# {line}" for line in _HEAD.splitlines()]
    for option in options:
        lines += ["", *_lines(option)]
    return "\n".join(lines) + "\n"


def _lines(option: Option) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(option.help, _WIDTH))
    value = option.default
    if value is None:
        value = True if option.kind is bool else option.metavar or ""
    numeric = option.kind in (int, float) and option.default is None
    written = str(value) if numeric else json.dumps(value, ensure_ascii=False)  # of texts and numbers, that is TOML
    yield f"# {option.name} = {f'[{written}]' if option.many else written}"
    if option.metavar is not None and "|" in option.metavar and option.default is not None:
        yield f"#   one of {option.metavar}"
