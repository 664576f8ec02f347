"""All that `check` looks at, put into one list of mistakes."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError, TemplateFault
from perihelion.model.marks import Mark, Mistake
from perihelion.networks import loader
from perihelion.schedule.load import survey
from perihelion.service.clock import SystemClock
from perihelion.service.foresee import foresee
from perihelion.service.settings import read_settings
from perihelion.service.wiring import App, sort_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.foresee import Foreseen
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
    mistakes += [m for event in app.schedule.events for m in _picture(event, app)]
    posts = _posts(app)
    mistakes += [_mistake(one, one.error) for one in posts if one.error]
    found = f"{len(app.schedule.events)} events, {len(posts)} posts of the coming year"
    return sorted(set(mistakes)), found


def _open(settings: Settings, environ: Mapping[str, str]) -> tuple[App, list[Mistake]]:
    """The app as far as it can be opened, and what stands in its way."""
    schedule, mistakes = survey(settings.schedule)
    on, off, wrong = sort_accounts(schedule, environ)
    return App(settings, schedule, SystemClock(), on, off, lambda: settings), mistakes + wrong


def _posts(app: App) -> list[Foreseen]:
    """Every post of the coming year, for every account and on every network."""
    first = app.clock.now().date()
    return list(foresee(app, _every_account(app), first, YEAR, all_ranks=True))


def _mistake(one: Foreseen, error: Exception) -> Mistake:
    if isinstance(error, TemplateFault):
        place = Mark(error.template, error.line, 1 if error.line else 0)
        return Mistake(place, "template", error.problem)
    due = one.due
    return Mistake(_mark(due.anniversary.event), "post", f"on {due.account.network}: {error}")


def _every_account(app: App) -> Iterator[Account]:
    """The accounts of the schedule, and one for each network that has none there."""
    known = loader.names()
    configured = [a for a in app.schedule.accounts if a.network in known]
    yield from configured
    for name in known:
        if not any(account.network == name for account in configured):
            yield replace(app.schedule.local, network=name, name=name)


def _picture(event: Event, app: App) -> Iterator[Mistake]:
    """What is wrong with an event's picture file, on the networks of the schedule's accounts."""
    if event.picture is None:
        return
    file = app.settings.schedule.parent / event.picture.file
    if not file.is_file():
        yield Mistake(_mark(event), "picture", f"{event.name}: there is no picture {file}")
        return
    problem = _unreadable(file)
    if problem:
        yield Mistake(_mark(event), "picture", f"{event.name}: {file} {problem}")
    size = file.stat().st_size
    for network in {account.network for account in _every_account(app)}:
        limits = loader.spec(network).limits
        if limits.pictures and size > limits.picture_bytes:
            takes = f"{network} takes {limits.picture_bytes}"
            text = f"{event.name}: {file} has {size} bytes, and {takes}; shrink it"
            yield Mistake(_mark(event), "picture", text)


def _unreadable(file: Path) -> str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - heavy, and few look at pictures

    try:
        with Image.open(file) as image:
            image.load()
    except UnidentifiedImageError:
        return "is no picture; save it as JPEG or PNG"
    except Exception as error:  # noqa: BLE001 - a broken file makes Pillow raise almost anything
        return f"cannot be read: {error}; save it anew"
    return ""


def _mark(event: Event) -> Mark:
    return event.mark or Mark("schedule")
