"""Which posts of a span of days a change of the schedule, templates or pictures makes different."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.networks import loader
from perihelion.publish.planner import make_delivery_key
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.clock import SystemClock
from perihelion.service.git_revision import EarlierFiles, write_revision
from perihelion.service.post_preview import preview_due
from perihelion.service.wiring import App

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.missions import Event
    from perihelion.service.post_preview import PostPreview


@dataclass(frozen=True, slots=True)
class PostChange:
    """A post before and after the change; one of the two may be None."""

    before: PostPreview | None
    after: PostPreview | None

    @property
    def either(self) -> PostPreview:
        """The post after the change, or else the one before it."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - there is no change without a post
        return found

    @property
    def kind(self) -> str:
        """What the change does to the post."""
        if self.before is None:
            return "added"
        return "altered" if self.after else "removed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The schedule at an earlier revision, and as it is now."""

    before: App
    after: App
    changed: frozenset[Path]
    """The files that differ, as they are called now: absolute paths."""


def read_earlier_events(app: App, revision: str) -> list[Event]:
    """The events of a git revision, as far as they were right. Raises UsageError without one."""
    settings = app.settings
    with tempfile.TemporaryDirectory(prefix="perihelion-") as folder:
        files = write_revision(revision, settings.schedule, settings.templates, Path(folder))
        return list(load_with_mistakes(files.schedule)[0].events)


def open_earlier_app(now: App, files: EarlierFiles) -> App:
    """`now` with the schedule and the templates as they were, as far as they were right."""
    settings = replace(now.settings, schedule=files.schedule, templates=files.templates)
    schedule, _ = load_with_mistakes(files.schedule)
    return App(settings, schedule, SystemClock(), (), (), now.reload_settings)


def find_changed_posts(
    compared: Comparison, network: str | None, first: date, days: int
) -> list[PostChange]:
    """The posts of all accounts of either schedule that differ, by time; cards are not drawn.

    Only what may differ is worded.
    """
    before, after = compared.before, compared.after
    same = _find_same_events(compared)
    old = _list_dues(before, network, first, days)
    new = _list_dues(after, network, first, days)
    changes = []
    for key in dict.fromkeys((*new, *old)):
        was, is_now = old.get(key), new.get(key)
        if was and is_now and was.anniversary.event.full_id in same and _is_same_due(was, is_now):
            continue
        change = PostChange(
            preview_due(before, was) if was else None,
            preview_due(after, is_now) if is_now else None,
        )
        if not _look_the_same(change, compared):
            changes.append(change)
    return sorted(changes, key=lambda one: (one.either.due.at, one.either.key))


def _list_dues(app: App, network: str | None, first: date, days: int) -> dict[str, DueAnniversary]:
    """What is posted, by the delivery's key."""
    accounts = app.schedule.accounts or (app.schedule.local_account,)
    known = loader.usable_networks()
    shown = [one for one in accounts if one.network in ({network} if network else known)]
    return {
        str(make_delivery_key(due)): due
        for due in list_due_in_span(app.calendar, shown, first, days)
        if due.is_chosen and loader.can_post(due)
    }


def find_same_events(before: Iterable[Event], after: Iterable[Event]) -> set[str]:
    """The full ids of the events that are in both and alike, wherever they stand in a file."""
    old = {event.full_id: replace(event, location=None) for event in before}
    return {
        event.full_id for event in after if old.get(event.full_id) == replace(event, location=None)
    }


def find_changed_ids(before: Iterable[Event], after: Sequence[Event]) -> set[str]:
    """The full ids of the events of now that were not there before, or otherwise."""
    return {event.full_id for event in after} - find_same_events(before, after)


def _find_same_events(compared: Comparison) -> set[str]:
    """Those whose words and pictures cannot differ."""
    before, after, changed = compared.before, compared.after, compared.changed
    folder = after.settings.schedule.resolve().parent
    templates = after.settings.templates.resolve()
    if before.schedule.language != after.schedule.language:
        return set()
    if any(one.is_relative_to(templates) for one in changed):
        return set()
    same = find_same_events(before.schedule.events, after.schedule.events)
    return {
        event.full_id
        for event in after.schedule.events
        if event.full_id in same
        and not any(folder / picture.file in changed for picture in event.pictures)
    }


def _is_same_due(old: DueAnniversary, new: DueAnniversary) -> bool:
    """Whether both are posted at one time, by accounts that differ in nothing that shows."""
    seen = replace(old.anniversary, event=new.anniversary.event)
    accounts = [replace(one.account, location=None) for one in (old, new)]
    return old.at == new.at and seen == new.anniversary and accounts[0] == accounts[1]


def _look_the_same(change: PostChange, compared: Comparison) -> bool:
    if change.before is None or change.after is None:
        return False
    old, new = (
        app.settings.schedule.parent.absolute() for app in (compared.before, compared.after)
    )
    return _appearance(change.before, old, frozenset()) == _appearance(
        change.after, new, compared.changed
    )


def _appearance(preview: PostPreview, folder: Path, changed: frozenset[Path]) -> tuple[object, ...]:
    """What a reader sees of a post, and when; a picture by its path below the schedule's folder."""
    post = preview.post
    if post is None:
        return preview.due.at, preview.problem
    pictures = [
        (
            "" if one.is_card else str(Path(one.file).absolute().relative_to(folder)),
            one.alt,
            one.focus,
            bool(one.file) and Path(one.file).resolve() in changed,
        )
        for one in post.pictures
    ]
    return preview.due.at, post.text, post.language, post.link_title, post.moment, pictures
