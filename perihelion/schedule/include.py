"""The key `include`: patterns, and the files that they match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.schedule.matching_files import expand_pattern
from perihelion.schedule.patterns import INCLUDE
from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from yaml.events import Event

    from perihelion.schedule.reader import YamlReader


class IncludePattern(NamedTuple):
    """A pattern such as schedule/*.yaml, and where it stands."""

    text: str
    location: SourceLocation


class IncludeType:
    """A pattern with its place, for the mistakes that show only among the files."""

    def read_value(self, event: Event | None, reader: YamlReader) -> IncludePattern | None:
        """The pattern."""
        text = INCLUDE.read_value(event, reader)
        if event is None or text is None:
            return None
        return IncludePattern(text, reader.locate_position(event.start_mark))

    def to_json_schema(self) -> dict[str, Any]:
        """A string."""
        return INCLUDE.to_json_schema()


def find_included_files(
    patterns: Iterable[IncludePattern], including: Path
) -> tuple[list[Path], list[Mistake]]:
    """The files that the patterns in the file `including` match, sorted, each once.

    A pattern starts in the folder of `including`; `**` stands for any folders; files and folders
    whose names begin with a dot match only where the pattern says the dot.
    """
    files: set[Path] = set()
    mistakes: list[Mistake] = []
    for pattern in patterns:
        found = expand_pattern(pattern.text, including.parent)
        problem = _describe_problem(pattern.text, found, including)
        if problem:
            mistakes.append(Mistake(pattern.location, "bad-include", problem))
        files.update(path for path in found if not path.is_dir() and path != including)
    return sorted(files), mistakes


def _describe_problem(pattern: str, found: list[Path], including: Path) -> str:
    if not found:
        where = "a path or pattern starts in the folder of the file that names it"
        return f"{quote_text(pattern)} matches no file; {where}"
    folder = next((path for path in found if path.is_dir()), None)
    if folder:
        what = (
            "is a folder" if str(folder) == str(including.parent / pattern) else "matches a folder"
        )
        return f"{quote_text(pattern)} {what}; end the pattern in `/*.yaml`, for the files in it"
    if including in found:
        advice = "put the other files in a folder of their own, such as schedule/"
        return f"{quote_text(pattern)} matches this file itself; {advice}"
    return ""
