"""The files that the schedule comes from, and whether they change or are being written."""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from perihelion.schedule.matching_files import list_matching_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.service.settings import Settings

Stamp = tuple[int, ...] | None
"""What changes whenever a file does: device, inode, size, and the times of its last changes."""


def list_source_files(settings: Settings, schedule: Schedule) -> set[Path]:
    """The schedule, what its `include` matches now, all templates, and the events' pictures."""
    root = settings.schedule.parent
    pictures = {root / one.file for event in schedule.events for one in event.pictures}
    included = {file for one in schedule.include for file in list_matching_files(one, root)}
    templates = settings.templates.glob("**/*.j2")
    return {settings.schedule, *included, *templates, *pictures}


def stamp_files(files: Iterable[Path]) -> dict[Path, Stamp]:
    """The stamp of each file, behind symbolic links; None for one that cannot be found."""
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def list_folders(files: Iterable[Path]) -> set[Path]:
    """The folders in which a change of these files shows, and those that their links lead to."""
    folders = {file.parent for file in files}
    for file in files:
        with suppress(OSError, RuntimeError):  # a link that leads to itself
            folders.add(file.resolve().parent)
    return {folder for folder in folders if folder.is_dir()}


def is_any_being_written(files: Iterable[Path]) -> bool:
    """Whether a process has one of the files open for writing.

    Only Linux can tell, and only of files of our own user; elsewhere the answer is False.
    """
    return any(map(_is_being_written, files))


def _is_being_written(file: Path) -> bool:
    """The kernel grants a read lease on a file only while nobody has it open for writing."""
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return False
    try:
        # Who opens it for writing in this moment causes a signal: one that is ignored by default.
        fcntl.fcntl(opened, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    else:
        return False
    finally:
        os.close(opened)
