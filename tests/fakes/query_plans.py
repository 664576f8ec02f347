"""A ledger as it is after ten years, and how its database carries out each statement."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, insert

from perihelion.ledger.engine import write_transaction
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES
from perihelion.model.deliveries import State
from tests.fakes.ledger_testbed import DAY, NOON, make_delivery_post, make_planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.ledger_testbed import LedgerTestbed

ACCOUNT_COUNT, DELIVERIES_EACH = 100, 1000
EXPLAIN_OPTIONS = (
    "?options=-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0"
    " -c auto_explain.log_format=json -c auto_explain.log_level=notice"
)
"""What makes PostgreSQL send the plan of each statement to whoever ran it."""

BIG_TABLES = frozenset({"deliveries", "history"})
BOUNDED_INDEXES = ("deliveries_open", "deliveries_one_in_flight", "deliveries_due")
"""The first two hold only what is open, which is never much; the last one is read from its end
until there are enough."""

_OPEN_STATES = (State.DUE, State.WAITING, State.UNKNOWN, State.HELD, State.REJECTED)
_COLUMNS = ", ".join(one.name for one in DELIVERIES.columns if one.name not in {"key", "account"})
_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
)


def fill_ledger(testbed: LedgerTestbed, engine: Engine) -> None:
    """Ten years of a hundred accounts: 100,000 deliveries, nearly all of them sent, and history."""
    with write_transaction(engine) as connection:
        accounts = [
            {"name": f"a{number}", "network": "local", "known_since": NOON - 3650 * DAY}
            for number in range(ACCOUNT_COUNT)
        ]
        connection.execute(insert(ACCOUNTS), accounts)
        connection.execute(insert(DELIVERIES), list(_generate_rows()))
    testbed.execute_sql(
        f"INSERT INTO deliveries (key, account, {_COLUMNS}) {_NUMBERS.format(ACCOUNT_COUNT - 1)} "  # noqa: S608 - our own names
        f"SELECT 'a' || n || substr(key, 3), 'a' || n, {_COLUMNS} FROM deliveries, numbers"
    )
    testbed.execute_sql(
        "INSERT INTO history (key, at, worker, from_state, to_state) "
        "SELECT key, due_at, 'worker', 'sending', state FROM deliveries"
    )
    testbed.execute_sql("ANALYZE")


def _generate_rows() -> Iterator[dict[str, Any]]:
    for number in range(DELIVERIES_EACH):
        due = NOON - timedelta(days=3.65 * (DELIVERIES_EACH - number))
        state = _OPEN_STATES[number % 5] if number > DELIVERIES_EACH - 10 else State.SENT
        planned = make_planned(number, "a0", due=due, late=due + DAY, state=state)
        post = json.dumps(make_delivery_post(planned).to_json())
        row = make_delivery_row(planned, due.date(), due, due)
        yield {**row, "first_tried_at": due, "text_hash": f"hash-{number}", "post": post}


@dataclass
class PlanRecorder:
    """Every plan in which a statement of `engine` reads a big table from end to end."""

    engine: Engine
    scans: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        event.listen(self.engine, "connect", self._watch_connection)

    def collect_scans(self) -> list[str]:
        """The scans since the last call."""
        for statement in self.statements:
            self.scans += self._explain_in_sqlite(statement)
        found = list(dict.fromkeys(self.scans))
        self.statements.clear()
        self.scans.clear()
        return found

    def _watch_connection(self, connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's or psycopg's
        if self.engine.dialect.name == "sqlite":
            connection.set_trace_callback(self.statements.append)
        else:
            connection.add_notice_handler(self._read_notice)

    def _explain_in_sqlite(self, statement: str) -> list[str]:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")):
            return []
        with closing(sqlite3.connect(str(self.engine.url.database))) as connection:
            steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        return [
            f"{step[3]}: {statement}"
            for step in steps
            if step[3].startswith("SCAN ")
            and step[3].split()[1] in {*BIG_TABLES, "head"}
            and step[3].split()[-1] not in BOUNDED_INDEXES
        ]

    def _read_notice(self, notice: Any) -> None:  # noqa: ANN401 - psycopg's
        _, _, document = notice.message_primary.partition("plan:\n")
        if document:
            found = json.loads(document)
            self.scans += _find_scans(found["Plan"], found["Query Text"])


def _find_scans(node: dict[str, Any], statement: str) -> Iterator[str]:
    unbounded = node["Node Type"] == "Seq Scan" or (
        "Index" in node["Node Type"]
        and "Bitmap Heap" not in node["Node Type"]
        and "Index Cond" not in node
    )
    is_bounded = node.get("Index Name") in BOUNDED_INDEXES
    if unbounded and not is_bounded and node.get("Relation Name") in BIG_TABLES:
        yield f"{node['Node Type']} of {node['Relation Name']}: {statement}"
    for inner in node.get("Plans", ()):
        yield from _find_scans(inner, statement)
