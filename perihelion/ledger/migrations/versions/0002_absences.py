"""How often a delivery was looked up in vain: a repeat happens once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    column = sa.Column("absences", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("deliveries", column)


def downgrade() -> None:
    op.drop_column("deliveries", "absences")
