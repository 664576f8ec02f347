"""Statements that run for many rows at once, at the price of the driver's own `executemany`.

SQLAlchemy works out the parameters of each row anew; five such statements make a claim and its
result, and that was a sixth of a delivery's cost. Here it is asked only once per database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import BindParameter, Connection, Dialect
    from sqlalchemy.sql.dml import UpdateBase

    Row = Mapping[str, Any]


class _Parameter(NamedTuple):
    name: str
    to_driver: Callable[[Any], Any] | None
    fixed: bool
    value: object

    def of(self, row: Row) -> object:
        value = self.value if self.fixed else row[self.name]
        return value if self.to_driver is None else self.to_driver(value)


class Plan(NamedTuple):
    """A statement as one driver takes it, and in which order if it takes no names."""

    text: str
    parameters: tuple[_Parameter, ...]
    positional: bool

    def values(self, row: Row) -> tuple[object, ...] | dict[str, object]:
        """A row's parameters. Raises KeyError for one that is missing."""
        if self.positional:
            return tuple([parameter.of(row) for parameter in self.parameters])
        return {parameter.name: parameter.of(row) for parameter in self.parameters}


class Batch:
    """One INSERT or UPDATE; `columns` are the names that each row of an INSERT has."""

    def __init__(self, statement: UpdateBase, columns: Sequence[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._plans: dict[str, Plan] = {}

    def run(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Execute it for every row, in one round trip where the driver can."""
        plan = self._plans.get(connection.dialect.name)
        if plan is None:
            plan = self._plans[connection.dialect.name] = self.plan(connection.dialect)
        connection.exec_driver_sql(plan.text, [plan.values(row) for row in rows])

    def plan(self, dialect: Dialect) -> Plan:
        """The statement for this database."""
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        binds: Mapping[str, BindParameter[Any]] = compiled.binds
        names = compiled.positiontup if compiled.positional else list(binds)
        parameters = tuple(
            _Parameter(
                name,
                binds[name].type.dialect_impl(dialect).bind_processor(dialect),
                not binds[name].required,
                binds[name].value,
            )
            for name in names
        )
        return Plan(compiled.string, parameters, compiled.positional)
