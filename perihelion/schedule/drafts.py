"""What is kept of each mapping once its keys have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perihelion.model.missions import Link, Picture, Translation
from perihelion.model.moments import Observe, Precision

if TYPE_CHECKING:
    from perihelion.model.marks import Mark
    from perihelion.schedule.records import Draft
    from perihelion.schedule.walk import Walk


def values(draft: Draft, _: Walk) -> dict[str, Any]:
    """The values alone."""
    return draft.values


def pairs(draft: Draft, _: Walk) -> tuple[tuple[str, Any], ...]:
    """The values with their keys, in the order of the file."""
    return tuple(draft.values.items())


class Options(NamedTuple):
    """An account's options, and where each of them stands."""

    pairs: tuple[tuple[str, str], ...] = ()
    marks: tuple[tuple[str, Mark], ...] = ()


def options(draft: Draft, walk: Walk) -> Options:
    """The options, with their places by the names that `Account.place` takes."""
    marks = [
        (f"options.{name}", walk.mark(key.start_mark)) for name, (key, _) in draft.found.items()
    ]
    return Options(pairs(draft, walk), tuple(marks))


def account(draft: Draft, walk: Walk) -> dict[str, Any]:
    """The values; an account without a name is named after its network."""
    values, found = draft.values, draft.found
    if "name" not in found and "network" in values:
        values["name"] = values["network"]
        found["name"] = found["network"]
    chosen = values.pop("options", Options())
    marks = [("network", walk.mark(found["network"][1].start_mark))] if "network" in found else []
    values["options"] = chosen.pairs
    values["mark"], values["marks"] = walk.mark(draft.place), (*marks, *chosen.marks)
    return values


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


def picture(draft: Draft, walk: Walk) -> Picture | None:
    """The picture with the mark of its file, if all that it needs is there."""
    if not {"file", "alt", "credit"} <= draft.values.keys():
        return None
    return Picture(**draft.values, mark=walk.mark(draft.found["file"][1].start_mark))


def link(draft: Draft, _: Walk) -> Link | None:
    """The link, if it leads anywhere."""
    return Link(**draft.values) if "url" in draft.values else None


def address(url: str) -> Link:
    """A link that is its URL alone."""
    return Link(url)


def translation(draft: Draft, _: Walk) -> Translation:
    """The translation, however little it holds."""
    return Translation(**draft.values)
