"""What the patterns of `include` match; who asks needs no YAML."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def expand_pattern(pattern: str, folder: Path) -> list[Path]:
    """The files and folders that a pattern matches from `folder` on, in no order."""
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob would match hidden files
    return [folder / name for name in names]


def list_matching_files(pattern: str, folder: Path) -> list[Path]:
    """The files that a pattern matches from `folder` on."""
    return [path for path in expand_pattern(pattern, folder) if not path.is_dir()]
