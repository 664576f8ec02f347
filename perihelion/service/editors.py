"""The person's own editor, at a line of a file."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.source_location import SourceLocation

_USUAL = ("sensible-editor", "nano", "vi", "notepad")
_WAITING = {
    "code": ("--wait", "--goto"),
    "codium": ("--wait", "--goto"),
    "subl": ("--wait",),
    "zed": ("--wait",),
    "hx": (),
    "helix": (),
}
"""The editors that take `file:line`, and what makes them wait until the file is closed."""


def make_command(location: SourceLocation, environ: Mapping[str, str]) -> list[str]:
    """The call of $VISUAL, else $EDITOR, else of what is usually there. Raises UsageError."""
    chosen = (
        environ.get("VISUAL") or environ.get("EDITOR") or next(filter(shutil.which, _USUAL), "")
    )
    try:
        program = shlex.split(chosen, posix=os.name == "posix")
    except ValueError as error:
        raise UsageError(f"$VISUAL or $EDITOR cannot be read: {error}") from None
    if not program:
        raise UsageError("there is no editor; name yours in $EDITOR, such as EDITOR=nano")
    name = Path(program[0]).stem
    if name in _WAITING:
        place = [f"{location.file}:{location.line}"]
        return [*program, *(one for one in _WAITING[name] if one not in program), *place]
    line = [] if name == "notepad" else [f"+{location.line}"]
    return [*program, *line, location.file]


def open_editor(location: SourceLocation, environ: Mapping[str, str]) -> None:
    """Open the file at its line, and wait until it is closed. Raises UsageError."""
    command = make_command(location, environ)
    try:
        status = subprocess.run(command, check=False).returncode  # noqa: S603 - the person's own editor
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}; set $EDITOR") from None
    if status:
        raise UsageError(f"{command[0]} has ended with {status}; nothing was checked")
