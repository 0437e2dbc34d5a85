"""Plot a call from its CSV files: the probabilities over time, and the emotions that were committed.

pip install matplotlib pandas
ser-live --file call.wav --out call.jsonl
ser-live convert call.jsonl --out stretches.csv
ser-live convert call.jsonl --out predictions.csv --csv-predictions
python examples/plot_call.py stretches.csv predictions.csv picture.png
"""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import pandas

stretches, predictions, picture = sys.argv[1:]

# %% Read. Times are seconds; a call of one lane has an empty column `lane`.
said = pandas.read_csv(stretches, keep_default_na=False)
heard = pandas.read_csv(predictions, keep_default_na=False)
labels = list(heard.columns[heard.columns.get_loc("state") + 1 :])
lanes = list(dict.fromkeys(heard["lane"]))
colours = {label: f"C{index}" for index, label in enumerate(labels)}

# %% Draw: one row a lane.
figure, axes = plt.subplots(max(1, len(lanes)), 1, figsize=(11, 3 * max(1, len(lanes))), squeeze=False, sharex=True)
for axis, lane in zip(axes[:, 0], lanes, strict=False):
    rows = heard[heard["lane"] == lane]
    for _, spoken in rows.groupby((rows["end"].diff() > 2).cumsum()):  # a pause shows nothing
        axis.stackplot(spoken["end"], spoken[labels].to_numpy().T, colors=colours.values(), alpha=0.6)
    for stretch in said[said["lane"] == lane].itertuples():
        axis.plot(
            [stretch.start, stretch.end], [1.05, 1.05], color=colours[stretch.label], linewidth=8, solid_capstyle="butt"
        )
    axis.set(ylabel=lane or "probability", ylim=(0, 1.1))
axes[-1, 0].set(xlabel="seconds")
areas = [plt.Rectangle((0, 0), 1, 1, color=colour, alpha=0.6) for colour in colours.values()]
axes[0, 0].legend(areas, labels, loc="upper center", ncols=len(labels), bbox_to_anchor=(0.5, 1.25))
figure.savefig(picture, dpi=110, bbox_inches="tight")

# %% Count: how long each emotion was committed.
print((said["end"] - said["start"]).groupby([said["lane"], said["label"]]).sum().round(1).to_string())
