"""Advice about what no post will say: events, kinds and languages that nothing takes up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.almanac.ranking import TURN_YEARS
from perihelion.model.advice_codes import AdviceCode
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.service.advice.finding import advise
from perihelion.service.console import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from perihelion.almanac.calendar import Calendar
    from perihelion.compose.templates import Templates
    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event, Schedule, Translation
    from perihelion.service.advice.finding import Advice

NEARLY_A_KIND = 0.8
"""How alike a kind and a template's name are at least when one is a slip of the other."""
COMING_DAYS = TURN_YEARS * 366
"""In so many days each event has had its turn, where the daily cap leaves turns."""


def find_future_events(events: Iterable[Event], today: date) -> Iterator[Advice]:
    """Events that have not happened yet."""
    for event in events:
        if event.moment.day > today:
            message = f"`at` is {event.moment.day}, which is yet to come; is the year right?"
            yield advise(event, AdviceCode.FUTURE, message, "at")


def find_never_posted(
    calendar: Calendar, accounts: Iterable[Account], events: Iterable[Event], today: date
) -> Iterator[Advice]:
    """Events that no account's daily cap lets pass in any of the coming twelve years."""
    observed: set[str] = set()
    posted: set[str] = set()
    # Accounts that differ in nothing that the almanac reads are looked through once.
    alike = {replace(one, network="", name="", options=(), location=None) for one in accounts}
    for account in alike:
        for due in list_due_in_span(calendar, [account], today + timedelta(days=1), COMING_DAYS):
            name = due.anniversary.event.full_id
            observed.add(name)
            if due.is_chosen:
                posted.add(name)
    dropped = observed - posted
    for event in events:
        if event.full_id in dropped:
            message = (
                "no account posts it in the coming twelve years, since its days have better "
                "anniversaries; raise its `importance` or the accounts' `max_per_day`, or remove it"
            )
            yield advise(event, AdviceCode.NEVER_POSTED, message)


def find_unknown_kinds(events: Sequence[Event], templates: Templates) -> Iterator[Advice]:
    """Kinds that no template is named after and that look like a slip.

    Such are those that only one event has, and those that are nearly a template's name.
    """
    known = sorted({*templates.kinds, "event"})
    counts = Counter(event.kind for event in events)
    for event in events:
        if event.kind in known:
            continue
        meant = get_close_matches(event.kind, known, 1, NEARLY_A_KIND)
        if meant or counts[event.kind] == 1:
            advice = f"did you mean `{meant[0]}`?" if meant else "correct it, or add that template"
            message = f"the kind `{event.kind}` has no template templates/{event.kind}.j2; {advice}"
            yield advise(event, AdviceCode.KIND, message, "kind")


def find_incomplete_translations(events: Iterable[Event]) -> Iterator[Advice]:
    """Translations that lack what their event has."""
    for event in events:
        for language, translation in event.translations:
            lacking = ", ".join(_list_lacking(event, translation))
            if lacking:
                message = f"the translation `{language}` lacks {lacking}, so no post uses it"
                yield advise(event, AdviceCode.TRANSLATION, message, "translations")


def find_unspoken_languages(schedule: Schedule, templates: Templates) -> Iterator[Advice]:
    """Languages of translations that have no templates, each told at its first event."""
    seen: dict[str, list[Event]] = {}
    for event in schedule.events:
        for language, _ in event.translations:
            if not templates.has_language(language) and language != schedule.language:
                seen.setdefault(language, []).append(event)
    for language, events in seen.items():
        count = format_count(len(events), "events")
        message = (
            f"there are no templates in `{language}`, so no post uses that translation of {count}; "
            f"add templates/{language}/"
        )
        yield advise(events[0], AdviceCode.LANGUAGE, message)


def find_accounts_without_templates(schedule: Schedule, templates: Templates) -> Iterator[Mistake]:
    """Accounts whose language has no templates."""
    for account in schedule.accounts:
        if account.language != schedule.language and not templates.has_language(account.language):
            message = (
                f"account {account.name}: there are no templates in `{account.language}`, so it "
                f"posts in `{schedule.language}`; add templates/{account.language}/"
            )
            location = account.location or SourceLocation("schedule")
            yield Mistake(location, AdviceCode.LANGUAGE, message)


def _list_lacking(event: Event, translation: Translation) -> Iterator[str]:
    if not translation.title:
        yield "its title"
    if (event.text or event.texts) and not (translation.text or translation.texts):
        yield "its text"
    if len(translation.alts) != len(event.pictures) or not all(translation.alts):
        yield "an alt text for each picture"
