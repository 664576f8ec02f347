"""The databases a ledger may live in, as fixtures: the same tests run on each in turn."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.fakes.ledger_testbed import LedgerTestbed, migrate_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.postgres import PostgresServer

_names = itertools.count()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty ledger to copy."""
    file = tmp_path_factory.mktemp("template") / "ledger.sqlite3"
    migrate_ledger(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database to copy."""
    migrate_ledger(to_driver_url(postgres.create_database("ledger_template")))
    return "ledger_template"


def to_driver_url(url: str) -> str:
    """The URL as settings.py hands it to the ledger."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def next_database_name() -> str:
    return f"ledger_{next(_names)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a ledger: a file that is not there, or no tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = next_database_name()
    yield to_driver_url(server.create_database(name))
    server.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_testbed(sqlite_template: Path, tmp_path: Path) -> Iterator[LedgerTestbed]:
    """A ledger in a SQLite file; in memory where the machine has a folder there: it is faster."""
    memory = Path("/dev/shm")  # noqa: S108 - our folder within it has a random name
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        file = Path(folder, "state", "ledger.sqlite3")
        file.parent.mkdir()
        shutil.copy(sqlite_template, file)
        testbed = LedgerTestbed(f"sqlite:///{file}")
        yield testbed
        testbed.close()


@pytest.fixture
def postgres_testbed(postgres: PostgresServer, postgres_template: str) -> Iterator[LedgerTestbed]:
    """A ledger in a PostgreSQL database."""
    name = next_database_name()
    testbed = LedgerTestbed(to_driver_url(postgres.create_database(name, postgres_template)))
    yield testbed
    testbed.close()
    postgres.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def testbed(request: pytest.FixtureRequest) -> LedgerTestbed:
    """The same empty ledger on each database in turn."""
    name = "postgres_testbed" if request.param == "postgresql" else "sqlite_testbed"
    found: LedgerTestbed = request.getfixturevalue(name)
    return found
