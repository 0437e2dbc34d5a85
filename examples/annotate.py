"""To the annotator and back: correct a session in Praat's and in ELAN's format, without either program.

Somebody who annotates would do this by hand in Praat or ELAN. Here the emotion at one moment is corrected in both
files by two libraries, and both still say the same of every other moment.

pip install praatio pympi-ling
ser-live --file call.wav --out call.TextGrid --out call.eaf
python examples/annotate.py call.TextGrid call.eaf 10.0 happy
"""

from __future__ import annotations

import sys

from praatio import textgrid
from pympi.Elan import Eaf

praat, elan, moment, label = sys.argv[1:]
at = float(moment)
NAME = "emotion"  # with several lanes: "Agent emotion"

grid = textgrid.openTextgrid(praat, includeEmptyIntervals=True)
tier = grid.getTier(NAME)
corrected = [(start, end, label if text and start <= at < end else text) for start, end, text in tier.entries]
grid.replaceTier(NAME, tier.new(entries=corrected))
grid.save(praat, format="long_textgrid", includeBlankSpaces=True)

document = Eaf(elan)
for start, end, *_ in document.get_annotation_data_at_time(NAME, round(1000 * at)):
    document.remove_annotation(NAME, (start + end) // 2)
    document.add_annotation(NAME, start, end, label)
document.to_file(elan)

entries = textgrid.openTextgrid(praat, includeEmptyIntervals=False).getTier(NAME).entries
annotations = sorted(Eaf(elan).get_annotation_data_for_tier(NAME))
if [(round(1000 * start), round(1000 * end), text) for start, end, text in entries] != annotations:
    sys.exit("the two files differ")
for start, end, text in entries:
    print(f"{start:8.2f} {end:8.2f}  {text}")
