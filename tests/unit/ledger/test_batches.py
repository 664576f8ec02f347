"""Statements for many rows give the driver exactly what SQLAlchemy itself would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, create_engine, insert, select, update

from perihelion.ledger.batches import Batch
from perihelion.ledger.tables import META, WORKERS, Instant

_BEAT = Batch(
    update(WORKERS)
    .where(WORKERS.c.id == bindparam("worker"))
    .values(version="2", stopped_at=None, beat_at=bindparam("beat", type_=Instant))
)
_AT = datetime(2027, 3, 2, 12, tzinfo=UTC)


def test_a_batch_writes_every_row_with_its_constants_and_instants() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        WORKERS.create(connection)
        row = {"version": "1", "started_at": _AT, "beat_at": _AT, "stopped_at": _AT}
        connection.execute(insert(WORKERS), [{"id": name, **row} for name in ("a", "b", "c")])
        later = _AT.replace(hour=13)
        _BEAT.run(connection, [{"worker": "a", "beat": later}])
        _BEAT.run(connection, iter([{"beat": later, "worker": "c"}]))
        columns = (WORKERS.c.id, WORKERS.c.version, WORKERS.c.beat_at, WORKERS.c.stopped_at)
        found = connection.execute(select(*columns).order_by(WORKERS.c.id)).all()
    engine.dispose()
    assert [tuple(one) for one in found] == [
        ("a", "2", later, None),
        ("b", "1", _AT, _AT),
        ("c", "2", later, None),
    ]


def test_a_row_without_one_of_its_values_is_an_error_and_never_a_null() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        META.create(connection)
        with pytest.raises(KeyError, match="value"):
            Batch(insert(META), ["name", "value"]).run(connection, [{"name": "a"}])
    engine.dispose()


def test_a_batch_refuses_an_instant_without_a_zone() -> None:
    engine = create_engine("sqlite://")
    naive = _AT.replace(tzinfo=None)
    with engine.connect() as connection, pytest.raises(ValueError, match="has no zone"):
        _BEAT.run(connection, [{"worker": "a", "beat": naive}])
    engine.dispose()
