"""Files and folders that only their owner may read: posts, tokens and what failed are in them."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

PRIVATE_FOLDER_MODE = 0o700
PRIVATE_FILE_MODE = 0o600
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


def make_private_folder(folder: Path) -> None:
    """Make `folder` for its owner alone. Raises OSError; folders that exist stay as they are."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)


def restrict_folder(folder: Path, unless_around: Path) -> None:
    """Let only its owner into `folder`.

    Unless that is a shared one such as /tmp, or we work in it, or it is around another file.
    """
    others = (Path.cwd(), unless_around.absolute())
    with suppress(OSError, NotImplementedError):  # not ours, or a disk without permissions
        is_shared = folder.stat().st_mode & stat.S_ISVTX
        if not is_shared and not any(one.is_relative_to(folder.absolute()) for one in others):
            _remove_others(folder)


def restrict_ledger_files(file: Path) -> None:
    """Let only their owner read a SQLite ledger and the files beside it, also those of old."""
    others = [file.with_suffix(".migrate.lock"), *(file.parent / "workers").glob("*.lock")]
    for one in (*(file.with_name(f"{file.name}{end}") for end in _SIDE_FILES), *others):
        with suppress(OSError, NotImplementedError):
            _remove_others(one)


def _remove_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(mode & stat.S_IRWXU)
