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

from perihelion.ledger import store
from tests.fakes.ledgers import World, migrated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.postgres import PostgresServer

_names = itertools.count()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty ledger to copy."""
    file = tmp_path_factory.mktemp("template") / "ledger.sqlite3"
    migrated(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database to copy."""
    migrated(driver(postgres.create("ledger_template")))
    return "ledger_template"


def driver(url: str) -> str:
    """The URL as settings.py hands it to the ledger."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def new_name() -> str:
    return f"ledger_{next(_names)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a ledger: a file that is not there, or no tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = new_name()
    yield driver(server.create(name))
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """A ledger in a SQLite file; in memory where the machine has a folder there: it is faster."""
    memory = Path("/dev/shm")  # noqa: S108 - our folder within it has a random name
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        file = Path(folder, "state", "ledger.sqlite3")
        file.parent.mkdir()
        shutil.copy(sqlite_template, file)
        world = World(f"sqlite:///{file}")
        yield world
        world.close()


@pytest.fixture
def postgres_world(postgres: PostgresServer, postgres_template: str) -> Iterator[World]:
    """A ledger in a PostgreSQL database."""
    name = new_name()
    world = World(driver(postgres.create(name, postgres_template)))
    yield world
    world.close()
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "sqlite-drafted", "postgresql"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same empty ledger on each database in turn; once with every exchange drafted first."""
    if request.param == "sqlite-drafted":
        monkeypatch.setattr(store, "MIN_RESULTS_TO_READ_AHEAD", 0)
    name = "postgres_world" if request.param == "postgresql" else "sqlite_world"
    found: World = request.getfixturevalue(name)
    return found
