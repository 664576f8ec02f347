"""The schedule as it was read before: files that have not changed are not read as YAML again.

What was read counts only for the very same program, packages and files, by content. Mistakes are
not kept.
"""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import fields, is_dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.schedule.garbage_collection import garbage_collection_paused
from perihelion.schedule.matching_files import expand_pattern
from perihelion.service.cache_folder import CacheFile, find_cache_file
from perihelion.service.content_digests import digest_program, make_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from perihelion.model.missions import Schedule

_LAYERS = ("schedule", "model")
"""The packages that read a schedule; they import no others. This module decides how it is kept."""


def load_cached_schedule(path: Path, environ: Mapping[str, str]) -> Schedule:
    """As `perihelion.schedule.load.load_schedule`, from the user's cache folder where it can be."""
    file = CacheFile(find_cache_file("schedule", "pickle", path, environ))
    key, _, rest = file.read().partition(b"\n")
    patterns, _, pickled = rest.partition(b"\n")
    if key and key == _make_key(path, json.loads(patterns)):
        return _unpickle(pickled)
    from perihelion.schedule.load import load_schedule  # noqa: PLC0415 - YAML is slow to import

    contents: dict[Path, bytes] = {}

    def read(one: Path) -> bytes:
        return contents.setdefault(one, one.read_bytes())

    schedule = load_schedule(path, read)
    if file.path is not None:
        key = _make_key(path, schedule.include, contents.__getitem__)
        patterns = json.dumps(schedule.include).encode()
        file.write(b"\n".join((key, patterns, _pickle(schedule))) if key else b"")
    return schedule


class _Pickler(pickle.Pickler):
    """Has dataclasses made anew from their fields: restoring their slots takes twice as long."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - as pickle's own types say
        if not is_dataclass(value) or isinstance(value, type):
            return NotImplemented
        return type(value), tuple(getattr(value, one.name) for one in fields(value))


def _pickle(schedule: Schedule) -> bytes:
    pickled = BytesIO()
    _Pickler(pickled).dump(schedule)
    return pickled.getvalue()


def _unpickle(pickled: bytes) -> Schedule:
    with garbage_collection_paused():
        schedule: Schedule = pickle.loads(pickled)  # noqa: S301 - only we can have written the file
    return schedule


def _make_key(
    path: Path, patterns: Iterable[str], read: Callable[[Path], bytes] | None = None
) -> bytes:
    """The digest of all that reading depends on; empty if a file cannot be read.

    `read` gives the bytes that a file had; by default, those that it has.
    """
    try:
        said = list(_list_said(path, patterns, read or _read_file))
    except (OSError, KeyError):
        return b""
    return make_digest(digest_program(*_LAYERS), _read_file(Path(__file__)), *said).hex().encode()


def _list_said(
    path: Path, patterns: Iterable[str], read: Callable[[Path], bytes]
) -> Iterator[bytes]:
    """The names and bytes of the schedule and of all that its patterns match."""
    yield os.fsencode(path)
    yield read(path)
    for pattern in patterns:
        yield pattern.encode()
        for one in sorted(expand_pattern(pattern, path.parent)):
            yield os.fsencode(one)
            yield b"" if one.is_dir() else read(one)


def _read_file(path: Path) -> bytes:
    return path.read_bytes()
