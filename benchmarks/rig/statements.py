"""The ledger's own statements as plain SQL text, for a loop that uses nothing but the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from perihelion.ledger import claims, history, migrate, settling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Compiled, Executable


class Statements:
    """The statements of one exchange, compiled for SQLite or PostgreSQL, with named parameters."""

    def __init__(self, *, on_sqlite: bool) -> None:
        self._dialect = sqlite.dialect(paramstyle="named") if on_sqlite else psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it

        hold = claims._HOLD_HERE if on_sqlite else claims._HOLD_BY_SERVER  # noqa: SLF001 - the floor must be of the same SQL
        self.stamp = self._compiled(migrate._STAMP).string  # noqa: SLF001 - as above
        self.release = settling._RELEASE.plan(self._dialect).text  # noqa: SLF001 - as above
        self.write = settling._WRITE.plan(self._dialect).text  # noqa: SLF001 - as above
        self.hold = hold.plan(self._dialect).text
        self.mark = claims._MARK.plan(self._dialect).text  # noqa: SLF001 - as above
        self.record = history._INSERT.plan(self._dialect).text  # noqa: SLF001 - as above
        self._lock = self._compiled(settling._LOCK)  # noqa: SLF001 - as above
        self._next = self._compiled(claims._NEXT)  # noqa: SLF001 - as above
        self._texts: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}

    def _compiled(self, statement: Executable) -> Compiled:
        return statement.compile(dialect=self._dialect)  # type: ignore[attr-defined,no-any-return]  # every statement here compiles

    def lock(self, accounts: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """Lock the accounts' rows."""
        return self._expanded("lock", self._lock, accounts, {})

    def next(self, accounts: Sequence[str], now: object, most: int) -> tuple[str, dict[str, Any]]:
        """The first ready delivery of each free account."""
        return self._expanded("next", self._next, accounts, {"now": now, "wall": now, "most": most})

    def _expanded(
        self, name: str, compiled: Compiled, accounts: Sequence[str], others: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The text is made once per number of accounts; that is no part of the floor's work."""
        kept = self._texts.get((name, len(accounts)))
        if kept is None:
            state = compiled.construct_expanded_state({"accounts": list(accounts), **others})  # type: ignore[attr-defined]  # it is an SQLCompiler
            kept = (state.statement, dict(state.parameters))
            self._texts[name, len(accounts)] = kept
        text, values = kept
        names = {f"accounts_{number}": account for number, account in enumerate(accounts, 1)}
        return text, {**values, **names, **others}
