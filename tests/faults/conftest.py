"""After the tests: how many cases of each kind were tried, and how they ended."""

from __future__ import annotations

from typing import Any

from attack import TALLY


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for kind, ends in sorted(TALLY.items()):
        tried, refused = sum(ends.values()), ends["refused"]
        terminalreporter.write_line(f"{kind}: {tried} cases, {refused} refused in a sentence, the others done")
