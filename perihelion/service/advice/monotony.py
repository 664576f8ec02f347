"""Advice about posts of one account that read alike: the same words again, or one beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.compose.localized_text import choose_localized_text
from perihelion.compose.repetition import (
    RETURN_DAYS,
    RETURN_YEARS,
    DatedText,
    find_alike_beginnings,
    find_returning_texts,
)
from perihelion.compose.sentences import split_sentences
from perihelion.model.advice_codes import AdviceCode
from perihelion.networks import loader
from perihelion.service.advice.finding import advise
from perihelion.service.post_preview import preview_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App


class SaidPost(NamedTuple):
    """What the first post of a story says, on an account that stands for all of its kind."""

    account: str
    at: float
    """When it is due, as a POSIX timestamp."""
    rank: int
    day: int
    """The day's ordinal."""
    subject: str
    """The event's full id."""
    text: str
    is_of_year: bool
    """Whether it is a post of the coming year."""
    may_return: bool
    """Whether the next years may say it again, or it is one of theirs."""


def list_said_posts(
    app: App, accounts: Iterable[Account], previews: Iterable[PostPreview], following: date
) -> Iterator[SaidPost]:
    """What is compared of `previews`, a year's posts, and of the three years from `following` on.

    Of accounts that differ only in their network, the one with the least room is looked at: where
    its posts differ, those of the others do.
    """
    chosen = {one.name: one for one in _choose_accounts(accounts)}
    by_account: dict[str, list[PostPreview]] = {name: [] for name in chosen}
    for one in previews:
        if one.post and one.due.is_chosen and one.due.account.name in by_account:
            by_account[one.due.account.name].append(one)
    for name, posts in by_account.items():
        account = chosen[name]
        turning = {id(one) for one in posts if _takes_turns(app, one)}
        for one in posts:
            yield from _say(one, is_of_year=True, may_return=id(one) not in turning)
        subjects = {one.due.anniversary.event for one in posts if id(one) not in turning}
        for due in list_due_in_span(app.calendar, [account], following, RETURN_DAYS):
            if due.is_chosen and due.anniversary.event in subjects:
                yield from _say(preview_due(app, due), is_of_year=False, may_return=True)


def _say(preview: PostPreview, *, is_of_year: bool, may_return: bool) -> Iterator[SaidPost]:
    due, seen = preview.due, preview.due.anniversary
    if preview.post and seen.part == 1:
        place = due.account.name, due.at.timestamp(), due.rank, seen.day.toordinal()
        yield SaidPost(*place, seen.event.full_id, preview.post.text, is_of_year, may_return)


def find_monotony(said: Iterable[SaidPost], events: Iterable[Event]) -> Iterator[Advice]:
    """What returns within three years of a post of the coming year, or begins alike among those."""
    by_account: dict[str, list[SaidPost]] = {}
    for one in sorted(said):
        by_account.setdefault(one.account, []).append(one)
    by_id = {event.full_id: event for event in events} if by_account else {}
    for account, posts in by_account.items():
        yield from _find_alike(_date(one for one in posts if one.is_of_year), account, by_id)
        yield from _find_returning(_date(one for one in posts if one.may_return), account, by_id)


def _date(said: Iterable[SaidPost]) -> list[DatedText]:
    return [DatedText(date.fromordinal(one.day), one.subject, one.text) for one in said]


def _choose_accounts(accounts: Iterable[Account]) -> Iterable[Account]:
    """One account of each kind, that with the least room."""
    tightest: dict[Account, Account] = {}
    for account in sorted(accounts, key=_get_room):
        kind = replace(account, network="", name="", options=(), location=None)
        tightest.setdefault(kind, account)
    return tightest.values()


def _get_room(account: Account) -> int:
    return loader.get_usual_limits(account).length_for(with_picture=False)


def _find_alike(
    posts: Sequence[DatedText], account: str, events: dict[str, Event]
) -> Iterator[Advice]:
    for run in find_alike_beginnings(posts):
        last = run[-1]
        message = (
            f"its post of {last.day} on {account} is one of {len(run)} in a row that begin alike: "
            f"“{last.text[:30]}…”; give it or a neighbour a `lead`"
        )
        yield advise(events[last.subject], AdviceCode.ALIKE, message)


def _find_returning(
    posts: Iterable[DatedText], account: str, events: dict[str, Event]
) -> Iterator[Advice]:
    told: set[str] = set()
    for earlier, again in find_returning_texts(posts):
        if again.subject not in told:
            told.add(again.subject)
            message = (
                f"its post on {account} says on {again.day} what it said on {earlier.day}; "
                "give it `texts` that take turns, or the templates more wordings"
            )
            yield advise(events[again.subject], AdviceCode.RETURNING_TEXT, message)


def _takes_turns(app: App, preview: PostPreview) -> bool:
    """Whether the post tells a text that none of the next years tells; it need not be compared."""
    seen, account = preview.due.anniversary, preview.due.account
    words = choose_localized_text(
        seen.event, account, app.schedule.language, app.templates.has_language
    )
    told = [words.choose_text(seen.count + year) for year in range(RETURN_YEARS + 1)]
    firsts = {split_sentences(one, words.language)[0] for one in told if one}
    own = split_sentences(told[0], words.language)[:1]
    return len(firsts) == len(told) and bool(preview.post and own[0] in preview.post.text)
