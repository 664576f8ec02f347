"""All that `check` looks at, put into one list of mistakes."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError
from perihelion.model.marks import Mark, Mistake
from perihelion.model.missions import Schedule
from perihelion.networks import loader
from perihelion.schedule.load import load
from perihelion.service.clock import SystemClock
from perihelion.service.foresee import foresee
from perihelion.service.settings import read_settings
from perihelion.service.wiring import App, sort_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.model.missions import Event
    from perihelion.service.settings import Settings

YEAR = 366
"""Days looked at: every day of any year is among them."""


def find_mistakes(
    state: Path | None, schedule: Path | None, environ: Mapping[str, str] | None = None
) -> tuple[list[Mistake], str]:
    """Every mistake, in order of place, and a phrase that says what was looked at."""
    environ = os.environ if environ is None else environ
    try:
        settings = read_settings(environ, state=state, schedule=schedule)
    except ConfigurationError as error:
        return list(error.mistakes), ""
    app, mistakes = _open(settings, environ)
    mistakes += app.templates.mistakes()
    posts = 0
    if not any(mistake.code == "template" for mistake in mistakes):
        posts, wrong = _posts(app)
        mistakes += wrong
    mistakes += [m for event in app.schedule.events for m in _picture(event, settings)]
    found = f"{len(app.schedule.events)} events, {posts} posts of the coming year"
    return sorted(set(mistakes)), found


def _open(settings: Settings, environ: Mapping[str, str]) -> tuple[App, list[Mistake]]:
    """The app as far as it can be opened, and what stands in its way."""
    mistakes: list[Mistake] = []
    schedule = Schedule((), (), (), local=Account("local", "local"))
    try:
        schedule = load(settings.schedule)
    except ConfigurationError as error:
        mistakes += error.mistakes
    on, off, wrong = sort_accounts(schedule, environ)
    return App(settings, schedule, SystemClock(), on, off), mistakes + wrong


def _posts(app: App) -> tuple[int, list[Mistake]]:
    """Compose every post of the coming year for every account, and on every built-in network."""
    mistakes: list[Mistake] = []
    count = 0
    first = app.clock.now().date()
    for one in foresee(app, _every_account(app), first, YEAR, all_ranks=True):
        count += 1
        if one.post is None:
            event = one.due.anniversary.event
            mark = event.mark or Mark(str(app.settings.schedule))
            mistakes.append(Mistake(mark, "post", f"on {one.due.account.network}: {one.problem}"))
    return count, mistakes


def _every_account(app: App) -> Iterator[Account]:
    known = loader.names()
    configured = [a for a in app.schedule.accounts if a.network in known]
    yield from configured
    for name in known:
        if not any(account.network == name for account in configured):
            yield replace(app.schedule.local, network=name, name=name)


def _picture(event: Event, settings: Settings) -> Iterator[Mistake]:
    if event.picture is None:
        return
    file = settings.schedule.parent / event.picture.file
    mark = event.mark or Mark(str(settings.schedule))
    if not file.is_file():
        yield Mistake(mark, "picture", f"{event.name}: there is no picture {file}")
