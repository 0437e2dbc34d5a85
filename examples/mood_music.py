"""Music that follows the mood of a voice: a folder of songs for each emotion, and a player of your choice.

python examples/mood_music.py songs            listens to the microphone, plays songs/happy/a.mp3, songs/sad/b.ogg, …
python examples/mood_music.py songs --player "mpv --no-video" --file call.wav

A song goes on until it ends or another emotion was committed for ten seconds: a voice changes faster than music should.
"""

from __future__ import annotations

import argparse
import random
import shlex
import subprocess
from pathlib import Path

import ser_live

PATIENCE = 10.0  # seconds of another emotion before the song changes


class Jukebox:
    """Plays a song of a mood, one at a time."""

    def __init__(self, songs: Path, player: str) -> None:
        self.songs, self.player = songs, shlex.split(player)
        self.mood: str | None = None
        self.playing: subprocess.Popen[bytes] | None = None

    def play(self, mood: str, at: float) -> None:
        """Let a song of the mood begin, if there is one."""
        self.mood = mood
        choices = sorted(path for path in (self.songs / mood).glob("*") if not path.name.startswith("."))
        if choices:
            self.stop()
            song = random.choice(choices)
            print(f"{at:7.1f} s  {mood}: {song.name}", flush=True)
            self.playing = subprocess.Popen([*self.player, str(song)], stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """Stop what plays."""
        if self.playing is not None:
            self.playing.terminate()
            self.playing.wait()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Play music that follows the mood of a voice.")
    parser.add_argument("songs", type=Path, help="a folder with a folder of songs for each emotion")
    parser.add_argument(
        "--player", default="ffplay -nodisp -autoexit -loglevel error", help="program that plays a file"
    )
    parser.add_argument("--file", type=Path, help="a recording instead of the microphone, at its own pace")
    parser.add_argument("--speed", type=float, default=1.0, help="of the recording")
    options = parser.parse_args()
    jukebox = Jukebox(options.songs, options.player)
    heard: tuple[str, float] | None = None  # the committed emotion, and since when

    def follow(record: ser_live.Prediction | ser_live.Event) -> None:
        nonlocal heard
        if not isinstance(record, ser_live.Prediction) or record.state != "committed":
            return
        if heard is None or heard[0] != record.label:
            heard = record.label, record.end
        if record.label != jukebox.mood and (jukebox.mood is None or record.end >= heard[1] + PATIENCE):
            jukebox.play(record.label, record.end)

    try:
        ser_live.listen(follow, options.file, speed=options.speed)
    except ser_live.SerLiveError as error:
        raise SystemExit(f"mood_music: {error}") from None
    except KeyboardInterrupt:
        pass
    finally:
        jukebox.stop()


if __name__ == "__main__":
    main()
