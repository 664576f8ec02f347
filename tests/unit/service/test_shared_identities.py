"""Two accounts that are one identity would post everything twice: it is noticed, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.service.attention import find_repeating_accounts
from perihelion.service.commands.doctor import Finding, run_doctor_checks
from perihelion.service.delivery_run import open_posting_app, prepare_ledger
from perihelion.service.reports import Reports
from perihelion.service.wiring import open_app
from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.busy_day import write_templates
from tests.fakes.mastodon_server import TOKEN, FakeMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")

EVENT = "{id: a, at: 1990-03-02, title: It happens, sources: a test}"
TWO_ALIKE = "{network: mastodon, name: first}", "{network: mastodon, name: second}"
IN_TWO_LANGUAGES = TWO_ALIKE[0], "{network: mastodon, name: second, language: de}"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeMastodon().serve() as running:
        yield running


@pytest.fixture
def pager() -> Iterator[FakeServer]:
    """Where alerts go to."""
    with FakeServer(lambda _request: Reply(200, {})) as running:
        yield running


def make_environ(folder: Path, *accounts: str, **values: str) -> dict[str, str]:
    """The environment of an installation with these accounts, as the schedule writes them."""
    schedule = folder / "schedule.yaml"
    lines = ["accounts:", *(f"  - {account}" for account in accounts)]
    lines += ["missions:", "  - id: m", "    name: A Mission", "    events:", f"      - {EVENT}"]
    schedule.write_text("\n".join([*lines, ""]), encoding="utf-8")
    paths = {"PERIHELION_STATE": folder / "state", "PERIHELION_SCHEDULE": schedule}
    return {
        **{name: str(path) for name, path in paths.items()},
        "PERIHELION_TEMPLATES": str(write_templates(folder)),
        **values,
    }


def mastodon_variables(first_url: str, second_url: str) -> dict[str, str]:
    return {
        "FIRST_URL": first_url,
        "FIRST_TOKEN": TOKEN,
        "SECOND_URL": second_url,
        "SECOND_TOKEN": TOKEN,
    }


def find_shared(environ: dict[str, str]) -> Finding | None:
    """What `doctor` says of accounts that are one."""
    found = [one for one in run_doctor_checks(environ) if one.subject.startswith("accounts ")]
    assert len(found) <= 1, "it is reported once, however it was found"
    return found[0] if found else None


@pytest.mark.parametrize("written", ["{}", "{}/"])
def test_two_accounts_with_the_same_credentials_fail_and_no_secret_is_shown(
    tmp_path: Path, server: FakeServer, written: str
) -> None:
    variables = mastodon_variables(server.url, written.format(server.url))
    found = find_shared(make_environ(tmp_path, *TWO_ALIKE, **variables))
    assert found is not None
    assert (found.subject, found.ok) == ("accounts first, second", False)
    assert "they have the same credentials, so each post appears there twice" in found.details[0]
    assert TOKEN not in str(found)


def test_two_addresses_of_one_server_lead_to_the_same_identity(
    tmp_path: Path, server: FakeServer
) -> None:
    other_address = server.url.replace("127.0.0.1", "localhost")
    variables = mastodon_variables(server.url, other_address)
    environ = make_environ(tmp_path, *TWO_ALIKE, **variables)
    assert find_repeating_accounts(open_app(environ)) == [], "only the network can know it"
    found = find_shared(environ)
    assert found is not None
    assert not found.ok
    assert "the network says that they are one identity" in found.details[0]


def test_one_identity_in_two_languages_is_told_and_is_no_failure(
    tmp_path: Path, server: FakeServer
) -> None:
    variables = mastodon_variables(server.url, server.url)
    environ = make_environ(tmp_path, *IN_TWO_LANGUAGES, **variables)
    found = find_shared(environ)
    assert found is not None
    assert found.ok
    assert "each posts in its own language" in found.details[0]
    assert find_repeating_accounts(open_app(environ)) == []


@pytest.mark.parametrize(
    ("first_chat", "second_chat", "repeats"), [("@one", "@two", False), ("@one", "@one", True)]
)
def test_one_bot_may_post_to_two_chats_but_not_twice_to_one(
    tmp_path: Path, first_chat: str, second_chat: str, *, repeats: bool
) -> None:
    environ = make_environ(
        tmp_path,
        "{network: telegram, name: first}",
        "{network: telegram, name: second}",
        FIRST_TOKEN="1:a",
        FIRST_CHAT=first_chat,
        SECOND_TOKEN="1:a",
        SECOND_CHAT=second_chat,
    )
    assert bool(find_repeating_accounts(open_app(environ))) == repeats


@pytest.mark.parametrize(
    ("first_thread", "second_thread", "repeats"), [(1, 2, False), (1, 1, True)]
)
def test_one_webhook_may_post_to_two_threads_but_not_twice_to_one(
    tmp_path: Path, first_thread: int, second_thread: int, *, repeats: bool
) -> None:
    webhook = "https://discord.example/api/webhooks/1/secret"
    environ = make_environ(
        tmp_path,
        f'{{network: discord, name: first, options: {{thread_id: "{first_thread}"}}}}',
        f'{{network: discord, name: second, options: {{thread_id: "{second_thread}"}}}}',
        FIRST_WEBHOOK=webhook,
        SECOND_WEBHOOK=webhook,
    )
    assert bool(find_repeating_accounts(open_app(environ))) == repeats


def test_run_warns_in_its_log_and_alerts_once(
    tmp_path: Path, server: FakeServer, pager: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = make_environ(
        tmp_path,
        *TWO_ALIKE,
        **mastodon_variables(server.url, server.url),
        PERIHELION_ALERTS=pager.url.replace("http://", "json://"),
    )
    app = open_posting_app(environ)
    log = capsys.readouterr().err
    assert "first, second: they have the same credentials" in log
    ledger = prepare_ledger(app)
    for _tick in range(2):
        Reports(app, ledger).send()
    ledger.close()
    titles = [request.json["title"] for request in pager.requests]
    assert titles == ["first, second: shared identity"]
    assert TOKEN not in log
    assert TOKEN not in str([request.json for request in pager.requests])
