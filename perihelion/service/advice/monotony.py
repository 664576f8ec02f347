"""Advice about posts of one account that read alike: the same words again, or one beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

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
from perihelion.service.advice.finding import advise
from perihelion.service.post_preview import preview_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App


def find_monotony(app: App, previews: Sequence[PostPreview]) -> Iterator[Advice]:
    """What returns within three years of `previews`, a year's posts, or begins alike among them.

    Of accounts that differ only in their network, the one with the least room is looked at: where
    its posts differ, those of the others do.
    """
    by_account: dict[Account, list[PostPreview]] = {}
    for one in previews:
        if one.due.is_chosen and one.post:
            by_account.setdefault(one.due.account, []).append(one)
    events = {event.full_id: event for event in app.schedule.events}
    for account in _choose_accounts(by_account):
        posts = by_account[account]
        yield from _find_alike(posts, account.name, events)
        yield from _find_returning(app, posts, account, events)


def _choose_accounts(by_account: dict[Account, list[PostPreview]]) -> Iterable[Account]:
    """One account of each kind, that with the least room."""
    tightest: dict[Account, Account] = {}
    for account, _posts in sorted(by_account.items(), key=lambda one: one[1][0].limit):
        kind = replace(account, network="", name="", options=(), location=None)
        tightest.setdefault(kind, account)
    return tightest.values()


def _find_alike(
    posts: Iterable[PostPreview], account: str, events: dict[str, Event]
) -> Iterator[Advice]:
    for run in find_alike_beginnings(_list_texts(posts)):
        last = run[-1]
        message = (
            f"its post of {last.day} on {account} is one of {len(run)} in a row that begin alike: "
            f"“{last.text[:30]}…”; give it or a neighbour a `lead`"
        )
        yield advise(events[last.subject], AdviceCode.ALIKE, message)


def _find_returning(
    app: App, posts: Sequence[PostPreview], account: Account, events: dict[str, Event]
) -> Iterator[Advice]:
    may_return = [one for one in posts if not _takes_turns(app, one)]
    subjects = {one.due.anniversary.event for one in may_return}
    next_day = max(one.due.anniversary.day for one in posts) + timedelta(days=1)
    later = [
        preview_due(app, due)
        for due in list_due_in_span(app.calendar, [account], next_day, RETURN_DAYS)
        if due.is_chosen and due.anniversary.event in subjects
    ]
    told: set[str] = set()
    for earlier, again in find_returning_texts(_list_texts([*may_return, *later])):
        if again.subject not in told:
            told.add(again.subject)
            message = (
                f"its post on {account.name} says on {again.day} what it said on {earlier.day}; "
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


def _list_texts(posts: Iterable[PostPreview]) -> list[DatedText]:
    """What the first posts of stories say, by day."""
    return [
        DatedText(seen.day, seen.event.full_id, one.post.text)
        for one in posts
        for seen in (one.due.anniversary,)
        if one.post and seen.part == 1
    ]
