"""schedule.yaml → its missions, events and accounts, or all of its mistakes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.document import read_document
from perihelion.schedule.include import find_included_files
from perihelion.schedule.inherit import build_schedule
from perihelion.schedule.keys import INCLUDED, SCHEDULE
from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perihelion.model.missions import Schedule
    from perihelion.schedule.inherit import ParsedValues


def load_schedule(path: Path) -> Schedule:
    """Read the schedule in the file `path` and in the files that it includes.

    Raises ConfigurationError with every mistake of all files, sorted by place; marks name the
    files as `path` does. Reads nothing but these files and the time zone database.
    """
    return _raise_on_mistakes(*load_with_mistakes(path))


def parse_schedule(data: bytes, file: str) -> Schedule:
    """Read a schedule from bytes; `file` is what marks call it, and where `include` starts.

    Raises as `load_schedule` does.
    """
    return _raise_on_mistakes(*parse_with_mistakes(data, file))


def load_with_mistakes(
    path: Path, unsaved: Mapping[Path, bytes] = MappingProxyType({})
) -> tuple[Schedule, list[Mistake]]:
    """What is right in the file `path` and those that it includes, and every mistake, by place.

    `unsaved` is what stands in some of the files instead. Raises nothing.
    """
    try:
        data = _read_file(path, unsaved)
    except (OSError, ValueError) as error:
        return build_schedule({})[0], [_make_file_mistake(str(path), error)]
    return parse_with_mistakes(data, str(path), unsaved)


def parse_with_mistakes(
    data: bytes, file: str, unsaved: Mapping[Path, bytes] = MappingProxyType({})
) -> tuple[Schedule, list[Mistake]]:
    """As `load_with_mistakes`, from bytes; `file` as for `parse_schedule`."""
    path = Path(file)
    with _garbage_collection_paused():
        parsed, mistakes = read_document(data, str(path), SCHEDULE)
        files, not_found = find_included_files(parsed.get("include", ()), path)
        missions = parsed.get("missions", [])
        for included in files:
            more, wrong = _read_included_file(included, unsaved)
            missions += more
            mistakes += wrong
        mistakes += [*not_found, *_find_repeated_missions(missions)]
        schedule, late = build_schedule(parsed | {"missions": missions})
    return schedule, sorted(mistakes + late)


def _read_file(path: Path, unsaved: Mapping[Path, bytes]) -> bytes:
    return unsaved[path] if path in unsaved else path.read_bytes()


def _read_included_file(
    path: Path, unsaved: Mapping[Path, bytes]
) -> tuple[list[ParsedValues], list[Mistake]]:
    try:
        data = _read_file(path, unsaved)
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


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
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
