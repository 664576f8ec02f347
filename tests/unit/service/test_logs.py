"""The log: one form for machines, one for people, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import pytest
from apprise import Apprise

from perihelion.networks.shared.redaction import Redactor
from perihelion.service import logs
from perihelion.service.redaction import find_secrets
from perihelion.service.settings import LogFormat, LogLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = 's3cret-"token"'


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    names = [*logs.LIBRARY_LEVELS, ""]
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def configure_log(form: LogFormat, level: LogLevel = LogLevel.INFO) -> io.StringIO:
    stream = io.StringIO()
    logs.configure_logging(form, level, Redactor([TOKEN]), stream)
    return stream


def test_machines_read_a_json_object_a_line_with_what_identifies_the_case() -> None:
    stream = configure_log(LogFormat.JSON)
    logging.getLogger("perihelion.publish").info("sent %s", "it", extra={"key": "a:b", "n": 3})
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "sent it",
        "level": "info",
        "logger": "perihelion.publish",
        "key": "a:b",
        "n": 3,
    }


def test_people_read_one_plain_line_where_there_is_no_terminal() -> None:
    stream = configure_log(LogFormat.CONSOLE)
    logging.getLogger("perihelion").warning("held", extra={"key": "a:b"})
    (line,) = stream.getvalue().splitlines()
    assert "warning" in line
    assert "held" in line
    assert "key=a:b" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", list(LogFormat))
def test_no_secret_is_logged_in_message_extra_or_traceback(form: LogFormat) -> None:
    stream = configure_log(form)
    logger = logging.getLogger("perihelion")
    try:
        int(TOKEN)
    except ValueError:
        logger.exception("with %s", TOKEN, extra={"header": {"auth": [f"Bearer {TOKEN}"]}})
    text = stream.getvalue()
    assert "s3cret" not in text
    assert text.count("***") >= 3
    assert "Traceback" in text
    assert "ValueError: invalid literal for int() with base 10:" in text


@pytest.mark.parametrize("library", sorted(logs.LIBRARY_LEVELS))
def test_a_library_never_logs_below_its_own_least_level(library: str) -> None:
    stream = configure_log(LogFormat.JSON, LogLevel.DEBUG)
    logging.getLogger("perihelion").debug("ours")
    logging.getLogger(f"{library}.inner").debug("theirs")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["ours"]


def test_a_library_keeps_to_our_level_where_that_is_higher() -> None:
    stream = configure_log(LogFormat.JSON, LogLevel.ERROR)
    logging.getLogger("tweepy").warning("theirs")
    logging.getLogger("apscheduler").error("broken")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["broken"]


@pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")
def test_an_alert_s_address_shows_at_no_level_though_apprise_prints_it() -> None:
    environ = {"PERIHELION_ALERTS": "jsons://me:pa55@[ nosuch://letmein4  json://here/hunter22"}
    stream = io.StringIO()
    logs.configure_logging(LogFormat.JSON, LogLevel.DEBUG, Redactor(find_secrets(environ)), stream)
    apprise = Apprise()
    added = [apprise.add(address) for address in environ["PERIHELION_ALERTS"].split()]
    assert added == [False, False, True]
    assert "Unparseable URL ***" in stream.getvalue()
    for secret in ("pa55", "letmein4", "hunter22"):
        assert secret not in stream.getvalue()


def test_configuring_twice_writes_each_line_once() -> None:
    first = configure_log(LogFormat.JSON)
    second = configure_log(LogFormat.JSON)
    logging.getLogger("perihelion").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
