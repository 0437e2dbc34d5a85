"""What is good enough: from measurements of sound to findings, with the one thing to do."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ser_live.check.device import Timing, unmute
from ser_live.check.report import Finding, unmeasured
from ser_live.check.signal import Levels, clipping, decibels, levels, offset, pair, zero_share
from ser_live.check.spectrum import band_edge, hum
from ser_live.types import FloatArray

__all__ = ["OF_SOUND", "channels_finding", "sound_findings", "timing_finding", "zeros_finding"]

OF_SOUND: Final = ("noise", "speech", "clipping", "offset", "hum", "band", "channels")
"""The examinations that need sound."""

_NOISE = -45.0  # dBFS: above, the pauses of quiet speech drown
_RATIO = 20.0  # dB: there the shipped model loses 2.6 points of recall, at 10 dB 7 to 10 (docs/research.md)
_QUIET = -45.0  # dBFS of speech; the detectors' own gain ends at -56 (`ser_live.vad.Leveller`)
_CLIPPED = 1e-4  # of all samples
_OFFSET = 0.01  # of full scale: visible, and it eats headroom
_HUM = -60.0  # dBFS: hum below is under a usual room's noise
_TELEPHONE, _WIDE = 4_500.0, 7_000.0  # Hz; the model hears up to 8 kHz
_OPPOSITE = -0.3  # correlation: more than a wide stereo recording ever has
_ONE_SIDED = 30.0  # dB between two channels
_GATED = 0.1  # share of exact zeros
_LATE = 0.25  # seconds without a block: more than the time from one prediction to the next


def zeros_finding(samples: FloatArray, seconds: float, *, live: bool) -> Finding:
    """Say whether there is any sound in `(frames, channels)`: exact zeros are silent, not broken."""
    share = zero_share(samples)
    values = {"seconds": round(seconds, 3), "zero_share": round(share, 6)}
    if not np.isfinite(samples).all():
        text, advice = "the sound holds samples that are not numbers", "export the recording again"
        return Finding(name="sound", light="red", text=text, advice=advice, values=values)
    if share == 1:
        text = f"silent: nothing but exact zeros in {seconds:.0f} s; muted, not permitted, or a virtual device"
        advice = unmute() if live else "look whether it was recorded with a muted microphone"
        return Finding(name="sound", light="grey", text=text, advice=advice, values=values)
    if share > _GATED:
        text = f"{100 * share:.0f} % of it are exact zeros: a noise gate, or sound that was lost"
        advice = "switch noise suppression off, in the system's sound settings or the headset's program"
        return Finding(name="sound", light="yellow", text=text, advice=advice, values=values)
    return Finding(name="sound", light="green", text=f"{seconds:.0f} s were heard", values=values)


def sound_findings(samples: FloatArray, rate: int, speech: NDArray[np.bool_], *, live: bool) -> list[Finding]:
    """Judge sound `(frames, channels)` that is not all zeros; `speech` holds what a detector says of each 10 ms."""
    powers = np.mean(np.square(samples, dtype=np.float64), axis=0)
    main = samples[:, int(powers.argmax())]
    measured = levels(main, rate, speech)
    return [
        _noise(measured),
        _speech(measured, live=live),
        _clipping(samples, live=live),
        _offset(samples),
        _hum(main, rate),
        _band(main, rate),
        channels_finding(samples),
    ]


def _noise(measured: Levels) -> Finding:
    loud = measured.noise > _NOISE
    return Finding(
        name="noise",
        light="yellow" if loud else "green",
        text=f"{measured.noise:.0f} dBFS without speech",
        advice="close the window, switch fans off, or go nearer to the microphone and lower its level"
        if loud
        else None,
        values={"noise_dbfs": round(measured.noise, 2)},
    )


def _speech(measured: Levels, *, live: bool) -> Finding:
    if measured.speech is None or measured.ratio is None:
        values = {"speech_dbfs": None, "snr_db": None, "peak_dbfs": round(measured.peak, 2)}
        remedy = "start again and say a sentence" if live else "give a recording in which somebody speaks"
        return Finding(name="speech", light="grey", text="no speech was heard", advice=remedy, values=values)
    values = {
        "speech_dbfs": round(measured.speech, 2),
        "snr_db": round(measured.ratio, 2),
        "peak_dbfs": round(measured.peak, 2),
    }
    text = f"{measured.speech:.0f} dBFS, {measured.ratio:.0f} dB above the noise"
    advice: str | None = None
    if measured.speech < _QUIET:
        advice = "speak nearer to the microphone, or raise its level in the sound settings"
    elif measured.ratio < _RATIO:
        advice = f"make it quieter around you or speak nearer: {_RATIO:.0f} dB and more are good"
    return Finding(name="speech", light="yellow" if advice else "green", text=text, advice=advice, values=values)


def _clipping(samples: FloatArray, *, live: bool) -> Finding:
    worst = max((clipping(channel) for channel in samples.T), key=lambda found: found.share)
    values: dict[str, float | None] = {"clipped_share": round(worst.share, 8), "limit_dbfs": None}
    if worst.share <= _CLIPPED:
        return Finding(name="clipping", light="green", text="none", values=values)
    limit = decibels(worst.level**2)
    advice = "lower the microphone's level in the sound settings" if live else "record again with a lower level"
    text = f"{100 * worst.share:.2g} % of the samples stand at the limit ({limit:.1f} dBFS)"
    values["limit_dbfs"] = round(limit, 2)
    return Finding(name="clipping", light="yellow", text=text, advice=advice, values=values)


def _offset(samples: FloatArray) -> Finding:
    worst = max((offset(channel) for channel in samples.T), key=abs)
    large = abs(worst) > _OFFSET
    return Finding(
        name="offset",
        light="yellow" if large else "green",
        text=f"{100 * worst:.2f} % of full scale" if large else "none",
        advice="switch a `DC filter` or `low cut` on, or use another input: the converter is off centre"
        if large
        else None,
        values={"offset": round(worst, 6)},
    )


def _hum(main: FloatArray, rate: int) -> Finding:
    found = hum(main, rate)
    values = {
        "mains_hz": None if found is None else found.mains,
        "hum_dbfs": None if found is None else round(found.level, 2),
    }
    if len(main) < 2 * rate:
        return unmeasured("hum", "it takes two seconds of sound")
    if found is None or found.level < _HUM:
        return Finding(name="hum", light="green", text="none", values=values)
    text = f"{found.mains:.0f} Hz of the mains at {found.level:.0f} dBFS"
    advice = "use another socket or cable, or run the computer on its battery"
    return Finding(name="hum", light="yellow", text=text, advice=advice, values=values)


def _band(main: FloatArray, rate: int) -> Finding:
    edge = band_edge(main, rate)
    if edge is None:
        return unmeasured("band", "there is too little sound")
    values = {"band_hz": round(edge), "sample_rate_hz": rate}
    text = f"up to {edge / 1000:.1f} kHz"
    if edge >= _WIDE:
        return Finding(name="band", light="green", text=text, values=values)
    kind = "the telephone's band" if edge <= _TELEPHONE else "a narrow band"
    advice = "a headset in call mode: use another microphone, or a cable"
    if rate / 2 > 1.2 * edge:
        text += f" although the rate is {rate} Hz"
    return Finding(name="band", light="yellow", text=f"{text}, {kind}", advice=advice, values=values)


def channels_finding(samples: FloatArray) -> Finding:
    """Say how the first two channels of `(frames, channels)` go together."""
    count = samples.shape[1]
    values: dict[str, float | None] = {"channels": count}
    values |= dict.fromkeys(("correlation", "mix_loss_db", "balance_db"))
    if count == 1:
        return Finding(name="channels", light="green", text="one", values=values)
    found = pair(samples[:, 0], samples[:, 1])
    values |= {
        "correlation": round(found.correlation, 4) + 0.0,
        "mix_loss_db": round(found.mix_loss, 2),
        "balance_db": round(found.balance, 2),
    }
    louder = "left" if found.balance >= 0 else "right"
    if abs(found.balance) > _ONE_SIDED:
        text, advice = f"only the {louder} one of {count} has sound", f"give --channels {louder}"
    elif found.correlation < _OPPOSITE:
        text = f"in opposite phase (correlation {found.correlation:.2f}): their mix is {found.mix_loss:.0f} dB quieter"
        advice = f"give --channels {louder}, or turn one cable's poles over"
    else:
        text = f"{count}, correlation {round(found.correlation, 2) + 0.0:.2f}"
        return Finding(name="channels", light="green", text=text, values=values)
    return Finding(name="channels", light="yellow", text=text, advice=advice, values=values)


def timing_finding(found: Timing | None) -> Finding:
    """Say whether the device's blocks came in time."""
    if found is None:
        return unmeasured("timing", "there were too few blocks")
    values = {
        "blocks": found.blocks,
        "lost_blocks": found.lost,
        "block_ms": round(1000 * found.block, 2),
        "jitter_ms": round(1000 * found.jitter, 2),
        "longest_ms": round(1000 * found.longest, 2),
    }
    text = f"blocks of {1000 * found.block:.0f} ms come within {1000 * found.jitter:.0f} ms, none was lost"
    if found.lost:
        text = f"{found.lost} of {found.blocks} blocks were lost"
    elif found.longest > _LATE:
        text = f"once no sound came for {1000 * found.longest:.0f} ms"
    late = bool(found.lost) or found.longest > _LATE
    advice = "close other programs; a wireless microphone: go nearer, or use a cable" if late else None
    return Finding(name="timing", light="yellow" if late else "green", text=text, advice=advice, values=values)
