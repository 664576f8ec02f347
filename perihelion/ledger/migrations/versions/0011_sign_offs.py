"""Sign-off: who approved the words of a post, and who withdrew that."""

import sqlalchemy as sa
from alembic import op

from perihelion.ledger.tables import Instant

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    op.create_table(
        "sign_offs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
    )
    op.create_index("sign_offs_key", "sign_offs", ["key"])


def downgrade() -> None:
    op.drop_table("sign_offs")
