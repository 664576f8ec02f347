"""A mission that does not exist yet: its id, and the file that it is written into."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from perihelion.schedule.json_schema import INCLUDED_SCHEMA_FILE
from perihelion.schedule.matching_files import list_matching_files, matches_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perihelion.model.missions import Schedule


def find_id_problem(schedule: Schedule, mission: str) -> str:
    """Why no new mission can have this id; "" if one can."""
    known = next((one for one in schedule.missions if one.id == mission), None)
    return f"{mission} exists already: {known.name}; choose another id" if known else ""


def list_mission_files(schedule: Path, include: Sequence[str]) -> list[str]:
    """The files that have missions, relative to the schedule's folder."""
    folder = schedule.parent
    files = {file for one in include for file in list_matching_files(one, folder)}
    return sorted(file.relative_to(folder).as_posix() for file in files) or [schedule.name]


def suggest_file(schedule: Path, include: Sequence[str], mission: str) -> str:
    """A new file in the folder of the first, if `include` would match it; else one that exists."""
    files = list_mission_files(schedule, include)
    own = PurePosixPath(files[0]).with_name(f"{mission}.yaml").as_posix()
    right = (one for one in (own, *files) if not find_file_problem(schedule, include, one))
    return next(right, files[0])


def find_file_problem(schedule: Path, include: Sequence[str], name: str) -> str:
    """Why a mission cannot be written into the file `name`, and what to do; "" if it can."""
    if not include and name != schedule.name:
        return f"{schedule.name} includes no other file; give {schedule.name} itself"
    matches = any(matches_pattern(one, name) for one in include)
    if include and not (matches and name.isprintable()):
        patterns = " or ".join(include)
        return f"`include` in {schedule.name} does not match {name!r}; give a file like {patterns}"
    return _find_write_problem(schedule.parent / name)


def _find_write_problem(file: Path) -> str:
    folder = file.resolve().parent
    if not folder.is_dir():
        return f"there is no folder {folder}; create it first, or choose another file"
    try:
        there = [one for one in (folder, file) if one.exists()]
    except OSError as error:  # a name that is too long
        return f"{file}: {error.strerror}; choose another file"
    for one in there:
        if not os.access(one, os.W_OK):
            return f"{one} cannot be written; correct its permissions, or choose another file"
    return ""


def make_file_header(schedule: Path, name: str) -> str:
    """How a new file with missions begins: with its schema for editors, if there is one."""
    head = "missions:\n"
    if not (schedule.parent / INCLUDED_SCHEMA_FILE).exists():
        return head
    up = "../" * name.count("/") or "./"
    return f"# yaml-language-server: $schema={up}{INCLUDED_SCHEMA_FILE}\n\n{head}"
