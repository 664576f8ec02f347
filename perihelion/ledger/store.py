"""The ledger: what was promised, claimed and sent, in SQLite or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.ledger.claim_recovery import ClaimRecoveryMixin
from perihelion.ledger.clock_set_ahead import ClockSetAheadMixin
from perihelion.ledger.corrections import CorrectionsMixin
from perihelion.ledger.engine import open_engine, write_transaction
from perihelion.ledger.exchange import ExchangeMixin
from perihelion.ledger.late_receipts import LateReceiptsMixin
from perihelion.ledger.listing import ListingMixin
from perihelion.ledger.migrate import migrate_ledger
from perihelion.ledger.pauses import PausesMixin
from perihelion.ledger.pictures import PicturesMixin
from perihelion.ledger.post_corrections import PostCorrectionsMixin
from perihelion.ledger.promises import PromisesMixin
from perihelion.ledger.queries import QueriesMixin
from perihelion.ledger.restored import RestoredMixin
from perihelion.ledger.sent_times import SentTimesMixin
from perihelion.ledger.sign_offs import SignOffsMixin
from perihelion.ledger.stored_values import StoredValuesMixin
from perihelion.ledger.tables import META
from perihelion.ledger.workers import WorkersMixin
from perihelion.ledger.writes import insert_new
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from datetime import datetime


class Ledger(
    QueriesMixin,
    PromisesMixin,
    PostCorrectionsMixin,
    PausesMixin,
    PicturesMixin,
    ExchangeMixin,
    ClaimRecoveryMixin,
    ClockSetAheadMixin,
    CorrectionsMixin,
    LateReceiptsMixin,
    ListingMixin,
    RestoredMixin,
    SentTimesMixin,
    SignOffsMixin,
    StoredValuesMixin,
    WorkersMixin,
):
    """What was promised, claimed and sent. Each method is one transaction.

    Every method raises LedgerUnavailable when the database cannot be used, and every method that
    writes raises LedgerVersionMismatch when it is of another version: then nothing is posted.
    """

    def migrate(self, now: datetime) -> tuple[str | None, str]:
        """Bring the ledger to this program's version; returns (version before, after)."""
        versions = migrate_ledger(self._engine)
        with write_transaction(self._engine) as connection:
            insert_new(connection, META, [{"name": "born_at", "value": now.isoformat()}])
        return versions

    def switch_database(self, url: str) -> None:
        """Use the database at another address from now on: the same ledger, after a failover."""
        engine = open_engine(url)
        if engine.dialect.name != self._engine.dialect.name:
            raise LedgerUnavailable(
                f"the ledger's address changed from {self._engine.dialect.name} to "
                f"{engine.dialect.name}, so it is another ledger: stop every worker first"
            )
        self._engine.dispose()
        self._engine = engine
