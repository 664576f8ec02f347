"""Rows and a mapping → drafts, reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.drafts.draft import Draft
from perihelion.service.drafts.field_mapping import map_row
from perihelion.service.drafts.review import Review, review_drafts
from perihelion.service.event_fields import FIELDS
from perihelion.service.folded_text import make_slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.model.missions import Schedule
    from perihelion.service.drafts.draft import Row
    from perihelion.service.drafts.field_mapping import FieldMapping

MAX_ID_LENGTH = 40
_PLACEHOLDER = "mission"


_NO_MISSION = (
    "names no mission: let the mapping file have `mission` or `mission_name` in its `columns` or "
    "`values`"
)


def import_rows(
    file: str, rows: Sequence[Row], mapping: FieldMapping, schedule: Schedule
) -> Review:
    """The drafts of all rows of `file`, and every mistake in them, in the order of the rows.

    If the columns are not those of the mapping, that alone is told.
    """
    known = list(dict.fromkeys(name for row in rows for name in row.cells))
    missing = [*mapping.find_missing_columns(known)]
    if missing:
        found = (Mistake(SourceLocation(file), "columns", one) for one in missing)
        return Review((), (), tuple(found))
    drafts, unmapped = [], list[Mistake]()
    for row in rows:
        fields, problems = map_row(row, mapping)
        location = SourceLocation(row.place)
        if not (fields.get("mission") or fields.get("mission_name")):
            unmapped.append(Mistake(location, "no-mission", _NO_MISSION))
            fields = {"mission": _PLACEHOLDER, **fields}  # its other mistakes are told as well
        unmapped += [Mistake(location, "bad-date", problem) for problem in problems]
        if not problems:
            drafts.append(Draft(row.place, add_ids(fields)))
    review = review_drafts(drafts, schedule)
    places = {row.place: number for number, row in enumerate(rows)}
    mistakes = sorted([*unmapped, *review.mistakes], key=lambda one: places[one.location.file])
    return Review(review.drafts, review.present, tuple(mistakes))


def add_ids(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with ids: where none are stated, made from the mission's name and the title."""
    mission = fields.get("mission") or make_id(str(fields.get("mission_name", "")))
    event = fields.get("id") or make_id(str(fields.get("title", "")))
    found = {**fields, "mission": mission, "id": event}
    return {name: found[name] for name in FIELDS if found.get(name, "") != ""}


def make_id(name: str) -> str:
    """A name as an id, cut after a whole word: `Apollo 11 lands` → `apollo-11-lands`."""
    words = make_slug(name)
    if len(words) <= MAX_ID_LENGTH:
        return words
    return words[: MAX_ID_LENGTH + 1].rpartition("-")[0] or words[:MAX_ID_LENGTH]
