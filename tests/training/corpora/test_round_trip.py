"""What `ser-live` writes, a person corrects and `ser-train` reads: the session's stretches, with the corrections."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_annotations import recording
from made_records import session_fields, summary_fields, two_lanes, utterance
from ser_train.corpora import Clip, find_clips

from ser_live.outputs.by_ending import open_output
from ser_live.outputs.stretches import Stretches


def _stretches(session: tuple[dict, list, dict]) -> list[tuple[str | None, float, float, str]]:
    fields, records, summary = session
    fold = Stretches(fields)
    made = [stretch for record in records for stretch in fold.take(record)] + fold.close(summary)
    return sorted((s.lane, round(s.start, 3), round(s.end, 3), s.label) for s in made)


def _written(path: Path, fields: dict, records: list, summary: dict) -> Path:
    output = open_output(path, overwrite=True)
    output.sink.open(fields)
    for record in records:
        output.sink.take(record)
    output.sink.close(summary)
    output.file.close()
    return path


def _read(clips: list[Clip]) -> list[tuple[str, float, float | None, str]]:
    return sorted((clip.speaker, clip.excerpt.start, clip.excerpt.end, clip.label) for clip in clips)


@pytest.mark.parametrize("ending", [".TextGrid", ".eaf"])
def test_a_session_of_two_lanes_comes_back(tmp_path: Path, ending: str) -> None:
    recording(tmp_path / "call.wav", 61.5, channels=2, rate=8000)
    path = _written(tmp_path / f"call{ending}", *two_lanes())
    clips = find_clips([path])
    corpus = clips[0].corpus
    expected = [(f"{corpus}-{lane}", start, end, label) for lane, start, end, label in _stretches(two_lanes())]
    assert _read(clips) == [row for row in expected if row[2] - row[1] >= 0.3]
    assert {(clip.speaker, clip.excerpt.channel) for clip in clips} == {
        (f"{corpus}-Agent", 1), (f"{corpus}-Customer", 2),
    }  # fmt: skip
    path.write_text(path.read_text().replace("angry", "fear"))
    assert _read(find_clips([path])) == sorted(
        (who, start, end, "fear" if label == "angry" else label) for who, start, end, label in _read(clips)
    )


def test_what_elan_and_praat_save_again_is_read_the_same(tmp_path: Path) -> None:
    from praatio import textgrid
    from pympi import Elan

    recording(tmp_path / "call.wav", 61.5, channels=2, rate=8000)
    for ending in (".TextGrid", ".eaf"):
        path = _written(tmp_path / f"call{ending}", *two_lanes())
        before = _read(find_clips([path]))
        if ending == ".eaf":
            Elan.Eaf(str(path)).to_file(str(path))
        else:
            textgrid.openTextgrid(str(path), includeEmptyIntervals=True).save(
                str(path), format="short_textgrid", includeBlankSpaces=True
            )
        assert _read(find_clips([path])) == before
        path.unlink()


@pytest.mark.parametrize("ending", [".TextGrid", ".eaf"])
def test_a_session_of_one_lane_comes_back(tmp_path: Path, ending: str) -> None:
    recording(tmp_path / "call.wav", 31.0, rate=8000)
    session = (session_fields(), utterance(0.5, 30.0, [(1.5, "neutral"), (22.5, "angry")]), summary_fields(31.0))
    clips = find_clips([_written(tmp_path / f"call{ending}", *session)])
    assert [row[1:] for row in _read(clips)] == [row[1:] for row in _stretches(session)]
    assert {(clip.speaker.rpartition("-")[2], clip.excerpt.channel) for clip in clips} == {("call", None)}
