"""What `ser-train` and `python -m ser_train` start."""

from __future__ import annotations

import signal

__all__ = ["main"]


def main() -> None:
    """Run the program; Ctrl-C while its libraries are imported ends it without a traceback."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ser_train import cli

    cli.main(before)


if __name__ == "__main__":
    main()
