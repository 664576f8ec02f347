"""What `check` has worded before, so that only what changed is worded anew.

A file in the user's cache folder that may be deleted at any time. An entry counts only for the
very same program, dependencies, templates, event, account, limits and instant: all of them are in
its key, by content.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perihelion.model.posts import Media, Post
from perihelion.service.cache_folder import find_cache_file
from perihelion.service.content_digests import make_digest
from perihelion.service.post_keys import KeyMaker, digest_context
from perihelion.service.wiring import App

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.posts import Limits
    from perihelion.model.source_location import Mistake

_TABLES = (
    "CREATE TABLE IF NOT EXISTS wordings (key BLOB PRIMARY KEY, text TEXT, pictured INT)",
    "CREATE TABLE IF NOT EXISTS days (number INTEGER PRIMARY KEY, key BLOB, found TEXT, seal BLOB)",
)
_SOME_PICTURE = (Media("", ""),)


class WordingCache:
    """The texts of one schedule's posts by their keys. Without a usable file it holds nothing."""

    def __init__(self, file: Path | None) -> None:
        self._connection = _open(file) if file else None
        self._used: set[bytes] = set()
        self._new: dict[bytes, tuple[str, bool]] = {}
        self._new_days: dict[int, tuple[bytes, str]] = {}
        self.is_partly_asked = False
        """Whether texts may be needed again although nobody has asked for them."""

    def find(self, key: bytes) -> tuple[str, bool] | None:
        """A post's text, and whether it has a picture; None for a key that is not there."""
        self._used.add(key)
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                "SELECT text, pictured FROM wordings WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.Error:
            return None
        return (str(row[0]), bool(row[1])) if row else None

    def add(self, key: bytes, text: str, *, has_picture: bool) -> None:
        """Keep a text under its key, once `close` is called."""
        self._new[key] = text, has_picture

    def read_days(self, keys: Mapping[int, bytes]) -> dict[int, str]:
        """What was kept of each day whose key is the same."""
        if self._connection is None:
            return {}
        try:
            rows = self._connection.execute("SELECT number, key, found, seal FROM days").fetchall()
        except sqlite3.Error:
            return {}
        return {
            number: found
            for number, key, found, seal in rows
            if key == keys.get(number) and seal == make_digest(key, str(found).encode())
        }

    def keep_days(self, days: Mapping[int, tuple[bytes, str]]) -> None:
        """Keep what was found of days, with their keys, once `close` is called."""
        self._new_days.update(days)

    def close(self) -> None:
        """Write what is new, and delete what was not asked for; a failure loses only time."""
        if self._connection is None:
            return
        try:
            with self._connection:
                self._write(self._connection)
        except sqlite3.Error:
            pass
        finally:
            self._connection.close()

    def _write(self, connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?)",
            (
                (number, key, found, make_digest(key, found.encode()))
                for number, (key, found) in self._new_days.items()
            ),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO wordings VALUES (?, ?, ?)",
            ((key, *said) for key, said in self._new.items()),
        )
        if not self.is_partly_asked:
            self._delete_unused(connection)

    def _delete_unused(self, connection: sqlite3.Connection) -> None:
        (kept,) = connection.execute("SELECT count(*) FROM wordings").fetchone()
        if kept != len(self._used):
            connection.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY)")
            connection.executemany("INSERT INTO used VALUES (?)", ((key,) for key in self._used))
            connection.execute("DELETE FROM wordings WHERE key NOT IN (SELECT key FROM used)")


@dataclass(frozen=True)
class CachingApp(App):
    """Words a post that it has in its cache no second time.

    Such a post has only its text, and a picture without anything in it if it has any: what `check`
    looks at.
    """

    cache: WordingCache = field(default_factory=lambda: WordingCache(None))
    keys: KeyMaker = field(default_factory=lambda: KeyMaker(b""))

    def find_template_mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with the templates; those that were right before are so still."""
        key = self.keys.make_templates_key()
        if self.cache.find(key):
            return ()
        mistakes = self.templates.find_mistakes()
        if not mistakes:
            self.cache.add(key, "", has_picture=False)
        return mistakes

    def compose_post(
        self,
        anniversary: Anniversary,
        account: Account,
        limits: Limits,
        created_at: datetime,
        *,
        draws_cards: bool = True,
    ) -> Post:
        """As for any App. Raises CompositionError, which is not kept."""
        key = self.keys.make_key(anniversary, account, limits, created_at)
        found = None if draws_cards else self.cache.find(key)
        if found:
            text, has_picture = found
            return Post(text, "", "", pictures=_SOME_PICTURE if has_picture else ())
        post = super().compose_post(
            anniversary, account, limits, created_at, draws_cards=draws_cards
        )
        if not draws_cards:
            self.cache.add(key, post.text, has_picture=bool(post.pictures))
        return post


def add_cache(app: App, environ: Mapping[str, str]) -> CachingApp:
    """`app` with the cache of its schedule, in the user's cache folder if `environ` names one."""
    file = find_cache_file("check", "sqlite3", app.settings.schedule, environ)
    context = digest_context(app) if file else b""
    return CachingApp(
        app.settings,
        app.schedule,
        app.clock,
        app.enabled_accounts,
        app.disabled_accounts,
        app.reload_settings,
        cache=WordingCache(file),
        keys=KeyMaker(context),
    )


def _open(file: Path) -> sqlite3.Connection | None:
    """The file, made anew if it is damaged; None where none can be made."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return _connect(file)
        except sqlite3.OperationalError:
            return None  # locked by another check, or not writable
        except sqlite3.DatabaseError:
            file.unlink()
            return _connect(file)
    except (OSError, sqlite3.Error):
        return None


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=0)
    try:
        for table in _TABLES:
            connection.execute(table)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
