"""Errors are reported to SENTRY_DSN, without a secret in them; otherwise nothing is."""

from __future__ import annotations

import json
import logging
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk

from perihelion.model.errors import ConfigurationError
from perihelion.networks.base import Secret
from perihelion.networks.shared.redaction import Redactor
from perihelion.service.delivery_run import configure_app_logging
from perihelion.service.error_reports import report_crash, start_error_reports
from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.installed_app import ManualClock, open_app_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request

SECRET = "a-token-that-must-never-show"


class Ingest:
    """Where reports arrive."""

    def __init__(self) -> None:
        self.server = FakeServer(lambda _request: Reply(200, {}))
        self.dsn = self.server.url.replace("http://", "http://publickey@") + "/1"

    def read_events(self) -> list[dict[str, Any]]:
        """The reports so far: each is the last line of an envelope."""
        sentry_sdk.flush(30)
        bodies = map(decompress_body, self.server.requests)
        return [json.loads(body.splitlines()[-1]) for body in bodies]


def decompress_body(request: Request) -> bytes:
    """The SDK uses Brotli where it is installed."""
    is_brotli = request.headers["content-encoding"] == "br"
    body: bytes = import_module("brotli" if is_brotli else "gzip").decompress(request.body)
    return body


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    made = Ingest()
    yield made
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init(dsn="", release="none", default_integrations=False)  # it would start git
    made.server.close()


def crash() -> None:
    local_variable = SECRET
    raise ValueError(f"cannot read {local_variable}")


def test_an_error_in_the_log_is_reported_without_its_secrets(ingest: Ingest) -> None:
    start_error_reports(Secret(ingest.dsn), Redactor({SECRET}))
    log = logging.getLogger("perihelion.test")
    log.error("nothing is posted: %s", SECRET, extra={"key": f"{SECRET}:1", "account": "mastodon"})
    log.warning("not worth a report")
    (event,) = ingest.read_events()
    assert event["logentry"]["message"] == "nothing is posted: %s"
    assert event["extra"]["account"] == "mastodon"
    assert SECRET not in json.dumps(event)
    assert not event.get("server_name")


def test_a_crash_is_reported_without_local_variables(ingest: Ingest) -> None:
    start_error_reports(Secret(ingest.dsn), Redactor({SECRET}))
    try:
        crash()
    except ValueError as error:
        report_crash(error)
    (event,) = ingest.read_events()
    (crashed,) = event["exception"]["values"]
    assert crashed["value"] == "cannot read ***"
    assert not any("vars" in frame for frame in crashed["stacktrace"]["frames"])
    assert SECRET not in json.dumps(event)


def test_a_verb_that_posts_starts_the_reports(
    ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    monkeypatch.setattr(root, "level", root.level)
    configure_app_logging(open_app_at(tmp_path, ManualClock(), {"SENTRY_DSN": ingest.dsn}))
    logging.getLogger("perihelion.test").error("held: look at %s", ingest.dsn)
    (event,) = ingest.read_events()
    assert event["release"].startswith("perihelion@")
    assert ingest.dsn not in json.dumps(event)


def test_without_a_dsn_nothing_is_loaded_and_nothing_is_reported(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    start_error_reports(Secret(""), str)
    monkeypatch.undo()
    logging.getLogger("perihelion.test").error("nobody hears this")
    assert ingest.read_events() == []


def test_without_the_package_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ConfigurationError, match="pip install sentry-sdk"):
        start_error_reports(Secret("https://publickey@example.org/1"), str)


def test_what_is_no_dsn_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match="SENTRY_DSN is no DSN") as caught:
        start_error_reports(Secret("https://example.org/hunter22"), str)
    assert "hunter22" not in str(caught.value)
