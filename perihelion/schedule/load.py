"""schedule.yaml → its missions, events and accounts, or all of its mistakes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yaml.events import DocumentStartEvent, StreamEndEvent

from perihelion.model.errors import ConfigurationError
from perihelion.model.marks import Mark, Mistake
from perihelion.schedule.encoding import breaks_oddly, clean, is_utf16
from perihelion.schedule.keys import SCHEDULE
from perihelion.schedule.settle import settle
from perihelion.schedule.syntax import Spot
from perihelion.schedule.walk import Walk, is_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.missions import Schedule
    from perihelion.schedule.settle import Values

START = Spot(0, 0)


def load(path: Path) -> Schedule:
    """Read the schedule in the file `path`.

    Raises ConfigurationError with every mistake of the file, sorted by place; marks name the file
    as `path` does. Reads nothing but this file and the time zone database.
    """
    return _flawless(*survey(path))


def parse(data: bytes, file: str) -> Schedule:
    """Read a schedule from bytes; `file` is what marks call it. Raises as `load` does."""
    return _flawless(*_survey(data, file))


def survey(path: Path) -> tuple[Schedule, list[Mistake]]:
    """What is right in the file `path`, and every mistake, sorted by place. Raises nothing."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        return settle({})[0], [_unreadable(str(path), error)]
    return _survey(data, str(path))


def _survey(data: bytes, file: str) -> tuple[Schedule, list[Mistake]]:
    if is_utf16(data):
        message = "this is UTF-16 or UTF-32; save the file as UTF-8"
        return settle({})[0], [Mistake(Mark(file, 1, 1), "encoding", message)]
    with _collector_paused():
        drafts, mistakes = _walked(data, file)
        schedule, more = settle(drafts)
    return schedule, sorted(mistakes + more)


def _flawless(schedule: Schedule, mistakes: list[Mistake]) -> Schedule:
    if mistakes:
        raise ConfigurationError(mistakes)
    return schedule


def _walked(data: bytes, file: str) -> tuple[Values, list[Mistake]]:
    """The drafts of the file, and every mistake met on the way."""
    if not breaks_oddly(data):
        walk = Walk(data, file)
        drafts = _document(walk)
        if not walk.unreadable:
            return drafts, walk.mistakes
    # libyaml reads ahead, and stops before it has told what stands before the unreadable place:
    # go again without those characters, so that they hide no other mistake.
    data, mistakes = clean(data, file)
    walk = Walk(data, file)
    drafts = _document(walk)
    return drafts, mistakes + walk.mistakes


def _document(walk: Walk) -> Values:
    """The drafts of the one document that a schedule is."""
    walk.next()  # the start of the stream
    root = walk.next()
    if type(root) is DocumentStartEvent:
        root = walk.next()
    if walk.broken:
        return {}
    if type(root) is StreamEndEvent or is_nothing(root):
        message = "the file is empty; a schedule holds at least `missions: []`"
        walk.complain(START, "empty-file", message)
        return {}
    drafts = SCHEDULE.read(root, walk)
    _expect_the_end(walk)
    return drafts or {}


def _expect_the_end(walk: Walk) -> None:
    walk.next()  # the end of the document
    after = walk.next()
    if after is not None and type(after) is not StreamEndEvent:
        message = "a second document begins here; a schedule is one document, so remove the `---`"
        walk.complain(after.start_mark, "documents", message)


def _unreadable(file: str, error: Exception) -> Mistake:
    mark = Mark(file)
    if isinstance(error, FileNotFoundError):
        return Mistake(mark, "no-file", f"there is no file {file}; name the schedule's own path")
    if isinstance(error, IsADirectoryError):
        return Mistake(mark, "directory", f"{file} is a folder; name the file in it")
    reason = getattr(error, "strerror", None) or error
    return Mistake(mark, "unreadable", f"{file} cannot be read: {reason}; mend its permissions")


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection inside.

    Nothing that is read here is ever a cycle, and the collector would look through all of it again
    and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
