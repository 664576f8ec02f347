"""The ledger of an earlier version, which kept it in the current folder, is not left behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.settings import LEDGER_FILE

if TYPE_CHECKING:
    from perihelion.service.settings import Settings


def require_known_ledger(settings: Settings) -> None:
    """Refuse to start a ledger beside the schedule while the current folder has an older one.

    Before `state` was beside the schedule, it was in the current folder. Raises UsageError.
    """
    old, new = Path("state", LEDGER_FILE), settings.state / LEDGER_FILE
    is_default = settings.database_url.reveal() == f"sqlite:///{new}"
    if is_default and old.exists() and not new.exists():
        raise UsageError(
            f"there is no ledger in {new.parent.absolute()}, but one in {old.parent.absolute()}; "
            "say which of these folders you mean with --state or PERIHELION_STATE"
        )
