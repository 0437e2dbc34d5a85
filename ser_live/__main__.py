"""Allow `python -m ser_live`."""

from __future__ import annotations

import signal

__all__ = ["main"]


def main() -> None:
    """Run the program; Ctrl-C while its libraries are imported ends it without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ser_live import cli

    cli.main()


if __name__ == "__main__":
    main()
