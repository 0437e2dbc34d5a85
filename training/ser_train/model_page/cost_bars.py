"""What a model may cost: its size, the time of a window, the pace of a file."""

from __future__ import annotations

from ser_train.model_page.bar import Bar
from ser_train.model_page.files import BENCHMARK, COMMANDS, SHIPPED, Files

__all__ = ["cost_bars"]


def cost_bars(files: Files) -> list[Bar]:
    """Return the lines on cost, with what the files hold."""
    numbers = files.parameters(SHIPPED)
    window = files.speed("of it, features and model on one window")
    pace = files.speed("5 minutes at `--speed max`")
    bench = "One core, in one run with the machine's own speed beside it, `benchmarks/live.md`."
    return [
        Bar(
            what="parameters of the shipped model, millions",
            name="parameters",
            unit="millions",
            floor=6.0,
            goal=3.0,
            form="{:.2f}",
            most=True,
            measured=None if numbers is None else numbers / 1e6,
            protocol="" if numbers is None else "Constants of the ONNX graph, the scales of int8 not counted.",
            command=COMMANDS[f"{SHIPPED}.onnx"],
        ),
        Bar(
            what="computing of one window on one core, features and model, ms",
            name="one window, one core",
            unit="ms",
            floor=5.0,
            goal=3.0,
            form="{:.1f}",
            most=True,
            measured=window[0] if window else None,
            protocol=bench if window else "",
            command=COMMANDS[BENCHMARK],
        ),
        Bar(
            what="a file at `--speed max` on one core, × real time",
            name="a file, one core",
            unit="× real time",
            floor=40.0,
            goal=70.0,
            form="{:.0f}",
            measured=min(pace) if pace else None,
            stands_on=f"5 minutes of speech without pauses; the worst of three, the best {max(pace):.0f}"
            if pace
            else "–",
            protocol=bench if pace else "",
            command=COMMANDS[BENCHMARK],
        ),
    ]
