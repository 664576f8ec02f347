"""Corrections of published posts: the intent before the request, and what came of it."""

import sqlalchemy as sa
from alembic import op

from perihelion.ledger.tables import Instant

revision = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("delivery", sa.String(length=300), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("before_text", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("absences", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.PrimaryKeyConstraint("delivery", "number"),
    )


def downgrade() -> None:
    op.drop_table("corrections")
