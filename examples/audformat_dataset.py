"""An audformat data set of sessions: their CSV files become its tables, ready for audformat's own tools.

pip install audformat
ser-live --file call.wav --out call.csv
python examples/audformat_dataset.py data_set call.csv [more.csv …]
"""

from __future__ import annotations

import sys
from pathlib import Path

import audformat
import pandas

folder, *tables = map(Path, sys.argv[1:])
frames = [pandas.DataFrame(audformat.utils.read_csv(str(table))) for table in tables]
frame = pandas.concat(frames)
labels = list(frame.columns[frame.columns.get_loc("probability") + 1 :])

data_set = audformat.Database("sessions", source="ser-live", usage=audformat.define.Usage.UNRESTRICTED)
data_set.description = "What voices sounded like to a model, never what somebody felt."
data_set.schemes["emotion"] = audformat.Scheme(labels=labels)
data_set.schemes["share"] = audformat.Scheme(audformat.define.DataType.FLOAT, minimum=0, maximum=1)
data_set.schemes["lane"] = audformat.Scheme(audformat.define.DataType.STRING)
data_set["emotion"] = audformat.Table(audformat.segmented_index(*zip(*frame.index, strict=True)))
data_set["emotion"]["emotion"] = audformat.Column(scheme_id="emotion")
data_set["emotion"]["emotion"].set(frame["label"].to_numpy())
data_set["emotion"]["lane"] = audformat.Column(scheme_id="lane")
data_set["emotion"]["lane"].set(frame["lane"].astype("string").to_numpy())
for label in ["probability", *labels]:
    data_set["emotion"][label] = audformat.Column(scheme_id="share")
    data_set["emotion"][label].set(frame[label].to_numpy())
data_set.save(str(folder))

print(data_set["emotion"].df[["emotion", "probability"]])
