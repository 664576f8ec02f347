"""Sixty posts as followers read them; `python -m tests.golden.posts` writes them anew.

Read the difference aloud before you commit it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perihelion.compose.composer import compose_post
from perihelion.compose.templates import Templates
from perihelion.compose.text_length import measure_against_limit
from perihelion.model.anniversaries import Anniversary
from perihelion.model.units import Unit
from perihelion.networks import loader
from perihelion.schedule.load import load_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event

FOLDER: Final = Path(__file__).resolve().parent
FILE: Final = FOLDER / "posts.txt"
LANGUAGES: Final = ("en", "de", "es")
NETWORKS: Final = ("x", "bluesky", "mastodon", "threads", "telegram", "discord", "nostr", "local")
FIRST_YEAR: Final = 2027
TO_THE_MINUTE: Final = "voyager-1/launch"


def write_posts() -> Iterator[str]:
    """Each event in each language, on one network after another and in one year after another."""
    schedule = load_schedule(FOLDER / "schedule.yaml")
    templates = Templates(FOLDER.parents[1] / "templates")
    number = 0
    for event in schedule.events:
        for language in LANGUAGES:
            network = NETWORKS[number % len(NETWORKS)]
            year = FIRST_YEAR + number % 4
            account = replace(
                schedule.local_account, network=network, name=network, language=language
            )
            limits = loader.load_spec(network).limits_for(account)
            seen = _recall(event, year)
            at = seen.instant or datetime.combine(seen.day, time(15), UTC)
            post = compose_post(seen, account, limits, templates, language="en", created_at=at)
            count, limit = measure_against_limit(post.text, limits, with_picture=False)
            yield f"#### {event.full_id} · {network} · {post.language} · {at:%Y-%m-%d %H:%M} UTC"
            yield f"#### {count} of {limit}\n\n{post.text}\n"
            number += 1


def _recall(event: Event, year: int) -> Anniversary:
    day = event.moment.day
    moved = (day.month, day.day) == (2, 29) and year % 4 > 0
    observed = date(year, 2, 28) if moved else day.replace(year=year)
    instant = event.moment.instant if event.full_id == TO_THE_MINUTE else None
    at = instant and instant.replace(year=year)
    return Anniversary(event, year - day.year, Unit.YEARS, observed, at, moved)


if __name__ == "__main__":
    FILE.write_text("\n".join(write_posts()), "utf-8")
