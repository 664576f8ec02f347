"""Workers by their last heartbeat: those that are long gone are forgotten."""

from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.create_index("workers_beat", "workers", ["beat_at"], unique=False)


def downgrade() -> None:
    op.drop_index("workers_beat", table_name="workers")
