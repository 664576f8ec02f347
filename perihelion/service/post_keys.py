"""Digests that stand for all that the words of a post depend on, by content."""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from perihelion.model.anniversaries import Anniversary
from perihelion.service.content_digests import digest_program, make_digest, read_files

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits
    from perihelion.service.wiring import App

_list_said = attrgetter(*(one.name for one in fields(Anniversary) if one.name != "event"))
"""All that an anniversary says besides its event."""


class KeyMaker:
    """Keys of posts; `context` stands for all that no single post depends on alone."""

    def __init__(self, context: bytes) -> None:
        self._context = context
        self._events: dict[int, tuple[Event, bytes]] = {}
        self._accounts: dict[tuple[Account, Limits], bytes] = {}

    def make_key(
        self, anniversary: Anniversary, account: Account, limits: Limits, created_at: datetime
    ) -> bytes:
        """The digest of everything that the words of a post depend on."""
        return make_digest(
            self._context,
            self._digest_event(anniversary.event),
            self._digest_account(account, limits),
            repr((_list_said(anniversary), created_at)).encode(),
        )

    def make_templates_key(self) -> bytes:
        """The key of all templates."""
        return make_digest(self._context)

    def _digest_event(self, event: Event) -> bytes:
        known = self._events.get(id(event))
        if known is None:
            plain = replace(
                event,
                location=None,
                pictures=tuple(replace(one, location=None) for one in event.pictures),
                mentions=tuple(replace(one, location=None) for one in event.mentions),
            )
            # Keeping the event keeps its identity.
            known = self._events[id(event)] = event, make_digest(repr(plain).encode())
        return known[1]

    def _digest_account(self, account: Account, limits: Limits) -> bytes:
        known = self._accounts.get((account, limits))
        if known is None:
            plain = replace(account, location=None, key_locations=())
            known = make_digest(repr((plain, limits)).encode())
            self._accounts[account, limits] = known
        return known


def digest_context(app: App) -> bytes:
    """The program, what it is built on, the templates, and where and in what it is written."""
    templates = read_files(sorted(app.settings.templates.rglob("*.j2")))
    return make_digest(digest_program(), *templates, app.schedule.language.encode())
