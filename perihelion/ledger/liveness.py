"""Whether a worker is still there.

On one machine this needs no clock: a worker keeps a file locked as long as its process lives, and
the kernel lets go of it at the moment of a kill. Between machines a lease by the database's clock
decides.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from perihelion.ledger.private_files import PRIVATE_FILE_MODE, make_private_folder
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


KEPT_SECONDS = 86_400
"""How long the lock file of a worker that is gone is kept, by the file's own date: until then it
proves that its claims are abandoned."""

WORKERS_FOLDER = "workers"
"""The folder of the lock files, where the ledger's file is."""


def path_exists(path: Path) -> bool:
    """Whether a file or folder exists. Raises LedgerUnavailable where we may not even look."""
    try:
        return path.exists()
    except OSError as error:
        raise LedgerUnavailable(
            f"{path} cannot be accessed, so nothing is posted: let this program into its folder, "
            f"or set PERIHELION_STATE ({error.strerror})"
        ) from error


class LockFileLiveness:
    """Liveness by locked files in `folder`, for workers that share a disk.

    A worker that is there but stuck is given up after `lease_seconds` by `elapsed` (monotonic
    seconds), which no jump of the wall clock can shorten.
    """

    def __init__(
        self, folder: Path, worker: str, lease_seconds: float, elapsed: Callable[[], float]
    ) -> None:
        self._folder, self._worker = folder, worker
        self._lease, self._elapsed = lease_seconds, elapsed
        self._first_seen: dict[tuple[str, int], float] = {}
        self._own_lock: FileLock | None = None

    def register_worker(self) -> None:
        """Show this worker to the others, before its first claim. Raises LedgerUnavailable."""
        if self._own_lock is not None:
            return
        own = FileLock(self._lock_path(self._worker), mode=PRIVATE_FILE_MODE, thread_local=False)
        try:
            make_private_folder(self._folder)
            own.acquire(timeout=0)
        except OSError as error:
            raise self._make_unwritable_error(error.strerror or str(error)) from error
        self._own_lock = own
        self._delete_old_locks()

    def require_writable(self) -> None:
        """Raise LedgerUnavailable where `enter` could not; nothing is made."""
        effective = os.access in os.supports_effective_ids
        above = (self._folder, *self._folder.absolute().parents)
        nearest = next(folder for folder in above if path_exists(folder))
        if not os.access(nearest, os.W_OK | os.X_OK, effective_ids=effective):
            raise self._make_unwritable_error(f"{nearest} does not let this program write")

    def _make_unwritable_error(self, reason: str) -> LedgerUnavailable:
        return LedgerUnavailable(
            f"the folder {self._folder} cannot be written, so nothing is posted: make it "
            f"writable, or set PERIHELION_STATE ({reason})"
        )

    def unregister_worker(self) -> None:
        """This worker holds nothing any more."""
        if self._own_lock is not None:
            self._own_lock.release()
            self._own_lock = None

    def list_abandoned_accounts(self, rows: Sequence[Any]) -> list[str]:
        """The names of the accounts (rows with name, holder, fence) whose holder is gone."""
        seen = {(row["name"], row["fence"]): self._elapsed() for row in rows}
        self._first_seen = {key: self._first_seen.get(key, at) for key, at in seen.items()}
        return [row["name"] for row in rows if self._is_abandoned(row)]

    def _is_abandoned(self, row: Any) -> bool:  # noqa: ANN401 - a row of accounts
        stuck = self._elapsed() - self._first_seen[row["name"], row["fence"]] >= self._lease
        return stuck or not self._is_alive(row["holder"])

    def _is_alive(self, worker: str) -> bool:
        """Whether it may be. Only a file that is there and unlocked proves that it is not.

        A missing file was deleted by somebody else: a worker leaves its own behind, unlocked.
        """
        path = self._lock_path(worker)
        return worker == self._worker or not path.exists() or not _is_unlocked(path)

    def _delete_old_locks(self) -> None:
        """Delete what workers have left that are long gone."""
        now = self._lock_path(self._worker).stat().st_mtime  # it was made just now
        for path in self._folder.glob("*.lock"):
            with suppress(OSError):  # it was deleted just now
                if now - path.stat().st_mtime > KEPT_SECONDS and _is_unlocked(path):
                    path.unlink()

    def _lock_path(self, worker: str) -> Path:
        return self._folder / f"{worker}.lock"


def list_locked_workers(file: Path) -> set[str]:
    """The workers whose processes live, of the SQLite ledger `file`."""
    locks = (file.parent / WORKERS_FOLDER).glob("*.lock")
    return {path.stem for path in locks if not _is_unlocked(path)}


def _is_unlocked(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0, mode=PRIVATE_FILE_MODE):
            return True
    except OSError:  # it is locked, which is Timeout, or nobody can tell
        return False


class LeaseLiveness:
    """Liveness by leases that the database's own clock measures, for workers anywhere."""

    def register_worker(self) -> None:
        """Nothing to show: every claim carries its lease."""

    def require_writable(self) -> None:
        """Nothing needs any."""

    def unregister_worker(self) -> None:
        """Nothing to take down."""

    def list_abandoned_accounts(self, rows: Sequence[Any]) -> list[str]:
        """The names of the accounts (rows with name, holder, over) whose lease has run out."""
        return [row["name"] for row in rows if row["over"]]
