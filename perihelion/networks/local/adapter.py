"""The built-in network: posts become lines of `timeline.jsonl` in the state folder.

It needs no account and no server, and never makes a duplicate: a line is added under a lock, only
if no line has its token yet, and is on disk before `publish` returns.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from perihelion.model.errors import NotSent, OutcomeUnknown
from perihelion.model.posts import Media, Post, Receipt
from perihelion.networks.base import (
    Context,
    Dedupe,
    DedupeMethod,
    Identity,
    PublishedPost,
    require_lease,
)
from perihelion.networks.local.spec import LIMITS
from perihelion.networks.shared.json_values import get_object, get_text, parse_json
from perihelion.networks.shared.media import require_fit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

LOCK_SECONDS = 10
"""How long to wait for another process that is writing."""
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
"""For the owner alone, as all that is in the state folder."""


class Local:
    """The local timeline, as one account sees it. Values: none."""

    name = "local"
    limits = LIMITS
    dedupe = Dedupe(DedupeMethod.KEYED)

    def __init__(self, context: Context) -> None:
        self._account = context.account.name
        self._now = context.now
        self.path = Path(context.state_folder) / "timeline.jsonl"
        self._cards = self.path.parent / "cards"
        self._lock = FileLock(
            f"{self.path}.lock", timeout=LOCK_SECONDS, mode=_FILE_MODE, poll_interval=0.01
        )
        self._token_index = _TokenIndex()

    def check(self) -> Identity:
        """Check that the folder is writable, without writing."""
        folder = self.path.parent
        nearest = next(f for f in (folder, *folder.absolute().parents) if _path_exists(f))
        target = self.path if _path_exists(self.path) else nearest
        if not (os.access(nearest, os.W_OK | os.X_OK) and os.access(target, os.W_OK)):
            raise NotSent(f"{self.path} cannot be written; make its folder writable")
        return Identity(self._account, self.path.absolute().as_uri())

    def publish(self, post: Post, token: str) -> Receipt:
        """Add the post's line, unless there is one with this token."""
        require_fit(post, LIMITS)
        with self._open_for_writing() as file:
            _repair_last_line(file)
            self._token_index.read_new_lines(file)
            receipt = self._token_index.receipts.get(token)
            if receipt is None:
                receipt = Receipt(token, f"{self.path.absolute().as_uri()}#{token}")
                line = self._make_line(post, token, receipt)
                self._save_cards(post)
                require_lease()
                _append_line(file, json.dumps(line, ensure_ascii=False).encode() + b"\n")
            return receipt

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - the token is enough
        """The receipt of the line with this token."""
        return next(
            (_make_receipt(line) for line in self._read_lines() if line.get("token") == token), None
        )

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """This account's lines since `since`, newest first."""
        mine = (line for line in self._read_lines() if line.get("account") == self._account)
        found = [one for one in map(_parse_post, mine) if one and one.posted_at >= since]
        return tuple(reversed(found))

    def not_before(self) -> None:
        """A file has no rate limit."""

    def _make_line(self, post: Post, token: str, receipt: Receipt) -> dict[str, Any]:
        parts = post.key.split(":")
        return {
            "key": post.key,
            "event": parts[1] if len(parts) > 1 else "",
            "account": self._account,
            "text": post.text,
            "language": post.language,
            "posted_at": self._now().isoformat().replace("+00:00", "Z"),
            "picture": self._locate(post.picture) if post.picture else None,
            "alt": post.picture.alt if post.picture else None,
            "pictures": [{"file": self._locate(one), "alt": one.alt} for one in post.pictures],
            "reply_to": post.reply_to,
            "id": receipt.id,
            "url": receipt.url,
            "token": token,
        }

    def _locate(self, picture: Media) -> str:
        """A picture's file; a card gets one of its own, in a folder next to the timeline."""
        return str(self._cards / picture.name) if picture.is_card else picture.file

    def _save_cards(self, post: Post) -> None:
        for picture in post.pictures:
            if picture.is_card and picture.data is not None:
                self._cards.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
                file = self._cards / picture.name
                file.touch(_FILE_MODE)
                file.write_bytes(picture.data)

    @contextmanager
    def _open_for_writing(self) -> Iterator[FileIO]:
        """The file, open and locked. Raises NotSent for every failure before a line is written."""
        try:
            self.path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
            with self._lock, _open_file(self.path) as file:
                yield file
        except Timeout as error:
            raise NotSent(f"{self.path} has been locked for {LOCK_SECONDS} seconds") from error
        except OSError as error:
            raise NotSent(f"{self.path} cannot be written: {error.strerror or error}") from error

    def _read_lines(self) -> Iterator[dict[str, Any]]:
        try:
            with self.path.open("rb") as file:
                yield from filter(None, (get_object(parse_json(raw)) for raw in file))
        except FileNotFoundError:
            return
        except OSError as error:
            raise NotSent(f"{self.path} cannot be read: {error.strerror or error}") from error


