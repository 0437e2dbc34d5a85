"""Plot what the model sees of a recording: the log-mel windows, where it listened, and what it said.

pip install matplotlib
python examples/plot_what_the_model_sees.py [recording] [picture.png]
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import soundfile

import ser_live
from ser_live.resample import resample

recording = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("call.wav")
picture = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("what_the_model_sees.png")

samples, rate = soundfile.read(recording, dtype="float32", always_2d=True)
signal = resample(samples.mean(axis=1), rate)[: 10 * 16_000]

classifier = ser_live.Classifier()
pipeline = ser_live.EmotionPipeline(classifier)
records = pipeline.feed(signal) + pipeline.flush()
predictions = [record for record in records if isinstance(record, ser_live.Prediction)]
if not predictions:
    sys.exit("no speech found in the first ten seconds")

# The window of the surest prediction. Its pauses were cut out; between `start` and `end` there may be some.
best = max(predictions, key=lambda p: max(p.probabilities.values()))
window = signal[round(best.start * 16_000) : round(best.end * 16_000)]
features = classifier.front_end(window)
attention = classifier.attention(features[None])
hop = classifier.contract.input.features.hop_length / 16_000

figure, (wave, mel, weights, said) = plt.subplots(4, 1, figsize=(9, 9), layout="constrained")
wave.plot(np.arange(len(window)) / 16_000, window, linewidth=0.5)
wave.set(title=f"{recording.name}, {best.start:.2f} to {best.end:.2f} s", ylabel="amplitude", xlim=(0, 2.5))
mel.imshow(features.T, origin="lower", aspect="auto", extent=(0, len(features) * hop, 0, features.shape[1]))
mel.set(ylabel="mel band (normalised)", xlim=(0, 2.5))
if attention is not None:
    steps = (np.arange(attention.shape[1]) + 0.5) * len(features) * hop / attention.shape[1]
    weights.bar(steps, attention[0], width=0.9 * (steps[1] - steps[0]))
weights.set(ylabel="attention", xlabel="seconds", xlim=(0, 2.5))
said.bar(list(best.probabilities), list(best.probabilities.values()))
said.set(ylabel="probability", ylim=(0, 1))
figure.savefig(picture, dpi=110)
print(f"wrote {picture}")
