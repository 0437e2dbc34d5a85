"""The pages `docs/streams.md` and `docs/vad.md`."""

from __future__ import annotations

from ser_train.model_page.files import COMMANDS, SHIPPED, VAD, Files, fenced, missing
from ser_train.streams.report import streams_markdown
from ser_train.streams.score_file import StreamScores
from ser_train.vad.report import vad_markdown
from ser_train.vad.scores import VadScores

__all__ = ["streams_page", "vad_page"]

_STREAMS = """\
# The shipped model on streams

Written by `ser-train model-page` from `models/ser-live.streams.json`; do not edit. Clips whose emotions are known are
strung together, and the live path hears each stream once. Validation speakers choose the settings, test speakers show
what they are worth. `DATA` is the folder of the corpora:

"""

_WORDS = """
In the tables:

* Delay: from a true change of emotion, or in `mixed` from a clip's first sound, until the right label is there.
  "Never": it did not come before the emotion changed again. The column "90 %" says what 90 % of the delays stay under.
* A flip: the label changes although the emotion does not.
* EDER, the emotion diarization error rate: the share of the time in which speech has no emotion shown (missed), has
  another one shown (confusion), or an emotion is shown although nobody speaks (false alarm).
* Coverage: the share of the predictions that are kept, the surest first. AURC, the area under the risk-coverage curve:
  the mean error over all coverages, less is better. ECE: the expected calibration error.
* "As on the screen": what a viewer sees. "By each record's label": what a program reads in the records.

"""

_VAD = """\
# Speech detection

Written by `ser-train model-page` from `models/vad.json`; do not edit. Two detectors decide what is speech: webrtcvad,
which is quick, and Silero, a small network. Both must agree for speech to begin, and Silero alone says when it ends.
Thresholds were chosen on one side of the recordings ("choosing"), and the other side ("reporting") shows what they are
worth. `DATA` is the folder of the corpora:

"""


def streams_page(files: Files) -> str:
    """Return the page of the score card on streams, with a picture of one stream."""
    name = f"{SHIPPED}.streams.json"
    card = files.json(name)
    if card is None:
        return f"{_STREAMS}{missing(name)}"
    shown = f"{SHIPPED}.streams.test.png"
    picture = f"\n![a stream of test speakers](../{shown})\n" if (files.root / shown).exists() else ""
    scores = StreamScores.from_json(card, name)
    return f"{_STREAMS}{fenced(COMMANDS[name])}{_WORDS}{streams_markdown(scores)}{picture}"


def vad_page(files: Files) -> str:
    """Return the page of speech detection."""
    results = files.json(VAD)
    if results is None:
        return f"{_VAD}{missing(VAD)}"
    return f"{_VAD}{fenced(COMMANDS[VAD])}\n{vad_markdown(VadScores.from_json(results, VAD))}"
