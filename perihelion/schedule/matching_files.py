"""What the patterns of `include` match; it can be asked without importing YAML."""

from __future__ import annotations

import glob
from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def expand_pattern(pattern: str, folder: Path) -> list[Path]:
    """The files and folders that a pattern matches from `folder` on, in no order."""
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob would match hidden files
    return [folder / name for name in names]


def list_matching_files(pattern: str, folder: Path) -> list[Path]:
    """The files that a pattern matches from `folder` on."""
    return [path for path in expand_pattern(pattern, folder) if not path.is_dir()]


def matches_pattern(pattern: str, name: str) -> bool:
    """Whether a pattern would match a file `name`; both start in the same folder.

    As `glob` does for files that exist; its own `glob.translate` needs Python 3.13.
    """
    return _match_parts(pattern.split("/"), name.split("/"))


def _match_parts(pattern: Sequence[str], name: Sequence[str]) -> bool:
    if not (pattern and name):
        return not (pattern or name)
    (wanted, *others), (found, *rest) = pattern, name
    is_hidden = not found or (found.startswith(".") and not wanted.startswith("."))
    if wanted == "**":
        deeper = not is_hidden and (_match_parts(pattern, rest) or not (rest or others))
        return deeper or _match_parts(others, name)
    return not is_hidden and fnmatch(found, wanted) and _match_parts(others, rest)
