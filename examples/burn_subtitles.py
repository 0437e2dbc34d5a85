"""Burn what a voice sounds like into a video, as subtitles. It needs ffmpeg with libass, as most builds have it.

python examples/burn_subtitles.py talk.mp4 talk-with-emotions.mp4
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

video, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
ffmpeg = ["ffmpeg", "-nostdin", "-v", "error"]

with tempfile.TemporaryDirectory() as folder:
    # The sound goes through a pipe; the subtitles get a name that ffmpeg's filter has no trouble with.
    decoded = subprocess.Popen([*ffmpeg, "-i", video, "-vn", "-f", "wav", "-"], stdout=subprocess.PIPE)
    listen = [sys.executable, "-m", "ser_live", "--file", "-", "--out", Path(folder) / "said.srt"]
    subprocess.run(listen, stdin=decoded.stdout, stdout=subprocess.DEVNULL, check=True)
    if decoded.wait():
        sys.exit(f"ffmpeg could not decode {video}")
    style = "subtitles=said.srt:force_style='Fontsize=28,BorderStyle=3'"
    burn = [*ffmpeg, "-y", "-i", video, "-vf", style, "-c:a", "copy", target]
    subprocess.run(burn, cwd=folder, check=True)
    print((Path(folder) / "said.srt").read_text(encoding="utf-8"), end="")