def _path_exists(path: Path) -> bool:
    """Whether it exists, as far as this program has access."""
    try:
        return path.exists()
    except OSError:
        return False


class _TokenIndex:
    """The tokens in the file, up to where it has been read."""

    def __init__(self) -> None:
        self.receipts: dict[str, Receipt] = {}
        self._offset = 0
        self._file = (0, 0)

    def read_new_lines(self, file: FileIO) -> None:
        """Read what was added, or everything if the file is another one or has shrunk."""
        stat = os.fstat(file.fileno())
        if (stat.st_dev, stat.st_ino) != self._file or stat.st_size < self._offset:
            self.receipts, self._offset = {}, 0
            self._file = (stat.st_dev, stat.st_ino)
        file.seek(self._offset)
        for raw in file.read().split(b"\n"):
            line = get_object(parse_json(raw))
            if token := get_text(line, "token"):
                self.receipts[token] = _make_receipt(line)
        self._offset = file.tell()


def _open_file(path: Path) -> FileIO:
    """The file, for reading and appending; the name of a new one is on disk before its content."""
    new = not path.exists()
    path.touch(_FILE_MODE)
    file = path.open("a+b", buffering=0)
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file


def _repair_last_line(file: FileIO) -> None:
    """Complete or remove a last line whose writer was killed while writing it."""
    size = file.seek(0, os.SEEK_END)
    tail, start = b"", size
    while start and b"\n" not in tail:
        start = max(0, start - 65536)
        file.seek(start)
        tail = file.read(size - start)
    torn = tail[tail.rfind(b"\n") + 1 :]
    if get_object(parse_json(torn)):
        file.write(b"\n")
    elif torn:
        file.truncate(size - len(torn))


def _append_line(file: FileIO, line: bytes) -> None:
    """Write one whole line to the disk, or leave the file unchanged."""
    size = file.seek(0, os.SEEK_END)
    try:
        written = 0
        while written < len(line):
            written += file.write(line[written:])
        os.fsync(file.fileno())
    except OSError as error:
        _undo_append(file, size, error)
        raise


def _undo_append(file: FileIO, size: int, error: OSError) -> None:
    try:
        file.truncate(size)
    except OSError:
        raise OutcomeUnknown(f"a line was written in part: {error}") from error


def _make_receipt(line: dict[str, Any]) -> Receipt:
    return Receipt(str(line.get("id") or line["token"]), line.get("url"))


def _parse_post(line: dict[str, Any]) -> PublishedPost | None:
    """The line as a post; None if somebody has made it unreadable."""
    try:
        posted_at = datetime.fromisoformat(line["posted_at"]).astimezone(UTC)
        return PublishedPost(_make_receipt(line), line["text"], posted_at, line.get("token"))
    except (KeyError, TypeError, ValueError):
        return None
