"""Rows of other programs' files: CSV, JSON, iCalendar, and results of a Wikidata query."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import UsageError
from perihelion.service.drafts.draft import Row
from perihelion.service.drafts.field_mapping import FieldMapping
from perihelion.service.event_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MIDNIGHT = re.compile(r"\+?(\d{4}-\d\d-\d\d)T00:00:00Z")
_ITEM = re.compile(r"https?://www\.wikidata\.org/entity/(Q\d+)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UID_END = "@perihelion"
_YEAR_IN_TITLE = re.compile(r" \(\d{1,4}\)$")


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a kind of file is read, and which columns it has unless a mapping file says otherwise."""

    read: Callable[[bytes, str], list[Row]]
    mapping: FieldMapping


def read_rows(file: Path, table_format: TableFormat) -> list[Row]:
    """The rows of a file, at least one.

    Raises UsageError for a file that cannot be read as that format, or has no rows.
    """
    try:
        rows = table_format.read(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{file} is not in the format that was named: {error}") from None
    if not rows:
        raise UsageError(f"{file} holds nothing to import")
    return rows


def _read_csv(data: bytes, file: str) -> list[Row]:
    text = data.decode("utf-8-sig")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    for number, cells in enumerate(reader, 2):
        if None in cells or None in cells.values():
            raise ValueError(f"row {number} does not have as many cells as the first row")
        rows.append(Row(f"{file}, row {number}", cells))
    return rows


def _read_json(data: bytes, file: str) -> list[Row]:
    read = json.loads(data)
    if not isinstance(read, list) or not all(isinstance(one, dict) for one in read):
        raise ValueError("it must be a list of objects")
    return [Row(f"{file}, entry {number}", cells) for number, cells in enumerate(read, 1)]


def _read_ics(data: bytes, file: str) -> list[Row]:
    from icalendar import Calendar  # noqa: PLC0415 - heavy, and only for this format

    entries = Calendar.from_ical(data).walk("VEVENT")
    return [Row(f"{file}, event {n}", _list_properties(one)) for n, one in enumerate(entries, 1)]


def _list_properties(entry: Any) -> dict[str, str]:  # noqa: ANN401 - icalendar's component
    """The properties by their names in lower case; ours say more than the common ones."""
    cells = {name.lower(): _read_property(entry, name) for name in entry if name != "RRULE"}
    own = {name: cells.get(f"x-perihelion-{name.replace('_', '-')}", "") for name in FIELDS}
    uid = cells.get("uid", "")
    mission, _, event_id = uid.removesuffix(_UID_END).partition("/")
    if uid.endswith(_UID_END) and event_id:
        own["mission"], own["id"] = own["mission"] or mission, own["id"] or event_id
        cells["summary"] = _YEAR_IN_TITLE.sub("", cells.get("summary", ""))
    common = {
        "title": cells.get("summary", ""),
        "at": cells.get("dtstart", ""),
        "text": cells.get("description", ""),
        "links": cells.get("url", ""),
        "sources": cells.get("url", ""),
    }
    return cells | {name: own[name] or common.get(name, "") for name in FIELDS}


def _read_property(entry: Any, name: str) -> str:  # noqa: ANN401 - as above
    value = entry.decoded(name) if name in {"DTSTART", "DTEND"} else entry[name]
    if name.startswith("X-"):  # the library leaves these as they are written
        return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], str(value))
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return str(text).replace("+00:00", "Z")
    return ", ".join(map(str, value.cats)) if hasattr(value, "cats") else str(value)


def _read_wikidata(data: bytes, file: str) -> list[Row]:
    """Results of query.wikidata.org, as its service answers or as its page saves them."""
    read = json.loads(data)
    if isinstance(read, dict):
        read = read.get("results", {}).get("bindings")
    if not isinstance(read, list) or not all(isinstance(one, dict) for one in read):
        raise ValueError("it is not a query's result: save it as JSON on query.wikidata.org")
    return [Row(f"{file}, result {n}", _read_binding(one)) for n, one in enumerate(read, 1)]


def _read_binding(binding: dict[str, Any]) -> dict[str, str]:
    texts = {
        name: str(value.get("value", "") if isinstance(value, dict) else value)
        for name, value in binding.items()
    }
    return {name: _tidy(text) for name, text in texts.items()}


def _tidy(text: str) -> str:
    """A midnight as its day, which is all that Wikidata states; an item as a page with a name."""
    midnight, item = _MIDNIGHT.fullmatch(text), _ITEM.fullmatch(text)
    if midnight:
        return midnight[1]
    return f"Wikidata {item[1]} <https://www.wikidata.org/wiki/{item[1]}>" if item else text


_OWN_FIELDS = FieldMapping()
FORMATS = {
    "csv": TableFormat(_read_csv, _OWN_FIELDS),
    "json": TableFormat(_read_json, _OWN_FIELDS),
    "ics": TableFormat(_read_ics, _OWN_FIELDS),
    "wikidata": TableFormat(
        _read_wikidata,
        FieldMapping(
            {
                "mission_name": "itemLabel",
                "at": "date",
                "title": "itemLabel",
                "sources": "item",
                "precision": "precision",
            }
        ),
    ),
}
