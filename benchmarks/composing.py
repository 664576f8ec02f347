"""What composing costs: a post beside the bare Jinja2 render, X's count beside the library.

`python -m benchmarks.composing`. Read the ratios, not the microseconds. The library
(`twitter-text-parser`) is compared if it is installed.
"""

from __future__ import annotations

import importlib
import json
import statistics
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.compose.composer import compose_post
from perihelion.compose.localized_text import choose_localized_text
from perihelion.compose.sandbox import make_environment
from perihelion.compose.template_context import build_template_context
from perihelion.compose.templates import Templates
from perihelion.compose.text_length import measure_length
from perihelion.compose.twitter_text import weighted_length
from perihelion.model.accounts import Account
from perihelion.model.anniversaries import Anniversary
from perihelion.model.missions import Event, Link, Mission
from perihelion.model.moments import Moment, Precision
from perihelion.model.posts import Counting, Limits
from perihelion.model.sources import Source
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
DUE = datetime(2027, 2, 28, 15, tzinfo=UTC)
HANDOVER = Event(
    mission=Mission("year-in-space", "One-Year Mission", ("NASA",), ("YearInSpace",)),
    id="command-handover",
    moment=Moment(date(2016, 2, 29), datetime(2016, 2, 29, 20, 15, tzinfo=UTC), Precision.MINUTE),
    kind="command",
    title="Scott Kelly hands command of the ISS to Tim Kopra",
    sources=(Source("https://example.org/"),),
    text="The ceremony took place two days before Kelly left the station \u2014 on leap day.",
    links=(Link("https://example.org/2016/02/29/change-of-command"),),
    tags=("ISS",),
)
ANNIVERSARY = Anniversary(HANDOVER, 11, Unit.YEARS, date(2027, 2, 28), moved=True)
NETWORKS = {
    "mastodon": Limits(500, Counting.CODEPOINTS, url_length=23, pictures=0),
    "bluesky": Limits(300, Counting.GRAPHEMES, max_bytes=3000, pictures=0),
    "x": Limits(280, Counting.WEIGHTED, pictures=0),
    "telegram": Limits(4096, Counting.UTF16, pictures=0),
    "threads": Limits(500, Counting.THREADS, pictures=0),
}


"""Without pictures: a card is compared with Pillow."""


def measure_microseconds(work: Callable[[], object], calls: int = 500, rounds: int = 9) -> float:
    """The median over `rounds` of the mean of `calls` calls, in processor time; one warms up."""
    work()
    means = []
    for _ in range(rounds):
        started = time.process_time()
        for _ in range(calls):
            work()
        means.append((time.process_time() - started) / calls * 1e6)
    return statistics.median(means)


def measure_composing() -> dict[str, float]:
    """A post of each network, and Jinja2 alone rendering the same two templates in full."""
    account, templates = Account("local", "local"), Templates(TEMPLATES)
    known = build_template_context(
        ANNIVERSARY, account, choose_localized_text(HANDOVER, account, "en", templates.has_language)
    )
    sandbox = make_environment(TEMPLATES)
    words, command = sandbox.get_template("_words.j2"), sandbox.get_template("default.j2")

    def render_bare() -> str:
        sandbox.start_rendering()
        said = vars(words.make_module(dict(known)))
        return command.render({**known, **said})

    def make_composer(limits: Limits) -> Callable[[], object]:
        return lambda: compose_post(
            ANNIVERSARY,
            account,
            limits,
            templates,
            language="en",
            created_at=DUE,
            draws_cards=False,
        )

    figures = {"bare render": measure_microseconds(render_bare)}
    return figures | {
        name: measure_microseconds(make_composer(limits)) for name, limits in NETWORKS.items()
    }


def measure_counting() -> dict[str, float]:
    """Each way of counting one post, and the library's way for X."""
    account, templates = Account("local", "local"), Templates(TEMPLATES)
    text = compose_post(
        ANNIVERSARY, account, Limits(4096), templates, language="en", created_at=DUE
    ).text
    figures = {
        limits.counting.value: measure_microseconds(
            lambda limits=limits: measure_length(text, limits)
        )  # type: ignore[misc]  # mypy cannot infer a lambda's default
        for limits in NETWORKS.values()
    }
    try:
        parse = importlib.import_module("twitter_text").parse_tweet
    except ImportError:
        return figures
    assert parse(text).weightedLength == weighted_length(text)
    return figures | {"twitter-text-parser": measure_microseconds(lambda: parse(text), calls=20)}


def main() -> None:
    """Print both tables as JSON, with each ratio beside its figure."""
    composed, counted = measure_composing(), measure_counting()
    floor, ours = composed["bare render"], counted["weighted"]
    table = {
        "composing": {
            name: {"us": round(us, 1), "to the bare render": round(us / floor, 2)}
            for name, us in composed.items()
        },
        "counting": {
            name: {"us": round(us, 2), "to our weighted length": round(us / ours, 2)}
            for name, us in counted.items()
        },
    }
    print(json.dumps(table, indent=2))


if __name__ == "__main__":
    main()
