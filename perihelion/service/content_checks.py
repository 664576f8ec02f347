"""All that `check` looks at, put into one list of mistakes."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.errors import ConfigurationError, TemplateError
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks import loader
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.clock import SystemClock
from perihelion.service.enabled_accounts import resolve_accounts
from perihelion.service.formatting import format_count
from perihelion.service.post_preview import preview_posts
from perihelion.service.settings import collect_settings
from perihelion.service.wiring import App

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.service.enabled_accounts import EnabledAccount
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.settings import Settings

CHECKED_DAYS = 366
"""Days looked at: every day of any year is among them."""

_ACCEPTED_FORMATS = frozenset({"JPEG", "MPO", "PNG"})
"""Pillow's names of the formats that all networks take; MPO is a camera's JPEG."""


def find_mistakes(
    state: Path | None, schedule: Path | None, environ: Mapping[str, str] | None = None
) -> tuple[list[Mistake], str]:
    """Every mistake, in order of place, and a phrase that says what was looked at."""
    environ = os.environ if environ is None else environ
    settings, mistakes = collect_settings(environ, state, schedule)
    app, more = _open_app(settings, environ)
    mistakes += more
    mistakes += [m for connected in app.enabled_accounts for m in _check_account(connected, app)]
    mistakes += app.templates.find_mistakes()
    mistakes += [m for event in app.schedule.events for m in _check_pictures(event, app)]
    posts = _preview_year(app)
    mistakes += [_make_mistake(one, one.error) for one in posts if one.error]
    events = format_count(len(app.schedule.events), "events")
    found = f"{events}, {format_count(len(posts), 'posts')} of the coming year"
    return sorted(set(mistakes)), found


def _open_app(settings: Settings, environ: Mapping[str, str]) -> tuple[App, list[Mistake]]:
    """The app as far as it can be opened, and what stands in its way."""
    schedule, mistakes = load_with_mistakes(settings.schedule)
    on, off, wrong = resolve_accounts(schedule, environ)
    return App(settings, schedule, SystemClock(), on, off, lambda: settings), mistakes + wrong


def _check_account(enabled: EnabledAccount, app: App) -> tuple[Mistake, ...]:
    """What of an account's variables cannot be right; no server is asked."""
    try:
        app.connect_account(enabled)
    except ConfigurationError as error:
        return error.mistakes
    return ()


def _preview_year(app: App) -> list[PostPreview]:
    """Every post of the coming year, for every account and on every network."""
    first = app.clock.now().date()
    return list(preview_posts(app, _list_accounts(app), first, CHECKED_DAYS, ignore_daily_cap=True))


def _make_mistake(one: PostPreview, error: Exception) -> Mistake:
    if isinstance(error, TemplateError):
        place = SourceLocation(error.template, error.line, 1 if error.line else 0)
        return Mistake(place, "template", error.problem)
    return Mistake(_locate_event(one.due.anniversary.event), "post", str(error))


def _list_accounts(app: App) -> Iterator[Account]:
    """The accounts of the schedule, and one for each network that has none there."""
    known = loader.usable_networks()
    configured = [a for a in app.schedule.accounts if a.network in known]
    yield from configured
    for name in known:
        if not any(account.network == name for account in configured):
            yield replace(app.schedule.local_account, network=name, name=name)


def _check_pictures(event: Event, app: App) -> Iterator[Mistake]:
    """What is wrong with an event's picture files, on any network."""
    for place, picture in enumerate(event.pictures):
        file = app.settings.schedule.parent / picture.file
        for problem in _find_file_problems(file, place, app):
            mark = picture.location or _locate_event(event)
            yield Mistake(mark, "picture", f"{event.full_id}: {problem}")


def _find_file_problems(file: Path, place: int, app: App) -> Iterator[str]:
    """What is wrong with a file, where `place` pictures of its post come before it."""
    try:
        size = file.stat().st_size
        here = file.is_file()
    except OSError:  # no such file, or a folder that may not be read, or too long a name
        here = False
    if not here:
        yield f"there is no picture {file}"
        return
    problem = _find_format_problem(file)
    if problem:
        yield f"{file} {problem}"
    every = [
        (one.network, loader.load_spec(one.network).limits_for(one)) for one in _list_accounts(app)
    ]
    for network, limits in dict.fromkeys(every):
        if limits.pictures > place and size > limits.picture_bytes:
            yield f"{file} has {size} bytes, and {network} takes {limits.picture_bytes}; shrink it"


def _find_format_problem(file: Path) -> str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - heavy, and few look at pictures

    try:
        with Image.open(file) as image:
            image.load()
            kind = image.format or ""
    except UnidentifiedImageError:
        return "is no picture; save it as JPEG or PNG"
    except Exception as error:  # noqa: BLE001 - a broken file makes Pillow raise almost anything
        return f"cannot be read: {error}; save it anew"
    if kind in _ACCEPTED_FORMATS:
        return ""
    return f"is a picture that not every network takes ({kind}); save it as JPEG or PNG"


def _locate_event(event: Event) -> SourceLocation:
    return event.location or SourceLocation("schedule")
