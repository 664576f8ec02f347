"""An address with several hosts: what libpq takes, SQLAlchemy takes too."""

from __future__ import annotations

import pytest

from perihelion.ledger.engine import open_engine
from perihelion.model.errors import ConfigurationError
from perihelion.service.settings import read_settings


def driver_arguments(url: str) -> dict[str, str]:
    """What the driver is told, but for what has nothing to do with the address."""
    engine = open_engine(read_settings({"DATABASE_URL": url}).database_url.reveal())
    _none, named = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in named.items() if isinstance(value, str)}


def test_several_hosts_and_their_ports_are_all_tried() -> None:
    assert driver_arguments("postgresql://bot@one:5432,two:5433/db?sslmode=require") == {
        "user": "bot",
        "host": "one,two",
        "port": "5432,5433",
        "dbname": "db",
        "sslmode": "require",
        "target_session_attrs": "read-write",
    }


def test_a_host_without_a_port_has_the_usual_one() -> None:
    assert driver_arguments("postgres://one,two:5433/db")["port"] == ",5433"


def test_every_kind_of_host_may_be_among_several() -> None:
    found = driver_arguments(
        "postgresql://[::1]:5432,10.0.0.2:5433,%2Fvar%2Frun,[fe80::1%25eth0]/db"
    )
    assert found["host"] == "::1,10.0.0.2,/var/run,fe80::1%eth0"
    assert found["port"] == "5432,5433,,"


def test_of_several_servers_the_one_that_is_written_to_is_meant_unless_the_address_says_so() -> (
    None
):
    assert driver_arguments("postgres://one,two/db")["target_session_attrs"] == "read-write"
    said = driver_arguments("postgres://one,two/db?target_session_attrs=primary")
    assert said["target_session_attrs"] == "primary"


def test_a_comma_in_a_password_makes_no_second_host() -> None:
    found = driver_arguments("postgresql://bot:a,b/c?d@one,two/db")
    assert (found["password"], found["host"]) == ("a,b/c?d", "one,two")
    assert "target_session_attrs" not in driver_arguments("postgresql://bot:a,b@one/db")


@pytest.mark.parametrize(
    "address", ["bot@one/db", "one", "me@firm:x@one:5432/db", "[::1]:1/db", "/db"]
)
def test_an_address_of_one_host_stays_as_it_is(address: str) -> None:
    settings = read_settings({"DATABASE_URL": f"postgresql://{address}"})
    assert settings.database_url.reveal() == f"postgresql+psycopg://{address}"


@pytest.mark.parametrize(
    "address",
    [
        "bot:hunter22@one:54x2/db",
        "bot:hunter22@one:5432,two:54x2/db",
        "bot:hunter22@one,,two/db",
        "bot:hunter22@one,/db",
        "bot:secret@hunter22@one/db",
        "bot:secret@hunter22,x:1@one/db",
    ],
)
def test_hosts_that_cannot_be_read_are_refused_without_showing_the_address(address: str) -> None:
    with pytest.raises(ConfigurationError, match="its hosts cannot be read") as wrong:
        read_settings({"DATABASE_URL": f"postgresql://{address}"})
    assert "percent-encoded" in str(wrong.value.mistakes[0])
    assert "hunter22" not in str(wrong.value.mistakes[0])


@pytest.mark.parametrize("socket", ["%2Fvar%2Frun%2Fpostgresql", "%2fvar%2frun%2fpostgresql"])
def test_the_folder_of_a_socket_may_stand_in_the_place_of_the_host(socket: str) -> None:
    found = driver_arguments(f"postgresql://bot:pa%40ss@{socket}/db")
    assert found == {
        "user": "bot",
        "password": "pa@ss",
        "host": "/var/run/postgresql",
        "dbname": "db",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pgbouncer=true", {}),
        ("pgbouncer=true&connection_limit=1&sslmode=require", {"sslmode": "require"}),
        ("schema=public", {"options": "-csearch_path=public"}),
        ("sslmode=require&schema=bot", {"sslmode": "require", "options": "-csearch_path=bot"}),
    ],
)
def test_what_other_programs_read_from_the_address_does_not_reach_libpq(
    query: str, expected: dict[str, str]
) -> None:
    found = driver_arguments(f"postgresql://bot@host/db?{query}")
    assert found == {"user": "bot", "host": "host", "dbname": "db"} | expected
