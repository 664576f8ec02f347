"""Indexes for a ledger of many years: deliveries by state, time and day, and history by key."""

from alembic import op

revision = "0009"
down_revision: str | None = "0008"

_INDEXES = (
    ("deliveries_state", "deliveries", ["state", "due_at"]),
    ("deliveries_due", "deliveries", ["due_at"]),
    ("deliveries_day", "deliveries", ["day"]),
    ("history_key", "history", ["key"]),
)


def upgrade() -> None:
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, table, _columns in _INDEXES:
        op.drop_index(name, table_name=table)
