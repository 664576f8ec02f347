"""The schedule as it was at a revision of its git repository. git itself is asked, nothing else."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TEXT_SUFFIXES = frozenset({".j2", ".yaml", ".yml"})
"""Of the files that are taken from a revision, besides the schedule itself."""
_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class EarlierFiles:
    """What a revision had, written into a folder, and what has changed since."""

    schedule: Path
    """Of the same name as now; it does not exist if the revision had none."""
    templates: Path
    changed: frozenset[Path]
    """The files that differ from the revision, as they are called now: absolute paths."""


def write_revision(revision: str, schedule: Path, templates: Path, into: Path) -> EarlierFiles:
    """Write the schedule, what it may include and the templates, as of `revision`, into a folder.

    Templates outside the repository count as they are now. Raises UsageError if git is missing,
    if the schedule is in no repository, or if the revision is not there.
    """
    folder = schedule.absolute().parent
    top = Path(os.fsdecode(_run_git(folder, "rev-parse", "--show-toplevel")).strip())
    commit = _find_commit(folder, revision)
    schedule, templates = schedule.resolve(), templates.resolve()
    names = [
        name
        for name in _list_names(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
        if (top / name).suffix in _TEXT_SUFFIXES or top / name == schedule
    ]
    for name, data in _read_blobs(folder, commit, names):
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    changed = _list_names(folder, "diff", "-z", "--name-only", "--no-relative", commit)
    return EarlierFiles(
        into / schedule.relative_to(top),
        into / templates.relative_to(top) if templates.is_relative_to(top) else templates,
        frozenset(top / name for name in changed),
    )


def _find_commit(folder: Path, revision: str) -> str:
    try:
        found = _run_git(
            folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
        )
    except UsageError:
        raise UsageError(
            f"git knows no revision {revision!r} here; `git log --oneline` lists them, and "
            "`git fetch` gets those of the server (in a GitHub workflow, with `fetch-depth: 0`)"
        ) from None
    return found.decode().split()[-1]


def _list_names(folder: Path, *arguments: str) -> list[str]:
    return [os.fsdecode(name) for name in _run_git(folder, *arguments).split(b"\0") if name]


def _read_blobs(folder: Path, commit: str, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """What the files held, through one process for all of them."""
    wanted = "".join(f"{commit}:{name}\n" for name in names if "\n" not in name)
    output = _run_git(folder, "cat-file", "--batch", stdin=os.fsencode(wanted))
    start = 0
    for name in (name for name in names if "\n" not in name):
        head, _, _ = output[start:].partition(b"\n")
        start += len(head) + 1
        if head.endswith(b" missing"):
            continue
        size = int(head.rsplit(b" ", 1)[1])
        yield name, output[start : start + size]
        start += size + 1


def _run_git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Git's output in that folder. Raises UsageError if it fails or is not installed."""
    # If git itself has started us, its variables name another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; a revision cannot become an option
            command, input=stdin, capture_output=True, check=False, timeout=_TIMEOUT, env=environ
        )
    except FileNotFoundError:
        raise UsageError("--changed asks git, which is not installed; install it") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git could not be run ({error}); try again") from None
    if done.returncode:
        problem = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise UsageError(
            f"{folder} cannot be compared with an earlier revision, as git says: "
            f"{problem or 'nothing'}; call --changed where the schedule is in a git repository"
        )
    return done.stdout
