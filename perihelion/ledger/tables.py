"""The ledger's tables, and how instants are kept in them. Alembic's revisions create them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    literal_column,
    text,
)

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement, Dialect
    from sqlalchemy.types import TypeEngine

    from perihelion.model.deliveries import State


class Instant(TypeDecorator[datetime]):
    """A UTC instant: native with a zone in PostgreSQL, ISO 8601 text that sorts in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text of a fixed width where the database has no type for an instant."""
        return dialect.type_descriptor(
            String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver takes text or a datetime
        """Refuse naive values: a ledger that guesses a zone posts on the wrong day."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the ledger keeps instants, and {value} has no zone")
        if dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as above
        """Always UTC, whatever zone the connection speaks."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        moment: datetime = value
        return moment.astimezone(UTC)


METADATA = MetaData()

META = Table(
    "meta",
    METADATA,
    Column("name", String(400), primary_key=True),
    Column("value", Text, nullable=False),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("name", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("known_since", Instant, nullable=False),
    Column("planned_until", Instant),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("holder", String(120)),
    Column("lease_until", Instant),
    Column("paused_at", Instant),
    Column("resume_at", Instant),
    Column("broken", Boolean, nullable=False, server_default=false()),
    Column("reason", Text, nullable=False, server_default=""),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("key", String(300), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("network", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("day", Date, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("late_until", Instant, nullable=False),
    Column("ready_at", Instant, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("post", Text),
    Column("text_hash", String(64)),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("absences", Integer, nullable=False, server_default=text("0")),
    Column("doubt", Boolean, nullable=False, server_default=false()),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("holder", String(120)),
    Column("first_tried_at", Instant),
    Column("receipt_id", Text),
    Column("url", Text),
    Column("updated_at", Instant, nullable=False),
    Column("thread", String(300), nullable=False, server_default=""),
)

OPEN_CONDITION = text("state IN ('due', 'waiting', 'unknown')")
"""The condition of the partial index below; a query must say it the same way to use the index."""
Index(
    "deliveries_open",
    DELIVERIES.c.account,
    DELIVERIES.c.ready_at,
    DELIVERIES.c.rank,
    DELIVERIES.c.key,
    sqlite_where=OPEN_CONDITION,
    postgresql_where=OPEN_CONDITION,
)


def is_in_state(*states: State) -> ColumnElement[bool]:
    """Whether a delivery is in one of `states`.

    They stand in the statement itself: a database that is given them as parameters cannot know
    that hardly any delivery is in them, and reads the whole table instead of an index.
    """
    return DELIVERIES.c.state.in_([literal_column(f"'{one}'") for one in sorted(set(states))])


_SENDING_CONDITION = text("state = 'sending'")
Index(
    "deliveries_one_in_flight",
    DELIVERIES.c.account,
    unique=True,
    sqlite_where=_SENDING_CONDITION,
    postgresql_where=_SENDING_CONDITION,
)
Index("deliveries_state", DELIVERIES.c.state, DELIVERIES.c.due_at)
Index("deliveries_due", DELIVERIES.c.due_at)
Index("deliveries_day", DELIVERIES.c.day)
Index("deliveries_text", DELIVERIES.c.account, DELIVERIES.c.text_hash)
Index("deliveries_promised", DELIVERIES.c.account, DELIVERIES.c.promised_on)

HISTORY = Table(
    "history",
    METADATA,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("key", String(300), nullable=False),
    Column("at", Instant, nullable=False),
    Column("worker", String(120), nullable=False),
    Column("from_state", String(10)),
    Column("to_state", String(10), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)
Index("history_key", HISTORY.c.key)

PICTURES = Table(
    "pictures",
    METADATA,
    Column("key", String(300), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("data", Text, nullable=False),
)
"""The cards of deliveries that are not settled yet, in base64."""

PAUSES = Table(
    "pauses",
    METADATA,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("account", String(80)),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("delivery", String(300), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("means", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("before_text", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ready_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("absences", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("receipt_id", Text),
    Column("url", Text),
)

SIGN_OFFS = Table(
    "sign_offs",
    METADATA,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("key", String(300), nullable=False),
    Column("at", Instant, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("person", String(200), nullable=False),
    Column("words", String(64), nullable=False),
)
Index("sign_offs_key", SIGN_OFFS.c.key)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String(120), primary_key=True),
    Column("version", String(40), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("accounts", Text, nullable=False, server_default=""),
)
Index("workers_beat", WORKERS.c.beat_at)

MEMORY = Table(
    "memory",
    METADATA,
    Column("account", String(80), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)
