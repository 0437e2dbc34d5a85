"""The place that the system has for a user's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["users_file"]


def users_file(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the path of the user's settings file, whether it is there or not; None without a home folder.

    Only the environment is asked: looking a home folder up may ask the network.
    """
    home = environment.get("HOME", "")
    if platform == "win32":
        folder = environment.get("APPDATA", "")
    elif platform == "darwin":
        folder = f"{home}/Library/Application Support" if home else ""
    else:
        folder = environment.get("XDG_CONFIG_HOME", "")
        if not folder.startswith("/"):  # a relative one is to be ignored, its specification says
            folder = f"{home}/.config" if home else ""
    return Path(folder, "ser-live", "config.toml") if folder else None
