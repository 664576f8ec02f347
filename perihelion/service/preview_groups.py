"""Previews by event, with the posts that say the same folded into one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.posts import Post
    from perihelion.service.post_preview import PostPreview


@dataclass(frozen=True, slots=True)
class PostGroup:
    """The previews whose accounts would post the same text and pictures, or have one problem."""

    previews: tuple[PostPreview, ...]

    @property
    def post(self) -> Post | None:
        """The post that all of them make."""
        return self.previews[0].post

    @property
    def problem(self) -> str:
        """Why none of them makes a post; empty if they do."""
        return self.previews[0].problem

    @property
    def label(self) -> str:
        """Whose post it is: `bluesky`, or `bluesky, x and 3 more (the same on 5 accounts)`."""
        names = [one.due.account.name for one in self.previews]
        if len(names) == 1:
            return names[0]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"{', '.join(names[:_NAMED])}{more} (the same on {len(names)} accounts)"


@dataclass(frozen=True, slots=True)
class EventPreview:
    """All that the accounts would post for one anniversary."""

    anniversary: Anniversary
    groups: tuple[PostGroup, ...]


_NAMED = 8


def group_by_event(previews: Iterable[PostPreview]) -> list[EventPreview]:
    """The previews by anniversary, in the order of each one's first post."""
    by_event: dict[tuple[object, ...], list[PostPreview]] = {}
    for one in previews:
        seen = one.due.anniversary
        key = (seen.event.full_id, seen.count, seen.unit, seen.day)
        by_event.setdefault(key, []).append(one)
    return [
        EventPreview(ones[0].due.anniversary, _group_by_post(ones)) for ones in by_event.values()
    ]


def _group_by_post(previews: list[PostPreview]) -> tuple[PostGroup, ...]:
    """Those that look alike in one group, in the order of their first account."""
    places: dict[object, int] = {}
    for one in previews:
        places.setdefault(_appearance(one), len(places))
    ordered = sorted(previews, key=lambda one: places[_appearance(one)])
    return tuple(PostGroup(tuple(ones)) for _, ones in groupby(ordered, key=_appearance))


def _appearance(preview: PostPreview) -> tuple[object, ...]:
    """What a reader sees of a post, and when."""
    post = preview.post
    if post is None:
        return (preview.problem,)
    embed = (preview.limits.shows_moments, post.moment, post.is_memorial)
    return post.text, post.language, post.pictures, post.link_title, embed, preview.due.at
