"""Run the examinations and print what they find, as it is found."""

from __future__ import annotations

import sys
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from ser_live import __version__
from ser_live.check.examine import Request, examine
from ser_live.check.meter import meter_for
from ser_live.check.report import Finding, Light, exit_code, line, report, verdict
from ser_live.display import TerminalConsole
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs.lines import silence_libraries
from ser_live.outputs.standard import say
from ser_live.terminal import shows_pictures

__all__ = ["run"]

_COLOURS: dict[Light, str] = {"green": "green", "yellow": "yellow", "grey": "bright_black", "red": "bold red"}


def run(request: Request, *, as_json: bool = False) -> int:
    """Examine and print.

    Args:
        request: what to examine.
        as_json: print one JSON object at the end in place of lines.

    Returns:
        the exit code: 0, 1 where something cannot work, or 128 and the number of the signal that ended it.
    """
    console = None if as_json else _terminal()
    meter = meter_for(json=as_json, console=console)
    findings: list[Finding] = []
    with Interrupts() as interrupts, silence_libraries():
        try:
            for finding in examine(request, meter, interrupts):
                findings.append(finding)
                if finding.measured and not as_json:
                    _print(finding, console)
                if interrupts.signal:
                    raise Interrupted
        except Interrupted:
            return 128 + interrupts.signal
        say([report(findings, __version__) if as_json else verdict(findings)])
    return exit_code(findings)


def _terminal() -> Console | None:
    """Return a console for the terminal that standard output is, None where it is none."""
    return TerminalConsole() if shows_pictures(sys.stdout) else None


def _print(finding: Finding, console: Console | None) -> None:
    """Print a finding's line; on a terminal with its colour and, where it is longer than the screen, indented."""
    unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text, light = line(finding, unicode=unicode)
    if console is None:
        say([text])
        return
    words = text[:10].rstrip()
    picture = Text(text)
    picture.stylize(_COLOURS[light], 0, len(words))
    first, *others = picture.wrap(console, max(30, console.width - 22))
    with suppress(OSError):
        console.print(first, highlight=False, soft_wrap=True)
        for other in others:
            console.print(Text(" " * 22) + other, highlight=False, soft_wrap=True)
