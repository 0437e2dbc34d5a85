"""From a file to predictions, and to one verdict for the whole recording.

python examples/predict_file.py [recording]
"""

from __future__ import annotations

import sys
from pathlib import Path

import ser_live

recording = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("call.wav")

predictions = ser_live.analyze(recording)
for prediction in predictions:
    share = prediction.smoothed[prediction.label]
    print(f"{prediction.end:7.2f} s  {prediction.label:<8} {share:4.0%}  {prediction.state}")

verdict = ser_live.verdict(predictions)
if verdict is None:
    print("no speech found")
else:
    print("over all:", ", ".join(f"{label} {p:.0%}" for label, p in sorted(verdict.items(), key=lambda x: -x[1])))
