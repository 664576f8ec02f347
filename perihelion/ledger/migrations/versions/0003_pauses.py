"""Pauses: when a person stopped the posting on one account or on all."""

import sqlalchemy as sa
from alembic import op

from perihelion.ledger.tables import Instant

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("account", sa.String(length=80), nullable=True),
        sa.Column("begins_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("pauses")
