"""Sort a folder of voice notes by what they sound like: a copy of each into a folder of its label.

python examples/sort_voice_notes.py notes sorted

A note whose best label has less than half of the probability goes to `uncertain`, one without speech to `silent`, one
that cannot be read to `unreadable`. The notes themselves are left alone.
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from pathlib import Path

import ser_live

SURE = 0.5


def label_of(note: Path, classifier: ser_live.Classifier) -> tuple[str, str]:
    """Return the folder for a note, and a word about it."""
    try:
        shares = ser_live.verdict(ser_live.analyze(note, model=classifier))
    except ser_live.SourceError as error:
        return "unreadable", str(error)
    if shares is None:
        return "silent", "no speech"
    label = max(shares, key=lambda name: shares[name])
    return label if shares[label] >= SURE else "uncertain", f"{label} {shares[label]:.0%}"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Copy voice notes into folders by what they sound like.")
    parser.add_argument("notes", type=Path)
    parser.add_argument("sorted", type=Path, help="folder to write, beside the notes and not in them")
    options = parser.parse_args()
    if not options.notes.is_dir():
        raise SystemExit(f"sort_voice_notes: there is no folder {options.notes}")
    if options.sorted.resolve().is_relative_to(options.notes.resolve()):
        raise SystemExit("sort_voice_notes: the sorted notes must not lie among the notes: name another folder")
    warnings.simplefilter("ignore")  # a note that is quiet or clipped is sorted all the same
    classifier = ser_live.Classifier()
    for note in sorted(path for path in options.notes.rglob("*") if path.is_file() and not path.name.startswith(".")):
        folder, word = label_of(note, classifier)
        target = options.sorted / folder / note.relative_to(options.notes)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(note, target)
        print(f"{folder:<10}  {note.relative_to(options.notes)}  ({word})")


if __name__ == "__main__":
    main()
