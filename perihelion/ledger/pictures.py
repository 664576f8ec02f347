"""The bytes of cards: kept with the post in the claim's own commit, until it is settled.

A platform's disk is gone after a restart, and a card drawn anew by a newer program may differ. Each
delivery has its own copy, so that nothing has to be counted to know when one may be deleted.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, not_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.driver_statements import Batch
from perihelion.ledger.tables import DELIVERIES, PICTURES, is_in_state
from perihelion.model.deliveries import DOUBTFUL_STATES, OPEN_STATES, State

if TYPE_CHECKING:
    from sqlalchemy.sql.dml import UpdateBase

    from perihelion.ledger.driver_statements import Field, Row
    from perihelion.model.deliveries import DeliveryKey
    from perihelion.model.posts import Post

_COLUMNS = ("key", "sha256", "data")
_UNSETTLED = is_in_state(*OPEN_STATES, *DOUBTFUL_STATES, State.SENDING)
_SETTLED_PICTURES = not_(exists().where(DELIVERIES.c.key == PICTURES.c.key, _UNSETTLED))


def _insert_row(field: Field) -> UpdateBase:
    values = {name: field(name, PICTURES.c[name].type) for name in _COLUMNS}
    return sqlite_insert(PICTURES).values(values).on_conflict_do_nothing()


def _insert_all_rows(field: Field) -> UpdateBase:
    values = select(*[field(name, PICTURES.c[name].type) for name in _COLUMNS])
    return postgresql_insert(PICTURES).from_select(_COLUMNS, values).on_conflict_do_nothing()


INSERT_PICTURES = Batch(_insert_row, _insert_all_rows)


def make_picture_rows(key: str, post: Post) -> list[Row]:
    """What to insert for the cards of a new post."""
    return [
        {"key": key, "sha256": one.sha256, "data": b64encode(one.data).decode()}
        for one in post.pictures
        if one.is_card and one.data is not None
    ]


class PicturesMixin(LedgerBase):
    """Reading cards back, and deleting them."""

    def load_cards(self, key: DeliveryKey, post: Post) -> Post:
        """The post with the bytes of its cards, as far as they are kept."""
        if not any(one.is_card for one in post.pictures):
            return post
        query = select(PICTURES.c.sha256, PICTURES.c.data).where(PICTURES.c.key == str(key))
        with self._read() as connection:
            kept = {row.sha256: b64decode(row.data) for row in connection.execute(query)}
        return replace(
            post,
            pictures=tuple(
                replace(one, data=kept.get(one.sha256)) if one.is_card else one
                for one in post.pictures
            ),
        )

    def delete_settled_pictures(self) -> None:
        """Delete the cards whose delivery is settled: nothing will send them any more."""
        there = select(PICTURES.c.key).where(_SETTLED_PICTURES).limit(1)
        with self._read() as connection:
            if connection.execute(there).first() is None:
                return
        with self._write() as connection:
            connection.execute(delete(PICTURES).where(_SETTLED_PICTURES))
