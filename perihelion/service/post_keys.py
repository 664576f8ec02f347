"""Digests that stand for all that the words of a post depend on, by content."""

from __future__ import annotations

import os
import sys
import zoneinfo
from dataclasses import fields, replace
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import perihelion
from perihelion.model.anniversaries import Anniversary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits
    from perihelion.service.wiring import App

_DIGEST_SIZE = 16
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
    package = Path(perihelion.__file__).parent
    program = (one for one in sorted(package.rglob("*")) if "__pycache__" not in one.parts)
    templates = sorted(app.settings.templates.rglob("*.j2"))
    return make_digest(
        *_read_files((*program, *templates)),
        *(name.encode() for name in _list_dependencies()),
        app.schedule.language.encode(),
    )


def _read_files(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        if file.is_file():
            yield os.fsencode(file)
            yield file.read_bytes()


def _list_dependencies() -> Iterator[str]:
    """Python, every installed package with its version, and the state of the time zones."""
    yield sys.version
    for folder in sorted({Path(one) for one in sys.path if one}):
        if folder.is_dir():
            yield from sorted(one.name for one in folder.glob("*.dist-info"))
    for folder in map(Path, zoneinfo.TZPATH):
        if folder.is_dir():
            yield f"{folder} {folder.stat().st_mtime_ns}"


def make_digest(*parts: bytes) -> bytes:
    """Of the parts one by one, so that none can pass for the end of another."""
    digest = blake2b(digest_size=_DIGEST_SIZE)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
