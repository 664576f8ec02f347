"""What is kept of each mapping once its keys have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.model.missions import Link, Picture, Translation
from perihelion.model.moments import Observe, Precision

if TYPE_CHECKING:
    from perihelion.schedule.records import Draft
    from perihelion.schedule.walk import Walk


def values(draft: Draft, _: Walk) -> dict[str, Any]:
    """The values alone."""
    return draft.values


def account(draft: Draft, walk: Walk) -> dict[str, Any]:
    """The values; an account without a name is named after its network."""
    if "name" not in draft.found and "network" in draft.values:
        draft.values["name"] = draft.values["network"]
        draft.found["name"] = draft.found["network"]
    draft.values["mark"] = walk.mark(draft.place)
    return draft.values


def mission(draft: Draft, _: Walk) -> dict[str, Any]:
    """The values; a zone that could not be read becomes UTC, so that it counts as one mistake."""
    if "zone" in draft.found:
        draft.values.setdefault("zone", "UTC")
    return draft.values


def event(draft: Draft, walk: Walk) -> dict[str, Any]:
    """The values, with the event's mark, and `at_mark` for a local time that wants a zone."""
    found = mission(draft, walk)
    if "kind" in found:
        found["kind"] = walk.share(found["kind"])
    found["mark"] = walk.mark(draft.place)
    written = found.get("at")
    if written is None:
        return found
    if written.is_local:
        found["at_mark"] = walk.mark(draft.found["at"][1].start_mark)
    if found.get("observe") is Observe.TO_THE_MINUTE and written.precision is Precision.DAY:
        message = "to-the-minute needs an instant: write the time into `at`, or `observe: day`"
        walk.complain(draft.found["observe"][1].start_mark, "bad-observe", message)
    return found


def picture(draft: Draft, _: Walk) -> Picture | None:
    """The picture, if all that it needs is there."""
    complete = {"file", "alt", "credit"} <= draft.values.keys()
    return Picture(**draft.values) if complete else None


def link(draft: Draft, _: Walk) -> Link | None:
    """The link, if it leads anywhere."""
    return Link(**draft.values) if "url" in draft.values else None


def address(url: str) -> Link:
    """A link that is its URL alone."""
    return Link(url)


def translation(draft: Draft, _: Walk) -> Translation:
    """The translation, however little it holds."""
    return Translation(**draft.values)
