"""Made-up anniversaries, one for every turn a template may take: what `check` renders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from perihelion.compose.localized_text import LocalizedText
from perihelion.compose.template_context import build_template_context
from perihelion.model.accounts import Account
from perihelion.model.anniversaries import Anniversary, DayCount
from perihelion.model.missions import Event, Link, Mention, Mission, Place
from perihelion.model.moments import CountMode, Moment, Precision
from perihelion.model.sources import Source
from perihelion.model.units import MILESTONE_UNITS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TO_THE_MINUTE = Moment(
    date(2016, 2, 29), datetime(2016, 2, 29, 20, 15, tzinfo=UTC), Precision.MINUTE
)
_EVERY_UNIT = "default"
LATE_COUNT = 12
"""The samples with this count leave a day late."""
_TO_THE_DAY = Moment(date(2016, 2, 29), None, Precision.DAY)


def generate_sample_contexts(kind: str, language: str) -> Iterator[Mapping[str, object]]:
    """Facts with everything and with nothing; to the minute and to the day; moved and not.

    Units are said by the words of a language, which all templates share, so that one template is
    tried with all of them in the singular as well, and the others with each unit once.
    """
    full = Event(
        mission=Mission("sample", "Sample Mission", ("NASA", "ESA"), ("Space",)),
        id="sample",
        moment=_TO_THE_MINUTE,
        kind=kind,
        title="A sample event happens",
        sources=(Source("https://example.org/"),),
        people=("Ada Example", "Ben Example"),
        links=(Link("https://example.org/"),),
        tags=("Sample",),
        mentions=(Mention("local", ("@sample",)),),
        place=Place("Tokyo", "Asia/Tokyo"),
    )
    bare = Event(Mission("sample", "Sample"), "bare", _TO_THE_DAY, kind, "A sample happens", ())
    told = LocalizedText(language, full.title, "It happened.", people=full.people)
    led = replace(told, lead="Ada Example made it happen {ago}.")
    plain = LocalizedText(language, bare.title, "")
    for event, words, credit in ((full, told, "NASA"), (full, led, "NASA"), (bare, plain, "")):
        for anniversary in (
            *_generate_anniversaries(event),
            *(_generate_milestones(event, every=kind == _EVERY_UNIT) if words is not led else ()),
            *_generate_replays_or_uncounted(event),
        ):
            at_the_minute = bool(words.lead) and anniversary.count == 1
            said = replace(words, now=words.text) if anniversary.is_replay else words
            account = Account("local", "local")
            yield build_template_context(
                anniversary,
                account,
                said,
                credit,
                at_the_minute=at_the_minute,
                days_late=int(anniversary.count == LATE_COUNT),
            )


def _generate_anniversaries(event: Event) -> Iterator[Anniversary]:
    for count, moved in ((1, False), (11, True), (12, False)):
        day = date(2016 + count, 2, 28 if count % 4 else 29)
        yield Anniversary(event, count, Unit.YEARS, day, moved=moved)


def _generate_milestones(event: Event, *, every: bool) -> Iterator[Anniversary]:
    """A milestone in each other unit in the thousands, and for `every` in the singular too.

    A bare event has them for `every` only.
    """
    if not (every or event.text or event.people):
        return
    for unit in MILESTONE_UNITS:
        for count in (1, 10_000) if every else (10_000,):
            yield Anniversary(event, count, unit, date(2027, 3, 4))


def _generate_replays_or_uncounted(event: Event) -> Iterator[Anniversary]:
    """For the template of replays: with the day of the mission, and without.

    For all others, a day that is observed without a count, as no replay is.
    """
    if event.kind != "replay":
        uncounted = replace(event, count=CountMode.NONE)
        yield Anniversary(uncounted, 11, Unit.YEARS, date(2027, 4, 12))
        return
    for counted in (DayCount(137, 340), None):
        yield Anniversary(event, 12, Unit.REPLAY_YEARS, date(2028, 2, 29), day_count=counted)
