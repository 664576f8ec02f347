"""Writing an event into its file in one step, and taking the last one out again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from perihelion.service.new_event_text import Insertion

_RECORD = "added.json"
"""In the state folder: what `add` has written, the last one last."""


def replace_text(file: Path, text: str) -> None:
    """Save `text` in `file`, whole or not at all; where it is a link, in what that leads to.

    Raises UsageError if that is not possible.
    """
    target = file.resolve()
    try:
        _replace_file(target, text)
    except OSError as error:
        raise UsageError(f"cannot write into {target.parent}: {error.strerror}") from None


def _replace_file(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_text(file: Path) -> str:
    """A file as it is, with its own line breaks."""
    return file.read_bytes().decode("utf-8")


def write_addition(state: Path, file: Path, event: str, insertion: Insertion) -> None:
    """Save the file with the event in it, and keep how to undo that."""
    replace_text(file, insertion.text)
    known = _read_record(state)
    entry = {"event": event, "file": str(file.resolve()), "block": insertion.block}
    _write_record(state, [*known, entry])


def undo_addition(state: Path) -> tuple[str, str]:
    """Take out what was added last: the event and its file. Raises UsageError if it cannot."""
    known = _read_record(state)
    if not known:
        raise UsageError("there is nothing to undo: `add` has written no event from here")
    event, file, block = (known[-1][name] for name in ("event", "file", "block"))
    try:
        text = read_text(Path(file))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    if text.count(block) != 1:
        raise UsageError(
            f"{event} was changed in {file} since it was added; `python bot.py edit {event}` "
            "opens it, so that you can take it out"
        )
    replace_text(Path(file), text.replace(block, ""))
    _write_record(state, known[:-1])
    return event, file


def _read_record(state: Path) -> list[dict[str, str]]:
    with suppress(OSError, ValueError):
        found: list[dict[str, str]] = json.loads((state / _RECORD).read_text(encoding="utf-8"))
        return found
    return []


def _write_record(state: Path, known: list[dict[str, str]]) -> None:
    """A folder that cannot be written only means that there is no undoing."""
    with suppress(OSError):
        if known:
            state.mkdir(parents=True, exist_ok=True)
            (state / _RECORD).write_text(json.dumps(known, indent=1), encoding="utf-8")
        else:
            (state / _RECORD).unlink()
