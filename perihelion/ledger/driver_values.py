"""Values as a database's driver takes and returns them, without SQLAlchemy in between."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean

from perihelion.ledger.tables import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

    Converter = Callable[[Any], Any]
    Row = Mapping[str, Any]


class ValueLayout:
    """Named values in a fixed order, a few of which the driver knows in another form."""

    def __init__(self, names: Sequence[str], converters: Sequence[Converter | None]) -> None:
        self.names = tuple(names)
        self._pick_values = itemgetter(*self.names) if len(self.names) > 1 else None
        self._converters = [(i, one) for i, one in enumerate(converters) if one is not None]

    def order_values(self, row: Row) -> list[Any]:
        """A row's values in order. Raises KeyError for one that is missing."""
        picked = self._pick_values(row) if self._pick_values else [row[name] for name in self.names]
        return self.convert_values(picked)

    def convert_values(self, values: Iterable[Any]) -> list[Any]:
        """The values, those in another form turned into it."""
        found = list(values)
        for index, converter in self._converters:
            found[index] = converter(found[index])
        return found


def make_bind_converter(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    """What turns a value into a parameter; None where the driver takes it as it is."""
    if isinstance(type_, Instant):  # asked most often by far, and mostly for the same instant
        return lru_cache(256)(lambda value: type_.process_bind_param(value, dialect))
    if isinstance(type_, Boolean):  # both drivers take it as it is
        return None
    return type_.dialect_impl(dialect).bind_processor(dialect)


def make_result_converter(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    """What turns a column into a value; None where the driver returns it as it is."""
    if isinstance(type_, Instant):  # the deliveries of a day share most of theirs
        return lru_cache(256)(lambda value: type_.process_result_value(value, dialect))
    return type_.dialect_impl(dialect).result_processor(dialect, None)


@lru_cache(256)  # the rows of an exchange share most of theirs
def _encode_time(value: object) -> str:
    """An instant or a day in JSON. Raises ValueError for an instant without a zone."""
    if not isinstance(value, date):
        raise TypeError(f"{type(value).__name__} is nothing that a ledger keeps")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"the ledger keeps instants, and {value} has no zone")
    return value.isoformat()


encode_json = json.JSONEncoder(default=_encode_time).encode
