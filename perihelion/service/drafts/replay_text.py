"""A replay as plain text: a line for each post, as authors of diaries write them.

`1660-01-02 11:18 r This answers the post before it.` The date and the time are local; the letter is
optional, as every post of a replay answers the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.drafts.draft import Draft
from perihelion.service.drafts.import_rows import make_id
from perihelion.service.drafts.review import Review, review_drafts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from perihelion.model.missions import Schedule

MAX_LENGTH = 280
"""In characters: what the narrowest network takes, with nothing added."""
_TITLE_LENGTH = 80

_LINE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d)(?: (?P<kind>[a-z])(?= ))? +(?P<text>\S.*)"
)
_EXAMPLE = "`1660-01-02 11:18 r Text`"
_SENTENCE = re.compile(r".+?[.!?…](?=\s|$)")


@dataclass(frozen=True, slots=True)
class ReplayMission:
    """What the lines do not say: the mission, in which years it is told again, where it was."""

    id: str
    name: str
    years: str
    zone: str
    source: str


@dataclass(frozen=True, slots=True)
class _Post:
    line: int
    at: str
    kind: str
    text: str


def import_replay(text: str, file: str, mission: ReplayMission, schedule: Schedule) -> Review:
    """The drafts of all lines, in the order of their times, and every mistake by its line."""
    posts, mistakes = _read_posts(text, file)
    mistakes += _find_disorder(posts, file)
    drafts = [
        Draft(f"{file}, line {one.line}", fields, warnings=tuple(_list_warnings(one.text)))
        for one, fields in _make_fields(posts, mission)
    ]
    review = review_drafts(drafts, schedule)
    texts = {draft.place: str(draft.fields["now"]) for draft in drafts}
    mistakes += _name_texts(review.mistakes, texts)
    return Review(review.drafts, review.present, tuple(mistakes))


def _name_texts(mistakes: Iterable[Mistake], texts: Mapping[str, str]) -> Iterator[Mistake]:
    """Each with the text of its line; what is wrong with the mission itself once, and alone."""
    told: set[str] = set()
    for one in mistakes:
        if not one.message.startswith(("replay:", "zone:", "id:", "name:")):
            text = _quote(texts.get(one.location.file, ""))
            yield Mistake(one.location, one.code, f"{one.message}: {text}")
        elif one.message not in told:
            told.add(one.message)
            yield one


def _read_posts(text: str, file: str) -> tuple[list[_Post], list[Mistake]]:
    posts, mistakes = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            mistakes.append(_at(file, number, f"must be like {_EXAMPLE}, not {_quote(line)}"))
            continue
        kind = match["kind"] or ""
        if kind not in {"", "r"}:
            message = f"the letter after the time is r or none, not {kind}: {_quote(line)}"
            mistakes.append(_at(file, number, message))
        posts.append(_Post(number, f"{match['day']}T{match['time']}", kind, match["text"]))
    return posts, mistakes


def _find_disorder(posts: Sequence[_Post], file: str) -> Iterator[Mistake]:
    """Each post that is out of order: the latest or the earliest comes first, as most lines do."""
    pairs = list(pairwise(posts))
    falling = sum(a.at > b.at for a, b in pairs) >= sum(a.at < b.at for a, b in pairs)
    for one, other in pairs:
        if one.at != other.at and (one.at > other.at) != falling:
            side = "after" if falling else "before"
            message = f"its time is {side} that of line {one.line} ({one.at}): {_quote(other.text)}"
            yield _at(file, other.line, message)


def _make_fields(
    posts: Sequence[_Post], mission: ReplayMission
) -> Iterator[tuple[_Post, dict[str, object]]]:
    if len(posts) > 1 and posts[0].at > posts[-1].at:
        posts = posts[::-1]
    ids: dict[str, int] = {}
    for one in sorted(posts, key=lambda post: post.at):
        name = make_id(one.text) or "post"
        ids[name] = ids.get(name, 0) + 1
        yield (
            one,
            {
                "mission": mission.id,
                "mission_name": mission.name,
                "replay": mission.years,
                "id": name if ids[name] == 1 else f"{name}-{ids[name]}",
                "at": one.at if mission.zone != "UTC" else f"{one.at}Z",
                **({"zone": mission.zone} if mission.zone != "UTC" else {}),
                "only": "replay",
                "title": _make_title(one.text),
                "now": one.text,
                "sources": [mission.source],
            },
        )


def _make_title(text: str) -> str:
    """The first sentence without its full stop, cut after a whole word if it is long."""
    sentence = _SENTENCE.match(text)
    title = (sentence[0] if sentence else text).rstrip(".")
    if len(title) <= _TITLE_LENGTH:
        return title
    return title[:_TITLE_LENGTH].rpartition(" ")[0] + "…"


def _list_warnings(text: str) -> Iterable[str]:
    if len(text) > MAX_LENGTH:
        yield f"{len(text)} characters, and X takes {MAX_LENGTH}: {_quote(text)}"
    if text[-1].islower():
        yield f"ends in a lower-case letter; is the end missing? “…{text[-30:]}”"


def _at(file: str, line: int, message: str) -> Mistake:
    return Mistake(SourceLocation(f"{file}, line {line}"), "replay", message)


def _quote(text: str) -> str:
    return f"“{text if len(text) <= _TITLE_LENGTH else text[:_TITLE_LENGTH] + '…'}”"
