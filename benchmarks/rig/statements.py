"""The ledger's own statements as plain SQL text, for a loop that uses nothing but the driver."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from perihelion.ledger import claims, exchange, exchange_writes, writes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perihelion.ledger.driver_statements import Batch, CompiledStatement, Query

    Row = Mapping[str, object]


class Statements:
    """The statements of one exchange, compiled for SQLite or PostgreSQL."""

    def __init__(self, *, on_sqlite: bool) -> None:
        dialect: Any = sqlite.dialect() if on_sqlite else psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it

        def compile_plan(statement: Query | Batch) -> CompiledStatement:
            return statement.compile_for(dialect)

        self._on_sqlite = on_sqlite
        self.ready = compile_plan(claims.READY_QUERY)
        self.lock_accounts, self.lock_ready = (
            compile_plan(exchange.LOCK_ACCOUNTS_QUERY),
            compile_plan(claims.LOCK_READY_QUERY),
        )
        self.result, self.claim = (
            compile_plan(exchange_writes.UPDATE_RESULT),
            compile_plan(exchange_writes.UPDATE_CLAIM),
        )
        self.account = compile_plan(exchange_writes.UPDATE_ACCOUNT)
        self.history = compile_plan(writes.INSERT_HISTORY)

    def execute_query(self, cursor: Any, plan: CompiledStatement, values: Row) -> Any:  # noqa: ANN401 - sqlite3's or psycopg's
        """Send a query; the cursor has its answer."""
        lists = {k: json.dumps(v) for k, v in values.items() if isinstance(v, list)}
        known = {**plan.constants, **values, **(lists if self._on_sqlite else {})}
        cursor.execute(plan.text, self._bind_values(plan, known))
        return cursor

    def execute_batch(self, cursor: Any, plan: CompiledStatement, rows: Sequence[Row]) -> None:  # noqa: ANN401 - as above
        """Send a statement for all rows."""
        if not rows:
            return
        if self._on_sqlite:
            cursor.executemany(plan.text, [self._bind_values(plan, row) for row in rows])
        else:
            cursor.execute(
                plan.text, {**plan.constants, _document_parameter(plan): json.dumps(rows)}
            )

    def _bind_values(self, plan: CompiledStatement, values: Row) -> Any:  # noqa: ANN401 - as above
        if not self._on_sqlite:
            return values
        return [values[name] for name in plan.parameters.names]


def _document_parameter(plan: CompiledStatement) -> str:
    return next(name for name in plan.parameters.names if name not in plan.constants)
