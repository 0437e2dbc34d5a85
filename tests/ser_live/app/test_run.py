"""The loop on sources that do what sources may do, and the clock that paces it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from voices import silence, voice

from ser_live.app import info, listener
from ser_live.app import run as app
from ser_live.app.info import device_lines
from ser_live.app.listener import Listener
from ser_live.app.pace import Pace
from ser_live.app.run import Options
from ser_live.classifier import Classifier
from ser_live.display import Desk
from ser_live.errors import NonFiniteSampleError, OutputError, SerLiveError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.lanes import Lanes, lanes_of
from ser_live.outputs.lines import complain
from ser_live.outputs.recording import Recorder
from ser_live.pipeline import EmotionPipeline
from ser_live.session import Session
from ser_live.sources import InputDevice
from ser_live.types import Event, FloatArray, Prediction

RATE = 16_000
Item = FloatArray | Event | Exception


class Script:
    """A source that gives what it is told: blocks, events and errors."""

    name = "script"
    sample_rate = RATE
    total = None

    def __init__(self, *items: Item, live: bool = False, channels: int = 1) -> None:
        self.items = items
        self.live = live
        self.channels = channels
        self.asked = 0  # how many items were taken

    def blocks(self) -> Iterator[FloatArray | Event]:
        for item in self.items:
            self.asked += 1
            if isinstance(item, Exception):
                raise item
            yield item if isinstance(item, Event) else item.reshape(-1, self.channels)

    def close(self) -> None:
        pass


class Memory:
    """A sink that keeps everything, and fails at a record if told to."""

    def __init__(self, fail_at: int = -1, error: Exception | None = None, *, needed: bool = True) -> None:
        self.name = "memory"
        self.needed = needed
        self.frames = 0
        self.opened: Mapping[str, Any] = {}
        self.records: list[Prediction | Event] = []
        self.ended: Mapping[str, Any] = {}
        self.closed = False
        self._fail_at = fail_at
        self._error = error or OutputError("the disk is full")

    def open(self, fields: Mapping[str, Any]) -> None:
        self.opened = fields

    def hear(self, block: FloatArray) -> None:
        self.frames += len(block)

    def take(self, record: Prediction | Event) -> None:
        if len(self.records) == self._fail_at:
            raise self._error
        self.records.append(record)

    def close(self, fields: Mapping[str, Any]) -> None:
        self.ended = fields
        self.closed = True

    def kinds(self) -> list[str]:
        return ["prediction" if isinstance(record, Prediction) else record.kind for record in self.records]


def session_of(source: Script) -> Session:
    return Session(source=source.name, model="tiny.onnx", device="cpu", labels=("angry", "sad"))


def listen(tiny: Classifier, source: Script, *sinks: Any, **how: Any) -> tuple[Listener, dict[str, Any]]:
    """Run the loop on a script, to its end."""
    session = how.pop("session", None) or session_of(source)
    chosen = lanes_of(how.get("channels", "mix"), (), source.channels)
    lanes = Lanes(chosen, tiny, channels=source.channels, sample_rate=RATE)
    listening = Listener(source, lanes, sinks, session, **how)
    return listening, listening.listen()


class PressedAt(Script):
    """A live source during which a key is pressed before some of its blocks."""

    def __init__(self, desk: Desk, keys: Mapping[int, str], *items: Item) -> None:
        super().__init__(*items, live=True)
        self.desk = desk
        self.keys = keys

    def blocks(self) -> Iterator[FloatArray | Event]:
        for index, block in enumerate(super().blocks()):
            for key in self.keys.get(index, ""):
                self.desk.press(key)
            yield block


@pytest.fixture(scope="module")
def speech() -> FloatArray:
    return voice(3.0)


def test_cutting_the_input_changes_no_record(tiny: Classifier, speech: FloatArray) -> None:
    whole, cut = Memory(), Memory()
    listen(tiny, Script(speech), whole)
    listen(tiny, Script(*np.array_split(speech, 37)), cut)
    assert whole.records == cut.records
    pipeline = EmotionPipeline(tiny, sample_rate=RATE)
    assert whole.records == pipeline.feed(speech) + pipeline.flush()


def test_a_pause_is_silence_in_the_recording_so_that_a_replay_gives_the_same_records(
    tiny: Classifier, tmp_path: Path
) -> None:
    blocks = np.split(voice(6.0), 60)
    session = session_of(Script())
    desk = Desk(session, live=True)
    source = PressedAt(desk, {20: " ", 35: " ", 50: " "}, *blocks)
    memory, recorder = Memory(), Recorder(tmp_path / "talk.wav", RATE, 1)
    with recorder:
        listen(tiny, source, recorder, memory, session=session, desk=desk)
    recorded, _ = soundfile.read(tmp_path / "talk.wav", dtype="float32")
    assert len(recorded) == 6 * RATE
    assert not recorded[2 * RATE : round(3.5 * RATE)].any()
    assert recorded[round(3.5 * RATE) : 5 * RATE].std() > 0.01
    assert not recorded[5 * RATE :].any()
    gaps = [record for record in memory.records if isinstance(record, Event) and record.kind == "device"]
    assert [(gap.id, gap.start, gap.end) for gap in gaps] == [
        ("pause-1", 2.0, None),
        ("pause-1", 2.0, 3.5),
        ("pause-2", 5.0, None),
        ("pause-2", 5.0, 6.0),  # the session ends in it
    ]
    again = EmotionPipeline(tiny, sample_rate=RATE)
    others = [record for record in memory.records if not (isinstance(record, Event) and record.kind == "device")]
    assert others == again.feed(recorded) + again.flush()


def test_the_session_tells_what_listens(tiny: Classifier) -> None:
    output = Memory()
    listen(tiny, Script(silence(0.1), channels=1), output, device="cpu", channels="left")
    assert output.opened["device"] == {"asked": "cpu", "got": "cpu"}
    assert output.opened["channels"] == {"source": 1, "heard": "left"}
    assert output.opened["model"]["name"] == "tiny.onnx"
    assert output.opened["lag_seconds"] > 0


def test_the_summary_counts_all_speech(tiny: Classifier, speech: FloatArray) -> None:
    output = Memory()
    heard, summary = listen(tiny, Script(speech, silence(3), speech), output)
    spoken = [
        r.fields["speech_seconds"] for r in output.records if isinstance(r, Event) and "speech_seconds" in r.fields
    ]
    assert len(spoken) == 2
    assert summary["speech_seconds"] == pytest.approx(sum(spoken))
    assert summary["seconds"] == pytest.approx(9)
    assert summary["predictions"] == output.kinds().count("prediction")
    assert output.ended == summary
    assert output.closed
    assert heard.error is None


def test_predictions_share_the_time_of_computing(tiny: Classifier, speech: FloatArray) -> None:
    session = session_of(Script())
    _, summary = listen(tiny, Script(speech), Memory(), session=session)
    assert 0 < sum(session.compute) <= summary["real_time_factor"] * 3 + 1e-4
    assert min(session.compute) > 0


def test_duration_counts_samples(tiny: Classifier, speech: FloatArray, tmp_path: Path) -> None:
    source = Script(*np.array_split(speech, 10))
    with Recorder(tmp_path / "r.wav", RATE, 1) as recorder:
        _, summary = listen(tiny, source, recorder, Memory(), duration=1.00005)
    assert summary["ended"] == "duration"
    assert source.asked == 4  # no block is awaited once it has enough
    kept, _ = soundfile.read(tmp_path / "r.wav", dtype="float32")
    assert np.array_equal(kept, speech[:16_001])


@pytest.mark.parametrize("at", [0, 1, 639, 640, 20_000, 47_999])
def test_what_is_before_a_sample_that_is_no_number_is_kept(
    at: int, tiny: Classifier, speech: FloatArray, tmp_path: Path
) -> None:
    broken = speech.copy()
    broken[at] = np.inf
    output, before = Memory(), Memory()
    with Recorder(tmp_path / "r.wav", RATE, 1) as recorder:
        heard, summary = listen(tiny, Script(*np.array_split(broken, 5)), recorder, output)
    listen(tiny, Script(speech[:at]), before)
    assert isinstance(heard.error, NonFiniteSampleError)
    assert heard.error.seconds == pytest.approx(at / RATE)
    assert output.records == before.records
    assert summary["ended"] == "error"
    assert summary["seconds"] == pytest.approx(at / RATE, abs=1e-3)
    assert recorder.frames == at


def test_a_sample_that_is_no_number_on_a_channel_nobody_hears(tiny: Classifier, speech: FloatArray) -> None:
    both = np.stack([speech, np.full_like(speech, np.nan)], axis=1)
    session = session_of(Script())
    heard, summary = listen(tiny, Script(both, channels=2), Memory(), channels="left", session=session)
    assert heard.error is None
    assert summary["predictions"] > 0
    assert 0 < session.lanes[0].peak < 1


def test_a_device_that_vanishes_leaves_what_was_heard(tiny: Classifier, speech: FloatArray) -> None:
    output = Memory()
    heard, summary = listen(tiny, Script(speech, SourceError("unplugged"), live=True), output)
    assert str(heard.error) == "unplugged"
    assert (summary["ended"], summary["error"]) == ("error", "unplugged")
    assert output.kinds()[-1] == "speech"  # closed by the flush
    assert summary["predictions"] > 5


def test_a_microphone_that_gives_only_zeros_is_an_error(tiny: Classifier) -> None:
    for items, error in (([silence(0.5)], True), ([], False), ([silence(0.5), voice(0.1)], False)):
        heard, _ = listen(tiny, Script(*items, live=True), Memory())
        assert (heard.error is not None) == error
    heard, summary = listen(tiny, Script(silence(0.5)), Memory())  # a file may
    assert heard.error is None
    assert summary["notices"] == ["no speech found"]


def test_events_of_the_source_are_told_counted_and_written(tiny: Classifier) -> None:
    told: list[str] = []
    output = Memory()
    events = [
        Event(kind="overflow", start=0.1, end=0.1, fields={"blocks": 3, "message": "too slow"}),
        Event(kind="overflow", start=0.2, end=0.2, fields={"blocks": 2}),
    ]
    source = Script(voice(0.1), events[0], voice(0.1), events[1], voice(0.1))
    _, summary = listen(tiny, source, output, tell=told.append)
    assert told == summary["notices"] == ["too slow"]
    assert summary["overflows"] == 5
    assert [record for record in output.records if isinstance(record, Event) and record.kind == "overflow"] == [
        replace(event, id=f"overflow-{number}") for number, event in enumerate(events, 1)
    ]


def test_two_packages_of_onnxruntime_are_told(tiny: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny, "notice", "both are installed")
    told: list[str] = []
    output = Memory()
    listen(tiny, Script(), output, tell=told.append)
    assert told == ["both are installed"]
    assert output.records == [Event(kind="device", start=0.0, fields={"message": "both are installed"}, id="device-1")]


@pytest.mark.parametrize("error", [OutputError("the disk is full"), BrokenPipeError()])
def test_a_sink_that_fails_is_told_and_left_out_while_another_one_goes_on(
    error: Exception, tiny: Classifier, speech: FloatArray
) -> None:
    told: list[str] = []
    good, bad, screen = Memory(), Memory(fail_at=3, error=error), Memory(needed=False)
    source = Script(*np.array_split(speech, 30))
    heard, summary = listen(tiny, source, screen, bad, good, tell=told.append)
    assert source.asked == 30
    assert heard.error is (error if isinstance(error, SerLiveError) else None)
    assert heard.reported == isinstance(error, SerLiveError)
    assert summary["ended"] == "end"
    loss = "the disk is full" if heard.reported else "memory was closed by its reader"
    assert told == [f"{loss}; the session goes on"]
    assert told == summary["notices"]
    assert len(good.records) == len(screen.records) > 3
    assert good.kinds().count("device") == 1
    assert good.ended == screen.ended == summary
    assert len(bad.records) == 3
    assert bad.frames < good.frames == len(speech)


@pytest.mark.parametrize("error", [OutputError("the disk is full"), BrokenPipeError()])
def test_the_last_sink_that_was_asked_for_ends_the_session(
    error: Exception, tiny: Classifier, speech: FloatArray
) -> None:
    screen, bad = Memory(needed=False), Memory(fail_at=3, error=error)
    source = Script(*np.array_split(speech, 30))
    heard, summary = listen(tiny, source, screen, bad)
    assert source.asked < 30
    assert heard.error is (error if isinstance(error, SerLiveError) else None)
    assert not heard.reported
    assert summary["ended"] == ("error" if isinstance(error, SerLiveError) else "closed")
    assert screen.ended == summary


def test_a_screen_that_is_lost_ends_it_where_nothing_is_written(tiny: Classifier, speech: FloatArray) -> None:
    for others in ([], [Memory()]):
        screen = Memory(fail_at=3, error=BrokenPipeError(), needed=False)
        source = Script(*np.array_split(speech, 30))
        heard, summary = listen(tiny, source, screen, *others)
        assert heard.error is None
        assert (source.asked < 30) == (not others)
        assert summary["ended"] == ("end" if others else "closed")


def test_the_recording_holds_all_that_was_heard_when_the_lines_are_lost(
    tiny: Classifier, speech: FloatArray, tmp_path: Path
) -> None:
    with Recorder(tmp_path / "r.wav", RATE, 1) as recorder:
        heard, summary = listen(tiny, Script(speech), recorder, Memory(fail_at=3))
    assert heard.reported
    assert recorder.frames == round(summary["seconds"] * RATE) == len(speech)


# Pace


def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleeping moves; its reading is the one element."""
    now = [100.0]

    def sleep(seconds: float) -> None:
        assert 0 < seconds <= 0.05
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return now


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_the_stream_follows_the_clock(speed: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    pace, interrupts = Pace(speed), Interrupts()
    pace.wait(0.04, interrupts)
    began = now[0]
    for stream in (0.08, 0.12, 1.0):
        pace.wait(stream, interrupts)
        assert now[0] - began == pytest.approx((stream - 0.04) / speed)
    now[0] += 0.3 / speed  # computing took a while: made up for
    pace.wait(1.2, interrupts)
    pace.wait(1.6, interrupts)
    assert now[0] - began == pytest.approx(1.56 / speed)


def test_a_replay_does_not_hurry_after_a_long_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    pace, interrupts = Pace(1.0), Interrupts()
    pace.wait(0.04, interrupts)
    now[0] += 3600
    pace.wait(0.08, interrupts)
    woken = now[0]
    pace.wait(0.12, interrupts)
    assert now[0] - woken == pytest.approx(0.04)


def test_no_pace_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock(monkeypatch)
    Pace(float("inf")).wait(1000.0, Interrupts())
    assert now == [100.0]


# Signals


def test_a_signal_is_noted_at_work_and_raised_while_waiting() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert interrupts.signal == signal.SIGINT
        with pytest.raises(Interrupted), interrupts.awaiting():
            pytest.fail("nothing is awaited once a signal has come")
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with Interrupts() as interrupts, pytest.raises(Interrupted), interrupts.awaiting():
        signal.raise_signal(signal.SIGTERM)
    assert interrupts.signal == signal.SIGTERM


def test_ignored_signals_stay_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
        assert interrupts.signal == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_ends_the_loop_between_pieces(tiny: Classifier, speech: FloatArray) -> None:
    class Press(Memory):
        def take(self, record: Prediction | Event) -> None:
            super().take(record)
            if len(self.records) == 3:
                signal.raise_signal(signal.SIGINT)

    output = Press()
    with Interrupts() as interrupts:
        _, summary = listen(tiny, Script(speech), output, interrupts=interrupts)
    assert summary["ended"] == "interrupt"
    assert 1 < summary["seconds"] < 2
    assert output.kinds()[-1] == "speech"


# Around it


def test_the_microphone_is_opened_with_as_many_channels_as_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class OpenedError(Exception):
        pass

    def opened(device: str | None, *, channels: int) -> None:
        raise OpenedError(device, channels)

    monkeypatch.setattr(app, "MicrophoneSource", opened)
    for choice, count in (("mix", 2), ("right", 2), ("7", 7)):
        with pytest.raises(OpenedError) as error:
            app.run(Options(input_device="mic", channels=choice))
        assert error.value.args == ("mic", count)


def test_the_table_of_microphones(monkeypatch: pytest.MonkeyPatch) -> None:
    def device(index: int, name: str, default: bool) -> InputDevice:
        return InputDevice(index=index, name=name, channels=2, sample_rate=48_000, host_api="ALSA", is_default=default)

    found: Sequence[InputDevice] = [device(0, "hw", False), device(11, "pulse", True)]
    monkeypatch.setattr(info, "list_devices", lambda: found)
    assert device_lines() == [
        "   index  name   channels  rate   system",
        "   0      hw     2         48000  ALSA",
        "*  11     pulse  2         48000  ALSA",
        "* = the default; choose another one with --input-device",
    ]
    monkeypatch.setattr(info, "list_devices", list)
    assert len(device_lines()) == 1


def test_complaints_are_one_line_whatever_they_quote(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no file a\nb\x1b[31m.wav")
    assert capsys.readouterr() == ("", "ser-live: no file a?b?[31m.wav\n")


def test_the_loop_hears_in_small_pieces() -> None:
    assert listener._PIECE_SECONDS <= 0.1
