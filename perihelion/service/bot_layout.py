"""The files of a bot of one's own: what `init` lays out, and where each comes from."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.schedule.json_schema import (
    INCLUDED_SCHEMA_FILE,
    SCHEMA_FILE,
    build_included_json_schema,
    build_json_schema,
    render_json_schema,
)
from perihelion.service.own_origin import find_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STARTER = Path(__file__).parent / "starter"
TEMPLATES = STARTER / "templates"
"""The templates, in the wheel. A clone has them at its top."""

_FOR_ANY_SUBJECT = re.compile(r"^(?:_.*|default|replay)\.j2$")
"""The templates that suit any subject; the others are for kinds of events in space."""
_FOLLOW_TAG = re.compile(r'(?<=set follow_tag = )"#\w+"')
_NAMED = 4
"""How many files that are in the way are named."""
_REQUIREMENTS = """\
# What `pip install -r requirements.txt` installs: Perihelion, from where this folder was laid out.
# An address that begins with file: is one of that machine; elsewhere, write where Perihelion is.
"""


def list_files() -> dict[str, bytes]:
    """The path of each file in the new folder, and what is in it."""
    texts = {
        "requirements.txt": f"{_REQUIREMENTS}{find_requirement()}\n",
        ".python-version": f"{sys.version_info.major}.{sys.version_info.minor}\n",
        SCHEMA_FILE: render_json_schema(build_json_schema()),
        INCLUDED_SCHEMA_FILE: render_json_schema(build_included_json_schema()),
    }
    files = dict(_read_files(STARTER)) | {name: one.encode() for name, one in texts.items()}
    return dict(sorted((files | dict(_read_templates())).items()))


def _read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in folder.rglob("*"):
        name = file.relative_to(folder)
        if file.is_file() and not {"templates", "__pycache__"} & set(name.parts):
            yield name.as_posix(), file.read_bytes()


def _read_templates() -> Iterator[tuple[str, bytes]]:
    """The templates for any subject, without the tag that those who follow spaceflight read."""
    in_wheel = (TEMPLATES / "default.j2").is_file()
    folder = TEMPLATES if in_wheel else Path(__file__).parents[2] / "templates"
    for file in folder.rglob("*.j2"):
        if _FOR_ANY_SUBJECT.match(file.name):
            text = _FOLLOW_TAG.sub('""', file.read_text("utf-8"))
            yield f"templates/{file.relative_to(folder).as_posix()}", text.encode()


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` into `folder`, which is made if need be. Nothing there is ever overwritten.

    Raises UsageError if one of them is there already, before any is written, or if `folder` cannot
    be written.
    """
    there = [name for name in files if os.path.lexists(folder / name)]
    if there:
        named = ", ".join(there[:_NAMED]) + (", ..." if len(there) > _NAMED else "")
        raise UsageError(
            f"{folder.absolute()} already has {named}; nothing was written. "
            "Move that away, or choose another folder"
        )
    try:
        for name, data in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}") from None
