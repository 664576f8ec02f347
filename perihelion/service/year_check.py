"""What `check` finds in events and in their posts of the coming year, apart from their pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.compose.mentions import find_neutralized_mentions
from perihelion.model.advice_codes import AdviceCode
from perihelion.model.errors import TemplateError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.advice.collect import find_event_advice
from perihelion.service.advice.finding import Advice, advise
from perihelion.service.advice.monotony import list_said_posts
from perihelion.service.local_faults import locate_event
from perihelion.service.post_preview import preview_posts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.advice.monotony import SaidPost
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App

CHECKED_DAYS = 366
"""How many days are checked: all days of any year are among them."""


@dataclass(frozen=True, slots=True)
class YearCheck:
    """What was found; each mistake and each advice with its event."""

    mistakes: list[Advice] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    said: list[SaidPost] = field(default_factory=list)
    """By which the posts of all events are compared with each other."""
    posts: Counter[str] = field(default_factory=Counter)
    """How many posts there are, by the full id of their event, or by any name for several."""

    def add(self, other: YearCheck) -> None:
        """Add what was found about other events."""
        self.mistakes.extend(other.mistakes)
        self.advice.extend(other.advice)
        self.said.extend(other.said)
        self.posts.update(other.posts)


def check_year(
    app: App,
    accounts: Sequence[Account],
    first: date,
    only: Container[str] | None = None,
    *,
    compares: bool = True,
) -> YearCheck:
    """Word all posts of the accounts from `first` on.

    `only` has the full ids of the events that matter, if not all do. `compares` is false where
    nobody asks how posts compare with each other.
    """
    posts = list(
        preview_posts(app, accounts, first, CHECKED_DAYS, ignore_daily_cap=True, only=only)
    )
    following = first + timedelta(days=CHECKED_DAYS)
    return YearCheck(
        [_make_mistake(one.due.anniversary.event, one.error) for one in posts if one.error],
        [*_find_unwanted_mentions(posts), *find_event_advice(app, first, only)],
        list(list_said_posts(app, accounts, posts, following)) if compares else [],
        Counter(one.due.anniversary.event.full_id for one in posts),
    )


def _find_unwanted_mentions(previews: Iterable[PostPreview]) -> Iterator[Advice]:
    """Each name that networks would take for a mention, and that no post mentions."""
    events: dict[str, Event] = {}
    networks: dict[tuple[str, str], list[str]] = {}
    for one in previews:
        event = one.due.anniversary.event
        for name in find_neutralized_mentions(one.post.text if one.post else ""):
            events[event.full_id] = event
            networks.setdefault((event.full_id, name), []).append(one.due.account.network)
    for (full_id, name), where in networks.items():
        everywhere = ", ".join(dict.fromkeys(where))
        message = (
            f"{name} would mention somebody on {everywhere}; the posts say it without "
            "mentioning anybody. If you want the mention, use the event's key `mentions`"
        )
        yield advise(events[full_id], AdviceCode.MENTION, message)


def _make_mistake(event: Event, error: Exception) -> Advice:
    if isinstance(error, TemplateError):
        place = SourceLocation(error.template, error.line, 1 if error.line else 0)
        return Advice(event, Mistake(place, "template", error.problem))
    return Advice(event, Mistake(locate_event(event), "post", str(error)))
