"""Writing an event into its file in one step, and taking the last one out again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.drafts.draft_file import MISSIONS_KEY

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from perihelion.service.new_event_text import Insertion
    from perihelion.service.wiring import App

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
        _copy_mode(target, Path(name))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _copy_mode(target: Path, new: Path) -> None:
    """The permissions of `target`; if it is not there yet, those of any new file."""
    try:
        shutil.copymode(target, new)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)


def read_text(file: Path) -> str:
    """A file as it is, with its own line breaks."""
    return file.read_bytes().decode("utf-8")


def write_addition(state: Path, file: Path, event: str, insertion: Insertion) -> None:
    """Save the file with the event in it, and keep how to undo that."""
    replace_text(file, insertion.text)
    known = _read_record(state)
    entry = {"event": event, "file": str(file.resolve()), "block": insertion.block}
    entry["instead"] = insertion.instead
    _write_record(state, [*known, entry])


def undo_addition(app: App) -> tuple[str, Path]:
    """Take out what was added last: the event and its file, which goes if nothing else is in it.

    Raises UsageError if it cannot.
    """
    state = app.settings.state
    known = _read_record(state)
    if not known:
        raise UsageError("there is nothing to undo: `add` has written no event from here")
    event, file, block = known[-1]["event"], Path(known[-1]["file"]), known[-1]["block"]
    try:
        text = read_text(file)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    rest = text.replace(block, known[-1].get("instead", ""))
    if text.count(block) != 1 or not _lacks_only(app, event, file, rest):
        raise UsageError(
            f"{event} or what follows it was changed in {file} since it was added; "
            f"`python bot.py edit {event}` opens it, so that you can take it out"
        )
    if rest:
        replace_text(file, rest)
    else:
        _remove(file)
    _write_record(state, known[:-1])
    return event, file


def _lacks_only(app: App, event: str, file: Path, rest: str) -> bool:
    """Whether the schedule is right and lacks nothing but the event if `rest` is all of `file`.

    What was written below the event since may need its lines.
    """
    text = rest or f"{MISSIONS_KEY}: []"
    schedule, mistakes = load_with_mistakes(
        app.settings.schedule,
        lambda path: text.encode() if path.resolve() == file else path.read_bytes(),
    )
    others = [one for one in app.schedule.events if one.full_id != event]
    return not mistakes and list(map(_forget_place, schedule.events)) == list(
        map(_forget_place, others)
    )


def _forget_place(event: Event) -> Event:
    """The event without its line, and without milestones, which other events may take over."""
    return replace(event, location=None, milestones=())


def _remove(file: Path) -> None:
    try:
        file.unlink()
    except OSError as error:
        raise UsageError(f"cannot remove {file}: {error.strerror}") from None


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
