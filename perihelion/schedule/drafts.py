"""What is kept of each mapping once its keys have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perihelion.model.missions import Link, Picture, Translation
from perihelion.model.moments import Observe, Precision

if TYPE_CHECKING:
    from perihelion.model.marks import Mark
    from perihelion.schedule.records import Draft
    from perihelion.schedule.syntax import Place
    from perihelion.schedule.walk import Walk


MOST_PICTURES = 4
"""Of one event: as many as X, Bluesky and Mastodon show in one post."""


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
    count = pictured(draft)
    if "translations" in found:
        found["translations"] = translated(found["translations"], count, walk)
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


class Translated(NamedTuple):
    """A translation, however little it holds, and where its alt texts stand."""

    words: Translation
    alt: Place | None = None
    alts: Place | None = None


def translation(draft: Draft, _: Walk) -> Translated:
    """The translation; an alt text that is a mistake leaves an empty place."""
    alt, alts = draft.values.pop("alt", ""), draft.values.pop("alts", None)
    if alts is None:
        alts = (alt,) if alt else ()
    words = Translation(**draft.values, alts=tuple(text or "" for text in alts))
    places = {
        name: draft.found[name][1].start_mark for name in ("alt", "alts") if name in draft.found
    }
    return Translated(words, **places)


def pictured(draft: Draft) -> int | None:
    """Put an event's pictures into `pictures`; how many are written, where that is certain."""
    if not draft.found.keys() & {"picture", "pictures"}:
        return 0
    alone, several = draft.values.pop("picture", None), draft.values.pop("pictures", ())
    draft.values["pictures"] = tuple(one for one in (alone, *several) if one)
    if "pictures" not in draft.found:
        return 1
    certain = "picture" not in draft.found and len(several) in range(1, MOST_PICTURES + 1)
    return len(several) if certain else None


def translated(
    pairs: tuple[tuple[str, Translated], ...], count: int | None, walk: Walk
) -> tuple[tuple[str, Translation], ...]:
    """The translations, once their alt texts have been held against the `count` of pictures."""
    for _, one in pairs:
        if count is not None and not (one.alt and one.alts) and not walk.broken:
            _compare(one, count, walk)
    return tuple((language, one.words) for language, one in pairs)


def _compare(one: Translated, count: int, walk: Walk) -> None:
    written = len(one.words.alts)
    if one.alt and written and count > 1:
        message = f"the event has {count} pictures; write `alts`, a list with a text for each"
        walk.complain(one.alt, "bad-alts", message)
    if one.alts and written != count and written in range(1, MOST_PICTURES + 1):
        wanted = "write one text for each, in their order" if count else "leave the texts out"
        had = _counted(count, "picture") if count else "no picture"
        message = f"{_counted(written, 'alt text')} for {had}; {wanted}"
        walk.complain(one.alts, "bad-alts", message)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
