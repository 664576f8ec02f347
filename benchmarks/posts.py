"""How posts read: every event on eight networks in three languages for ten years.

`python -m benchmarks.posts [--all] [--write]`. Without `--all` every fifth event is looked at.
`--write` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rig.machine_load import require_quiet_machine
from perihelion.compose.composer import compose_post
from perihelion.compose.localized_text import choose_localized_text
from perihelion.compose.repetition import (
    DatedText,
    find_alike_beginnings,
    find_returning_texts,
)
from perihelion.compose.sentences import names_subject, split_sentences
from perihelion.compose.templates import Templates
from perihelion.compose.text_length import measure_against_limit
from perihelion.model.anniversaries import Anniversary
from perihelion.model.cards import CardChoice
from perihelion.model.errors import CompositionError
from perihelion.model.units import Unit
from perihelion.networks import loader
from perihelion.schedule.load import load_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event, Schedule
    from perihelion.model.posts import Limits, Post

ROOT = Path(__file__).resolve().parents[1]
NETWORKS = ("x", "bluesky", "mastodon", "threads", "telegram", "discord", "nostr", "local")
LANGUAGES = ("en", "de", "es")
FIRST_YEAR, YEARS = 2027, 10
BEGINNING = 60
"""How much of a post stands in the preview of a notification, in characters."""

GREAT, ROUND = 3, 25
"""From which importance on, and for which numbers of years, a post has a card."""
STORIED = 4
"""From which importance on an event must keep its story everywhere."""


@dataclass
class Tally:
    """What was seen of one account's posts."""

    posts: int = 0
    refused: int = 0
    unfilled: int = 0
    named: int = 0
    without_story: int = 0
    in_language: int = 0
    pictured: int = 0
    without_picture: int = 0
    without_alt: int = 0
    shares: list[float] = field(default_factory=list)
    texts: list[DatedText] = field(default_factory=list)

    def add(self, seen: Anniversary, post: Post, limits: Limits, account: Account) -> None:
        """Take one post into account."""
        event, day = seen.event, seen.day
        mission = event.mission
        names = (mission.name, mission.name_in(account.language), *mission.tags)
        people = _list_people(event)
        count, limit = measure_against_limit(post.text, limits, with_picture=bool(post.pictures))
        beginning = post.text[:BEGINNING]
        self.posts += 1
        self.unfilled += any(mark in post.text for mark in ("{", "}", "\x1c", "\x1f"))
        self.named += any(names_subject(beginning, name, people) for name in names)
        self.in_language += post.language == account.language
        self.pictured += bool(post.pictures)
        self.without_picture += _gets_picture(seen, limits) and not post.pictures
        self.without_alt += not all(one.alt for one in post.pictures)
        self.shares.append(count / limit)
        self.texts.append(DatedText(day, event.full_id, post.text))


def main() -> None:
    """Print the table, or write it into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    require_quiet_machine(writes=options.write)
    schedule = load_schedule(ROOT / "schedule.yaml")
    events = schedule.events if options.all else schedule.events[::5]
    lines = list(format_table(tally_posts(schedule, events), len(events)))
    print("\n".join(lines))
    if options.write:
        write_table(ROOT / "docs" / "benchmarks.md", lines)


def tally_posts(schedule: Schedule, events: tuple[Event, ...]) -> dict[tuple[str, str], Tally]:
    """What each network says in each language."""
    templates = Templates(ROOT / "templates")
    tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for network in NETWORKS:
        for language in LANGUAGES:
            account = replace(
                schedule.local_account, network=network, name=network, language=language
            )
            limits = loader.load_spec(network).limits_for(account)
            tally = tallies[network, language]
            for day, seen in _list_anniversaries(events):
                _compose(seen, day, account, limits, templates, tally)
    return dict(tallies)


def _compose(  # noqa: PLR0913, PLR0917 - a post depends on all of these
    seen: Anniversary,
    day: date,
    account: Account,
    limits: Limits,
    templates: Templates,
    tally: Tally,
) -> None:
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    try:
        post = compose_post(
            seen, account, limits, templates, language="en", created_at=at, draws_cards=False
        )
    except CompositionError:
        tally.posts += 1
        tally.refused += 1
        return
    tally.add(seen, post, limits, account)
    if seen.event.importance >= STORIED:
        words = choose_localized_text(seen.event, account, "en", templates.has_language)
        told = [words.text, *(one.text for one in words.texts), words.short, words.long]
        firsts = [split_sentences(one, words.language)[0] for one in told if one]
        tally.without_story += bool(firsts) and not any(one in post.text for one in firsts)


def _list_anniversaries(events: tuple[Event, ...]) -> Iterator[tuple[date, Anniversary]]:
    """Each event in each year, by day."""
    found = []
    for event in events:
        for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
            count = year - event.moment.day.year
            if count < 1:
                continue
            day, moved = _observe(event.moment.day, year)
            found.append((day, Anniversary(event, count, Unit.YEARS, day, moved=moved)))
    return iter(sorted(found, key=lambda one: (one[0], one[1].event.full_id)))


def _observe(day: date, year: int) -> tuple[date, bool]:
    try:
        return day.replace(year=year), False
    except ValueError:
        return date(year, 3, 1) - timedelta(days=1), True


def _gets_picture(seen: Anniversary, limits: Limits) -> bool:
    """Whether the account's rule, `cards: great`, asks for a picture."""
    event = seen.event
    is_great = event.importance >= GREAT or seen.count % ROUND == 0 or event.speaks_as_memorial
    asked = event.pictures or (event.card is not CardChoice.NONE and (is_great or event.card))
    return bool(asked and limits.pictures and not limits.fetches_pictures)


def _list_people(event: Event) -> tuple[str, ...]:
    translated = (name for _, words in event.translations for name in words.people)
    return (*event.people, *translated)


def format_table(tallies: dict[tuple[str, str], Tally], events: int) -> Iterator[str]:
    """The lines of the table."""
    total = sum(one.posts for one in tallies.values())
    yield f"{events} events, {total:,} posts from {FIRST_YEAR} to {FIRST_YEAR + YEARS - 1}."
    yield ""
    yield (
        "| network | language | posts | in the language | refused | unfilled | named in the first "
        f"{BEGINNING} | share of the limit | words again within 3 years | runs that begin alike "
        f"| importance {STORIED}+ without story | with a picture | lacks one | lacks alt text |"
    )
    yield "|---" * 14 + "|"
    for (network, language), one in tallies.items():
        made = one.posts - one.refused
        again = sum(1 for _ in find_returning_texts(one.texts))
        alike = sum(1 for _ in find_alike_beginnings(one.texts))
        yield (
            f"| {network} | {language} | {one.posts} | {one.in_language / made:.0%} "
            f"| {one.refused} | {one.unfilled} | {one.named / made:.1%} "
            f"| {statistics.mean(one.shares):.0%} | {again} | {alike} | {one.without_story} "
            f"| {one.pictured / made:.0%} | {one.without_picture} | {one.without_alt} |"
        )


def write_table(page: Path, lines: list[str]) -> None:
    """Put the table between its marks."""
    text = page.read_text("utf-8")
    head, _, rest = text.partition("<!-- posts: begin -->\n")
    _old, _, tail = rest.partition("<!-- posts: end -->")
    table = "\n".join(lines)
    page.write_text(f"{head}<!-- posts: begin -->\n{table}\n<!-- posts: end -->{tail}", "utf-8")


if __name__ == "__main__":
    main()
