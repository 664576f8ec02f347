"""Statements that run on the driver itself: written in SQLAlchemy, compiled once per database.

An exchange is a handful of small statements. What SQLAlchemy adds to each of them, and a round trip
for each row or statement, was most of the cost of a delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    JSON,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
)

from perihelion.ledger.driver_values import (
    ValueLayout,
    encode_json,
    make_bind_converter,
    make_result_converter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection, Dialect, Executable, Table
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.types import TypeEngine

    Converter = Callable[[Any], Any]
    Row = Mapping[str, Any]
    Field = Callable[[str, TypeEngine[Any]], ColumnElement[Any]]
    Among = Callable[[ColumnElement[str], str], ColumnElement[bool]]

_ROWS = "all_rows"


class CompiledStatement(NamedTuple):
    """A statement as one driver takes it, and what it answers."""

    text: str
    parameters: ValueLayout
    positional: bool
    constants: Mapping[str, object]
    """The parameters whose values stand in the statement itself."""
    columns: ValueLayout | None = None
    row_fields: tuple[str, ...] = ()
    """The values of one row, where all rows go out as one parameter."""

    def bind_values(self, row: Row) -> list[object] | dict[str, object]:
        """A row's parameters. Raises KeyError for one that is missing."""
        found = self.parameters.order_values({**self.constants, **row} if self.constants else row)
        return found if self.positional else dict(zip(self.parameters.names, found, strict=True))


class QueryResult:
    """What a query will have found: in a pipeline, asking for it is what waits for it."""

    def __init__(self, cursor: Any, statement: CompiledStatement) -> None:  # noqa: ANN401 - sqlite3's or psycopg's
        assert statement.columns is not None  # noqa: S101 - only a Query's plan comes here
        self._cursor, self._columns = cursor, statement.columns

    def list_rows(self) -> list[dict[str, Any]]:
        """Every row, as values by name."""
        names, convert = self._columns.names, self._columns.convert_values
        return [dict(zip(names, convert(row), strict=True)) for row in self._cursor.fetchall()]


class DriverConnection:
    """A transaction's driver, past SQLAlchemy. Raises the driver's own errors."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self._driver: Any = connection.connection.driver_connection

    def execute_query(self, query: Query, values: Row) -> QueryResult:
        """Send a query."""
        statement, cursor = query.compile_for(self.dialect), self._driver.cursor()
        cursor.execute(statement.text, statement.bind_values(values))
        return QueryResult(cursor, statement)

    def execute_batch(self, batch: Batch, rows: Sequence[Row]) -> None:
        """Execute a batch for every row, in one round trip."""
        if not rows:
            return
        statement, cursor = batch.compile_for(self.dialect), self._driver.cursor()
        if statement.row_fields:
            trimmed = [{name: row[name] for name in statement.row_fields} for row in rows]
            text = encode_json(trimmed)
            cursor.execute(statement.text, statement.bind_values({_ROWS: text}))
        else:
            cursor.executemany(statement.text, [statement.bind_values(row) for row in rows])


class Query:
    """One SELECT. `build` is given how to say that a column is among a list of values."""

    def __init__(self, build: Callable[[Among], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, CompiledStatement] = {}

    def compile_for(self, dialect: Dialect) -> CompiledStatement:
        """The statement for this database."""
        if dialect.name not in self._compiled:
            on_sqlite = dialect.name == "sqlite"
            compiled = _compile_statement(
                self._build(_is_in_json_list if on_sqlite else _is_in_array), dialect
            )
            entries = compiled._result_columns  # noqa: SLF001 - no public way tells the types
            columns = ValueLayout(
                [entry.keyname for entry in entries],
                [make_result_converter(entry.type, dialect) for entry in entries],
            )
            self._compiled[dialect.name] = _make_compiled_statement(
                compiled, dialect, columns=columns
            )
        return self._compiled[dialect.name]


class Batch:
    """One INSERT or UPDATE for many rows. `build` is given how to name a value of a row.

    `build_all` writes it for rows that come as a table, where that is not said the same way.
    """

    def __init__(
        self,
        build: Callable[[Field], UpdateBase],
        build_all: Callable[[Field], UpdateBase] | None = None,
    ) -> None:
        self._build, self._build_all = build, build_all or build
        self._compiled: dict[str, CompiledStatement] = {}

    def compile_for(self, dialect: Dialect) -> CompiledStatement:
        """The statement for this database: PostgreSQL takes all rows as one JSON text."""
        if dialect.name not in self._compiled:
            make = (
                self._compile_row_by_row if dialect.name == "sqlite" else self._compile_all_at_once
            )
            self._compiled[dialect.name] = make(dialect)
        return self._compiled[dialect.name]

    def _compile_row_by_row(self, dialect: Dialect) -> CompiledStatement:
        return _make_compiled_statement(
            _compile_statement(self._build(_make_parameter), dialect), dialect
        )

    def _compile_all_at_once(self, dialect: Dialect) -> CompiledStatement:
        types: dict[str, TypeEngine[Any]] = {}

        def record_field(name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
            types[name] = type_
            return _make_parameter(name, type_)

        self._build_all(record_field)
        document = cast(bindparam(_ROWS, type_=Text), JSON)
        table = func.json_to_recordset(document).table_valued(
            *[column(name, type_) for name, type_ in types.items()]
        )
        rows = table.render_derived(name="r", with_types=True)
        compiled = _compile_statement(self._build_all(lambda name, _type: rows.c[name]), dialect)
        return _make_compiled_statement(compiled, dialect, row_fields=tuple(types))


def make_insert_batch(table: Table, names: Sequence[str]) -> Batch:
    """An INSERT of these columns."""

    def insert_row(field: Field) -> UpdateBase:
        return insert(table).inline().values({n: field(n, table.c[n].type) for n in names})

    def insert_all_rows(field: Field) -> UpdateBase:
        values = select(*[field(name, table.c[name].type) for name in names])
        return insert(table).from_select(list(names), values)

    return Batch(insert_row, insert_all_rows)


def _make_parameter(name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return bindparam(name, type_=type_)


def _is_in_json_list(found: ColumnElement[str], name: str) -> ColumnElement[bool]:
    values = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
    return found.in_(select(values.c.value))


def _is_in_array(found: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return found == any_(bindparam(name, type_=ARRAY(Text)))


def _compile_statement(statement: Any, dialect: Dialect) -> Any:  # noqa: ANN401 - SQLAlchemy's own, untyped
    return statement.compile(dialect=dialect)


def _make_compiled_statement(compiled: Any, dialect: Dialect, **more: Any) -> CompiledStatement:  # noqa: ANN401 - as above
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    names = compiled.positiontup if compiled.positional else list(binds)
    return CompiledStatement(
        text=compiled.string,
        parameters=ValueLayout(
            names, [make_bind_converter(binds[name].type, dialect) for name in names]
        ),
        positional=compiled.positional,
        constants={name: bind.value for name, bind in binds.items() if not bind.required},
        **more,
    )
