"""Files in the user's cache folder, which may be deleted at any time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perihelion.service.content_digests import DIGEST_SIZE, make_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHERS_MAY_WRITE = 0o022


def find_cache_file(
    name: str, suffix: str, schedule: Path, environ: Mapping[str, str]
) -> Path | None:
    """The file called `name` of one schedule; None if `environ` names no cache folder."""
    home = environ.get("XDG_CACHE_HOME") or (environ.get("HOME") and f"{environ['HOME']}/.cache")
    if not home:
        return None
    digest = make_digest(os.fsencode(schedule.absolute())).hex()
    return Path(home) / "perihelion" / f"{name}-{digest}.{suffix}"


@dataclass(frozen=True, slots=True)
class CacheFile:
    """Bytes that are read back whole or not at all. Without a usable file there are none."""

    path: Path | None

    def read(self) -> bytes:
        """What was kept; empty if that is nothing, damaged, or writable for another user."""
        if self.path is None:
            return b""
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                sealed = file.read() if _is_own(found) else b""
        except OSError:
            return b""
        content = sealed[DIGEST_SIZE:]
        return content if sealed[:DIGEST_SIZE] == make_digest(content) else b""

    def write(self, content: bytes) -> None:
        """Keep `content` instead of what was kept; a failure loses only time."""
        from tempfile import NamedTemporaryFile  # noqa: PLC0415 - most only read

        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with NamedTemporaryFile(dir=self.path.parent, delete=False) as file:
                new = Path(file.name)
                file.write(make_digest(content) + content)
            new.replace(self.path)
        except OSError:
            return


NO_CACHE: Final = CacheFile(None)
"""Keeps nothing."""


def _is_own(found: os.stat_result) -> bool:
    """Whether the file is ours alone to write; Windows keeps a user's folders to that user."""
    if os.name == "nt":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE
