"""A .env file, as shells, honcho and platforms read it: NAME=value, quoted where necessary."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
_VARIABLE_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE_ESCAPE = re.compile(r"\\[nt]")
"""Honcho turns these into a line break or a tab, even within quotes."""


def format_line(name: str, value: str) -> str:
    """`NAME=value`, for a shell and for honcho alike. Raises UsageError, without the value."""
    if not _VARIABLE_NAME.fullmatch(name):
        raise UsageError(f"{name} is not a valid variable name; give the account another name")
    if _UNSAFE_ESCAPE.search(value) or not value.isprintable():
        raise UsageError(f"{name} holds characters that a .env file cannot; set it another way")
    return f"{name}={shlex.quote(value)}"


def merge_values(text: str, values: Mapping[str, str], removed: Collection[str] = ()) -> str:
    """`text` with each of `values` in place of its old line, or at the end; otherwise unchanged.

    Lines that set one of `removed` are dropped. Raises UsageError for a quote that never closes,
    since nobody can say where its value ends.
    """
    left = dict(values)
    kept: list[str] = []
    for entry in _split_entries(text):
        found = _ASSIGNMENT.match(entry)
        name = found[1] if found else ""
        if name in left:
            kept.append(format_line(name, left.pop(name)) + "\n")
        elif name not in values and name not in removed:
            kept.append(entry)
    if kept and not kept[-1].endswith("\n"):
        kept[-1] += "\n"
    return "".join([*kept, *(format_line(name, value) + "\n" for name, value in left.items())])


def _split_entries(text: str) -> Iterator[str]:
    """The lines; those that one quote spans come as one."""
    entry, first = "", 1
    for number, one in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), 1):
        first = first if entry else number
        entry += one
        try:
            shlex.split(entry, comments=True)
        except ValueError:
            continue
        yield entry
        entry = ""
    if entry:
        raise UsageError(f"line {first} opens a quote that is never closed; close it first")


def write_values(path: Path, values: Mapping[str, str], removed: Collection[str] = ()) -> None:
    """Merge `values` into the file, all or nothing; only its owner can ever read it.

    Raises UsageError as `require_safe_target` does, and if the file cannot be written.
    """
    require_safe_target(path)
    target = path.resolve()
    try:
        _replace_file(target, merge_values(_read_text(target), values, removed))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; name another file") from error


def _read_text(target: Path) -> str:
    return target.read_bytes().decode("utf-8") if target.exists() else ""


def _replace_file(target: Path, text: str) -> None:
    """Put a new file in the target's place; mkstemp creates it with mode 600."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def require_safe_target(path: Path) -> None:
    """Raise UsageError unless secrets can safely be merged into the file.

    It must be a regular UTF-8 file, or none yet, and readable, writable and not tracked by git.
    """
    target = path.resolve()
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise UsageError(f"{path} is not a regular file; name another")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(
            f"the folder {target.parent} is missing or not writable; name another file"
        )
    if any(
        _run_git(one, "ls-files", "--error-unmatch", "--", one.name) == 0 for one in {path, target}
    ):
        raise UsageError(
            f"git tracks {path} and would publish the secrets; name another file, or run "
            f"`git rm --cached {shlex.quote(str(path))}` and add it to .gitignore"
        )
    try:
        merge_values(_read_text(target), {})
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8 first") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name another file") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def is_exposed(path: Path) -> bool:
    """Whether the file is in a git repository that does not ignore it."""
    target = path.resolve()
    inside = any((folder / ".git").exists() for folder in target.parents)
    return inside and _run_git(target, "check-ignore", "--quiet", "--", target.name) != 0


def _run_git(path: Path, *arguments: str) -> int:
    """The exit status of git in the file's folder; 128, git's own, if git is not installed."""
    command = ["git", "-C", str(path.parent), *arguments]
    # If git itself has started us, its variables name another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(  # noqa: S603 - no shell; the arguments are ours
            command, capture_output=True, check=False, timeout=20, env=environ
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return 128
