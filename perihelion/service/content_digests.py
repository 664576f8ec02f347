"""Digests that stand for what a result was made of, by content: files, this program, packages."""

from __future__ import annotations

import os
import sys
import zoneinfo
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import perihelion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIGEST_SIZE = 16


def make_digest(*parts: bytes) -> bytes:
    """Of the parts one by one, so that none can pass for the end of another."""
    digest = blake2b(digest_size=DIGEST_SIZE)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def digest_program(*layers: str) -> bytes:
    """This program, or only those packages of it, and what it is built on."""
    package = Path(perihelion.__file__).parent
    found = [one for layer in layers or ("",) for one in sorted((package / layer).rglob("*"))]
    program = read_files(one for one in found if "__pycache__" not in one.parts)
    return make_digest(*program, *(name.encode() for name in _list_dependencies()))


def read_files(files: Iterable[Path]) -> Iterator[bytes]:
    """The path and the bytes of each that is a file. Raises OSError."""
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
