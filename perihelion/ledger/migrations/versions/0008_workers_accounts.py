"""Which accounts each worker posts for, so that any process notices a day without posts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    op.add_column("workers", sa.Column("accounts", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("workers", "accounts")
