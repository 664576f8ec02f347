"""Values to rows and back, instants as text, and what a person is told of trouble."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from perihelion.ledger.engine import open_engine
from perihelion.ledger.failures import explain_failure
from perihelion.ledger.rows import serialize_post
from perihelion.ledger.tables import Instant
from perihelion.model.errors import LedgerUnavailable
from perihelion.model.posts import Media, Post

if TYPE_CHECKING:
    from sqlalchemy import Dialect

SQLITE: Dialect = open_engine("sqlite:///ledger").dialect
POSTGRESQL: Dialect = open_engine("postgresql+psycopg://db.example/ledger").dialect
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
INSTANTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - hypothesis takes bounds without a zone
TEXTS = st.text(st.characters(codec="utf-8"))


@given(INSTANTS, INSTANTS)
def test_instants_as_text_sort_as_instants_do_and_come_back_as_utc(
    first: datetime, second: datetime
) -> None:
    column = Instant()
    texts = [column.process_bind_param(one, SQLITE) for one in (first, second)]
    assert (texts[0] < texts[1]) is (first < second)
    back = column.process_result_value(texts[0], SQLITE)
    assert back == first
    assert back.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        Instant().process_bind_param(datetime(2027, 3, 2), SQLITE)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="has no zone"):
        Instant().process_bind_param(datetime(2027, 3, 2), POSTGRESQL)  # noqa: DTZ001 - as above


def test_no_instant_stays_none() -> None:
    assert Instant().process_bind_param(None, SQLITE) is None
    assert Instant().process_result_value(None, POSTGRESQL) is None


@given(TEXTS, st.lists(TEXTS), st.lists(st.builds(Media, TEXTS, TEXTS, TEXTS)), st.none() | TEXTS)
def test_a_post_comes_back_from_the_ledger_byte_for_byte(
    text: str, links: list[str], pictures: list[Media], reply_to: str | None
) -> None:
    post = Post(
        text=text,
        language="de",
        created_at="2027-03-02T12:00:00Z",
        links=tuple(links),
        pictures=tuple(pictures),
        reply_to=reply_to,
        key="k",
    )
    assert Post.from_json(json.loads(serialize_post(post))) == post


@pytest.mark.parametrize(
    ("problem", "advice"),
    [
        ("database or disk is full", "free some space"),
        ('could not extend file "base/1": No space left on device', "free some space"),
        ("attempt to write a readonly database", "make it writable"),
        ("unable to open database file", "run `python bot.py migrate`"),
        ("file is not a database", "run `python bot.py recover`"),
        ("database disk image is malformed", "run `python bot.py recover`"),
        ("disk I/O error", "check it"),
        ("database is locked", "close it, or wait"),
        ("canceling statement due to lock timeout", "close it, or wait"),
        ("no such table: deliveries", "run `python bot.py migrate`"),
        ('relation "deliveries" does not exist', "run `python bot.py migrate`"),
        ('FATAL:  password authentication failed for user "bot"', "correct them"),
        ('FATAL:  database "nowhere" does not exist', "create it"),
        ("cannot execute UPDATE in a read-only transaction", "looking for the primary"),
        (
            "server closed the connection unexpectedly\n\tThis probably means",
            "retrying automatically",
        ),
        ("permission denied for table deliveries", "grant that user the rights"),
        ("unsupported startup parameter: options", "remove that option"),
    ],
)
def test_each_trouble_is_told_with_what_to_do_in_one_line(problem: str, advice: str) -> None:
    engine = open_engine("postgresql+psycopg://bot:s3cret@db.example/ledger?sslpassword=s3cret")
    words = explain_failure(engine, psycopg.OperationalError(problem))
    assert advice in words
    assert "nothing is posted" in words
    assert "db.example" in words
    assert "\n" not in words
    assert "s3cret" not in words


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (errors.AdminShutdown("terminating connection"), True),
        (errors.SerializationFailure("could not serialize access"), True),
        (errors.TooManyConnections("too many clients already"), True),
        (errors.DuplicatePreparedStatement("it already exists"), False),
        (errors.InvalidSqlStatementName("it does not exist"), False),
        (errors.UndefinedColumn("no such column"), False),
    ],
)
def test_only_what_may_pass_by_itself_is_said_to_be_retried(
    error: psycopg.Error, *, passes: bool
) -> None:
    words = explain_failure(open_engine("postgresql+psycopg://bot@db.example/ledger"), error)
    assert ("retrying automatically" in words) == passes
    assert ("retrying does not help" in words) != passes
    assert "nothing is posted" in words


def test_a_url_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(LedgerUnavailable, match="DATABASE_URL cannot be read") as error:
        open_engine("postgresql+psycopg//bot:s3cret@db.example/ledger")
    assert "s3cret" not in str(error.value)
