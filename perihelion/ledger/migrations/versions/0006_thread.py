"""In which thread of its account a delivery is posted: a replay is one thread."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    column = sa.Column("thread", sa.String(length=300), server_default="", nullable=False)
    op.add_column("deliveries", column)


def downgrade() -> None:
    op.drop_column("deliveries", "thread")
