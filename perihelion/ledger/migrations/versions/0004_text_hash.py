"""What a post says, but for its numbers: so that the same is not said twice under two keys."""

import json

import sqlalchemy as sa
from alembic import op

from perihelion.model.posts import hash_text

revision = "0004"
down_revision: str | None = "0003"

_DELIVERIES = sa.table("deliveries", sa.column("key"), sa.column("post"), sa.column("text_hash"))


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("text_hash", sa.String(length=64), nullable=True))
    op.create_index("deliveries_text", "deliveries", ["account", "text_hash"], unique=False)
    connection = op.get_bind()
    posts = connection.execute(
        sa.select(_DELIVERIES.c.key, _DELIVERIES.c.post).where(_DELIVERIES.c.post.is_not(None))
    ).all()
    for row in posts:
        connection.execute(
            sa.update(_DELIVERIES)
            .where(_DELIVERIES.c.key == row.key)
            .values(text_hash=hash_text(json.loads(row.post)["text"]))
        )


def downgrade() -> None:
    op.drop_index("deliveries_text", table_name="deliveries")
    op.drop_column("deliveries", "text_hash")
