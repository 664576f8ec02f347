"""schedule.yaml → its missions, events and accounts, or all of its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.document import read_document
from perihelion.schedule.garbage_collection import garbage_collection_paused
from perihelion.schedule.include import find_included_files
from perihelion.schedule.inherit import build_schedule
from perihelion.schedule.keys import INCLUDED, SCHEDULE
from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Schedule
    from perihelion.schedule.inherit import ParsedValues

ReadFile: TypeAlias = Callable[[Path], bytes]
"""Gives the bytes of a file. Raises OSError."""


def load_schedule(path: Path, read: ReadFile = Path.read_bytes) -> Schedule:
    """Read the schedule in the file `path` and in the files that it includes.

    `read` gives the bytes of a file. Raises ConfigurationError with every mistake of all files,
    sorted by place; marks name the files as `path` does. Reads nothing but these files and the time
    zone database.
    """
    return _raise_on_mistakes(*load_with_mistakes(path, read))


def parse_schedule(data: bytes, file: str) -> Schedule:
    """Read a schedule from bytes; `file` is what marks call it, and where `include` starts.

    Raises as `load_schedule` does.
    """
    return _raise_on_mistakes(*parse_with_mistakes(data, file))


def load_with_mistakes(
    path: Path, read: ReadFile = Path.read_bytes, unsaved: Iterable[Path] = ()
) -> tuple[Schedule, list[Mistake]]:
    """What is right in the file `path` and those that it includes, and every mistake, by place.

    `read` as for `load_schedule`; `unsaved` files count as included, before anything is there.
    Raises nothing.
    """
    try:
        data = read(path)
    except (OSError, ValueError) as error:
        return build_schedule({})[0], [_make_file_mistake(str(path), error)]
    return parse_with_mistakes(data, str(path), read, unsaved)


def parse_with_mistakes(
    data: bytes, file: str, read: ReadFile = Path.read_bytes, unsaved: Iterable[Path] = ()
) -> tuple[Schedule, list[Mistake]]:
    """As `load_with_mistakes`, from bytes; `file` as for `parse_schedule`."""
    path = Path(file)
    with garbage_collection_paused():
        parsed, mistakes = read_document(data, str(path), SCHEDULE)
        files, not_found = find_included_files(parsed.get("include", ()), path)
        missions = parsed.get("missions", [])
        for included in sorted({*files, *unsaved}):
            more, wrong = _read_included_file(included, read)
            missions += more
            mistakes += wrong
        mistakes += [*not_found, *_find_repeated_missions(missions)]
        schedule, late = build_schedule(parsed | {"missions": missions})
    return schedule, sorted(mistakes + late)


def _read_included_file(path: Path, read: ReadFile) -> tuple[list[ParsedValues], list[Mistake]]:
    try:
        data = read(path)
    except (OSError, ValueError) as error:
        return [], [_make_file_mistake(str(path), error)]
    parsed, mistakes = read_document(data, str(path), INCLUDED)
    return parsed.get("missions", []), mistakes


def _find_repeated_missions(missions: Iterable[ParsedValues]) -> Iterator[Mistake]:
    """Each mission whose id stands in another file too; within a file the reader has noted it."""
    seen: dict[str, SourceLocation] = {}
    for mission in missions:
        if "id" not in mission:
            continue
        name, location = mission["id"], mission["id_location"]
        first = seen.setdefault(name, location)
        if first.file != location.file:
            message = (
                f"the mission {quote_text(name)} already stands in {first.file} on line "
                f"{first.line}; move its events there, or choose another id"
            )
            yield Mistake(location, "duplicate-id", message)


def _raise_on_mistakes(schedule: Schedule, mistakes: list[Mistake]) -> Schedule:
    if mistakes:
        raise ConfigurationError(mistakes)
    return schedule


def _make_file_mistake(file: str, error: Exception) -> Mistake:
    location = SourceLocation(file)
    if isinstance(error, FileNotFoundError):
        problem = f"there is no such file in {Path(file).parent.absolute()}"
        advice = "give the schedule's path with --schedule or PERIHELION_SCHEDULE"
        return Mistake(location, "no-file", f"{problem}; {advice}")
    if isinstance(error, IsADirectoryError):
        return Mistake(location, "directory", "this is a folder; give the path of the file in it")
    reason = getattr(error, "strerror", None) or error
    return Mistake(location, "unreadable", f"cannot be read: {reason}; correct its permissions")
