"""A mapping file: which column of a table is which field of an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.event_fields import FIELDS, LIST_FIELDS, parse_page

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from perihelion.service.drafts.draft import Row

PRECISION = "precision"
"""A column of Wikidata's `wikibase:timePrecision`: 11 is a day, 10 a month, 9 a year."""

_KEYS = ("columns", "values", "separator", "dates")
_MAPPED = (*FIELDS, PRECISION)
_PAGES = ("links", "sources")
_EXAMPLE = "columns: {at: Date, title: Headline}"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """The `columns` by field, the same `values` for all rows, and how lists and dates are written.

    `separator` stands between the values of a list; `dates` is a form of `strptime`, such as
    %d.%m.%Y, or empty where dates are written as the schedule writes them.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in _MAPPED})
    values: Mapping[str, Any] = field(default_factory=dict)
    separator: str = "\n"
    dates: str = ""

    def find_missing_columns(self, known: Collection[str]) -> Iterator[str]:
        """What is wrong with the columns: those of a mapping file must be `known`, else any."""
        if self.columns == FieldMapping().columns:
            if not set(known) & set(self.columns.values()):
                found = ", ".join(known)
                yield f"none of the columns ({found}) is called as a field: write a mapping file"
            return
        for name, column in self.columns.items():
            if column not in known and name != PRECISION:
                close = get_close_matches(column, known, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"it has {', '.join(known)}"
                yield f"columns: {name}: there is no column `{column}`; {hint}"


def read_mapping(file: Path) -> FieldMapping:
    """The mapping in a YAML file. Raises ConfigurationError with every mistake in it."""
    try:
        read = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise _make_error(file, [f"cannot be read: {problem}"]) from None
    if not isinstance(read, dict):
        raise _make_error(file, [f"is not a mapping; write for example `{_EXAMPLE}`"])
    problems = [*_find_problems(read)]
    if problems:
        raise _make_error(file, problems)
    return FieldMapping(**read)


def _make_error(file: Path, problems: list[str]) -> ConfigurationError:
    return ConfigurationError([Mistake(SourceLocation(str(file)), "mapping", p) for p in problems])


def _find_problems(read: dict[Any, Any]) -> Iterator[str]:
    yield from (_describe_unknown(str(name), _KEYS) for name in read if name not in _KEYS)
    for key in ("columns", "values"):
        fields = read.get(key, {})
        if not isinstance(fields, dict):
            yield f"{key}: must be a mapping, such as `{_EXAMPLE}`"
            continue
        known = _MAPPED if key == "columns" else FIELDS
        yield from (f"{key}: {_describe_unknown(str(n), known)}" for n in fields if n not in known)
        yield from (
            f"{key}: {name}: must be a text, not {value!r}"
            for name, value in fields.items()
            if key == "columns" and not isinstance(value, str)
        )
    if not isinstance(read.get("columns"), dict):
        yield f"needs `columns`, such as `{_EXAMPLE}`"
    for key in ("separator", "dates"):
        if key in read and not (isinstance(read[key], str) and read[key]):
            yield f"{key}: must be a text, in quotes"


def _describe_unknown(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"use one of {', '.join(known)}"
    return f"unknown key `{name}`; {hint}"


def map_row(row: Row, mapping: FieldMapping) -> tuple[dict[str, Any], list[str]]:
    """The fields of an event that a row states, and what is wrong with its dates."""
    cells = {name: row.cells.get(column, "") for name, column in mapping.columns.items()}
    found = {name: _split(name, value, mapping) for name, value in cells.items()}
    problems = list[str]()
    precision = found.pop(PRECISION, "")
    if mapping.dates and found.get("at"):
        found["at"], problem = _parse_date(str(found["at"]), mapping.dates)
        problems += filter(None, [problem])
    if str(precision) in _VAGUE_PRECISIONS:
        problems.append(f"at: known only to the {_VAGUE_PRECISIONS[str(precision)]}")
    fields = dict(mapping.values) | {
        name: one for name, one in found.items() if one not in ("", [])
    }
    return {name: fields[name] for name in FIELDS if name in fields}, problems


_VAGUE_PRECISIONS = {"10": "month", "9": "year", "8": "decade", "7": "century"}


def _split(name: str, value: Any, mapping: FieldMapping) -> Any:  # noqa: ANN401 - any JSON value
    """A text as the field's value: a list where the field holds one."""
    if not isinstance(value, str):
        return value
    if name == "importance" and value.strip().isdecimal():
        return int(value)
    if name not in LIST_FIELDS:
        return value.strip()
    parts = [part.strip() for part in value.split(mapping.separator) if part.strip()]
    return [_name_page(name, part) for part in parts] if name in _PAGES else parts


def _name_page(name: str, text: str) -> dict[str, str]:
    page = parse_page(text)
    return page if name == "links" or "title" in page else {"title": text}


def _parse_date(text: str, form: str) -> tuple[str, str]:
    """The date or local time as the schedule writes it; or what is wrong."""
    try:
        when = datetime.strptime(text, form)  # noqa: DTZ007 - the schedule's zone decides
    except ValueError:
        return text, f"at: {text!r} is not written as {form}, which the mapping's `dates` says"
    if "%H" not in form:
        return when.date().isoformat(), ""
    return when.isoformat(timespec="seconds" if "%S" in form else "minutes"), ""
