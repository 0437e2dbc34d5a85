"""What the site is made of: pages and pictures of the repository, in the repository's own layout.

mkdocs knows the folder `docs` alone. Here README, model cards and the like come in beside it, every file under its path
in the repository, so that a link that works there works on the site too. The README is the first page.
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PATTERNS = (
    "*.md",
    "LICENSE",
    "docs/**/*.md",
    "docs/**/*.png",
    "docs/**/*.svg",
    "models/*.md",
    "models/*.png",
    "models/NOTICE",
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the theme's files and the repository's, in place of those that mkdocs found in `docs`."""
    root = Path(config.config_file_path).parent
    theme = [file for file in files if file.src_dir != config.docs_dir]
    paths = sorted({path.relative_to(root).as_posix() for pattern in PATTERNS for path in root.glob(pattern)})
    ours = [File(path, str(root), config.site_dir, config.use_directory_urls) for path in paths]
    return Files([*theme, *ours])
