"""How Bluesky is signed in to: seldom, and where."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import Credentials, NotSent
from perihelion.networks.bluesky import session as bluesky_session
from perihelion.networks.bluesky import spec as bluesky_spec
from perihelion.networks.bluesky.adapter import Bluesky
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import expect_failure, make_picture, make_post
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.http_server import FakeServer, Fault, Reply
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.bluesky_case import BlueskyCase, fail_next_put, requests_to
from tests.fakes.bluesky_server import DID, HANDLE, PASSWORD, SECRET_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Iterator[BlueskyCase]:
    made = BlueskyCase(tmp_path)
    yield made
    made.close()


def test_one_sign_in_serves_many_posts_and_many_runs(case: BlueskyCase) -> None:
    for number in range(12):
        case.now += timedelta(minutes=9)
        case.connect().publish(make_post(f"post {number}"), f"{number:032x}")
    assert len(requests_to(case, "createSession")) == 1
    assert not requests_to(case, "refreshSession")


def test_a_session_is_renewed_before_its_token_ends(case: BlueskyCase) -> None:
    case.connect().publish(make_post("one"), TOKEN)
    case.now += timedelta(hours=1, minutes=56)
    case.connect().publish(make_post("two"), OTHER_TOKEN)
    assert len(requests_to(case, "createSession")) == 1
    assert len(requests_to(case, "refreshSession")) == 1
    assert len(requests_to(case, "putRecord")) == 2


def test_renewing_goes_on_for_years_without_the_password(case: BlueskyCase) -> None:
    for number in range(20):
        case.connect().publish(make_post(f"post {number}"), f"{number:032x}")
        case.now += timedelta(days=60)
    assert len(requests_to(case, "createSession")) == 1


def test_an_expired_token_is_a_400_and_makes_no_post(case: BlueskyCase) -> None:
    network = case.connect()
    network.publish(make_post("one"), TOKEN)
    for token in case.fake.access:
        case.fake.access[token] = case.now
    error = expect_failure(case, lambda: network.publish(make_post("two"), OTHER_TOKEN))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta()
    assert len(requests_to(case, "putRecord")) == 2
    network.publish(make_post("two"), OTHER_TOKEN)
    assert [seen.text for seen in case.list_posts()] == ["one", "two"]
    assert len(requests_to(case, "createSession")) == 1


def test_revoked_sessions_cost_one_more_sign_in(case: BlueskyCase) -> None:
    network = case.connect()
    network.publish(make_post("one"), TOKEN)
    case.fake.end_sessions()
    assert isinstance(
        expect_failure(case, lambda: network.publish(make_post(), OTHER_TOKEN)), NotSent
    )
    network.publish(make_post("two"), OTHER_TOKEN)
    assert len(requests_to(case, "createSession")) == 2


def test_a_server_that_refuses_its_own_new_tokens_is_not_hurried(case: BlueskyCase) -> None:
    for _ in range(2):
        fail_next_put(case, 400, "InvalidToken")
        error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)
        assert error.retry_after is None
    assert len(requests_to(case, "createSession")) == 2


def test_a_clock_that_is_wrong_renews_once_and_not_for_ever(case: BlueskyCase) -> None:
    case.connect().publish(make_post("one"), TOKEN)
    case.fake.now = lambda: NOW
    for years in (10, -10):
        case.now = NOW + timedelta(days=365 * years)
        case.connect().publish(make_post(f"{years}"), f"{years & 255:032x}")
        case.connect().publish(make_post(f"{years} again"), f"{years & 127:032x}")
    assert len(requests_to(case, "createSession")) == 1
    assert len(requests_to(case, "refreshSession")) == 2


def test_a_wrong_password_stops_the_account_and_says_what_to_do(case: BlueskyCase) -> None:
    case.fake.password = "another"
    for call in (
        lambda: case.connect().publish(make_post(), TOKEN),
        lambda: case.connect().check(),
        lambda: case.connect().find(make_post(), TOKEN),
    ):
        error = expect_failure(case, call)
        assert isinstance(error, Credentials)
        assert "BLUESKY_PASSWORD" in str(error)
    assert case.count_writes() == 0


@pytest.mark.parametrize(
    ("status", "name"), [(400, "InvalidRequest"), (401, "AuthFactorTokenRequired")]
)
def test_a_refused_sign_in_is_never_held_against_the_post(
    case: BlueskyCase, status: int, name: str
) -> None:
    reply = Reply(status, {"error": name, "message": "no"})
    case.server.break_next(Fault(reply), case.is_sign_in)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, Credentials)


@pytest.mark.parametrize("fault", [Fault(Reply(500)), Fault(cut_after=0), Fault(Reply(200, {}))])
def test_a_sign_in_without_an_answer_is_not_sent(case: BlueskyCase, fault: Fault) -> None:
    case.server.break_next(fault, case.is_sign_in)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert not requests_to(case, "putRecord")


@pytest.mark.parametrize("has_session", [False, True])
def test_many_posts_that_wait_for_a_dead_server_sign_in_once(
    case: BlueskyCase, *, has_session: bool
) -> None:
    network = case.connect()
    if has_session:
        network.publish(make_post(), TOKEN)
        case.now += timedelta(days=1)
        case.server.requests.clear()
    for _ in range(11):
        case.server.break_next(Fault(Reply(502)), case.is_sign_in)
    for number in range(11):
        error = expect_failure(case, partial(network.publish, make_post(), f"{number:032x}"))
        assert isinstance(error, NotSent)
        case.now += timedelta(seconds=1)
    assert len(list(filter(case.is_sign_in, case.server.requests))) == 1


def test_the_pause_after_a_failed_sign_in_grows_and_ends_with_a_success(case: BlueskyCase) -> None:
    network, attempts = case.connect(), []
    for _ in range(6):
        case.server.break_next(Fault(Reply(502)), case.is_sign_in)
    for second in range(0, 2000, 5):
        case.now = NOW + timedelta(seconds=second)
        before = len(case.server.requests)
        with suppress(NotSent):
            network.publish(make_post(), TOKEN)
        if len(case.server.requests) > before:
            attempts.append(second)
        if case.list_posts():
            break
    assert attempts == [0, 30, 90, 210, 450, 930, 1830]
    case.fake.end_sessions()
    case.memory.values.clear()
    network.publish(make_post("two"), OTHER_TOKEN)


def test_a_clock_set_back_does_not_lengthen_the_pause(case: BlueskyCase) -> None:
    network = case.connect()
    case.now += timedelta(days=300)
    case.server.break_next(Fault(Reply(502)), case.is_sign_in)
    expect_failure(case, lambda: network.publish(make_post(), TOKEN))
    case.now = NOW
    network.publish(make_post(), TOKEN)


def test_too_many_sign_ins_are_not_sent_and_say_until_when(case: BlueskyCase) -> None:
    case.fake.sign_ins_per_5_minutes = 1
    case.connect().publish(make_post("one"), TOKEN)
    case.memory = DictMemory()
    case.now += timedelta(minutes=1)
    error = expect_failure(case, lambda: case.connect().publish(make_post("two"), OTHER_TOKEN))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta(minutes=4)
    case.now += timedelta(minutes=4)
    case.connect().publish(make_post("two"), OTHER_TOKEN)


def test_the_last_sign_in_of_an_hour_holds_no_post_back(case: BlueskyCase) -> None:
    case.fake.sign_ins_per_5_minutes = 1
    network = case.connect()
    network.publish(make_post(), TOKEN)
    assert network.not_before() is None


def test_the_last_write_of_an_hour_holds_posts_back(case: BlueskyCase) -> None:
    case.fake.remaining = 0
    network = case.connect()
    network.publish(make_post(), TOKEN)
    assert network.not_before() == case.now + timedelta(minutes=5)


@pytest.mark.parametrize("status", ["takendown", "deactivated"])
def test_a_dead_account_is_told_and_stops(case: BlueskyCase, status: str) -> None:
    network = case.connect()
    network.publish(make_post("one"), TOKEN)
    case.fake.status = status
    error = expect_failure(case, lambda: network.publish(make_post("two"), OTHER_TOKEN))
    assert isinstance(error, Credentials)
    assert isinstance(expect_failure(case, case.connect().check), Credentials)
    case.memory = DictMemory()
    assert isinstance(expect_failure(case, case.connect().check), Credentials)
    assert len(case.list_posts()) == 1


def test_a_firewalls_page_is_not_sent(case: BlueskyCase) -> None:
    case.server.break_next(Fault(Reply(403, body=b"<html>no</html>")), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)


def test_another_accounts_session_is_not_used(case: BlueskyCase) -> None:
    case.connect().publish(make_post("one"), TOKEN)
    kept = json.loads(case.memory.values["session"])
    case.memory.values["session"] = json.dumps(kept | {"owner": "somebody else", "access": "x"})
    case.connect().publish(make_post("two"), OTHER_TOKEN)
    case.memory.values["session"] = "no JSON"
    case.connect().publish(make_post("three"), TOKEN[::-1])
    assert len(requests_to(case, "createSession")) == 3


def test_a_handle_may_carry_what_copying_brings(case: BlueskyCase) -> None:
    values = {"URL": case.server.url, "HANDLE": f" @\u202a{HANDLE}\u202c", "PASSWORD": PASSWORD}
    network = Bluesky(make_context("bluesky", values, now=lambda: case.now))
    assert network.check().handle == f"@{HANDLE}"


def test_a_server_that_repeats_a_token_in_its_error_gives_nothing_away(case: BlueskyCase) -> None:
    network = case.connect()
    network.publish(make_post(), TOKEN)
    (token,) = case.fake.access
    reply = Reply(400, {"error": "InvalidRequest", "message": f"{token} {PASSWORD} said no"})
    case.server.break_next(Fault(reply), case.is_create)
    error = expect_failure(case, lambda: network.publish(make_post(), OTHER_TOKEN))
    assert "said no" in str(error)
    case.memory = DictMemory()
    reply = Reply(400, {"error": "InvalidRequest", "message": f"{PASSWORD} is no password"})
    case.server.break_next(Fault(reply), case.is_sign_in)
    expect_failure(case, lambda: case.connect().publish(make_post(), OTHER_TOKEN))


def test_a_session_shows_no_token(case: BlueskyCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    kept = json.loads(case.memory.values["session"])
    assert SECRET_SUFFIX in kept["access"]
    assert SECRET_SUFFIX not in repr(bluesky_session.BlueskySession(**kept))


@pytest.fixture
def host(case: BlueskyCase) -> Iterator[FakeServer]:
    """The account's own PDS, as the DID document names it."""
    server = FakeServer(case.fake.handle_request)
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": server.url,
    }
    case.fake.did_document = {"id": DID, "service": [service]}
    yield server
    server.close()


def test_behind_the_public_entrance_posts_go_to_the_accounts_own_host(
    case: BlueskyCase, host: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky_spec, "PUBLIC_SERVER", case.server.url)
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    case.now += timedelta(hours=3)
    case.connect().find(make_post(), TOKEN)
    case.connect().check()
    assert {request.path.rpartition(".")[2] for request in case.server.requests} == {
        "createSession",
        "refreshSession",
    }
    assert any(map(case.is_create, host.requests))


def test_an_address_that_was_set_is_the_only_one_used(case: BlueskyCase, host: FakeServer) -> None:
    case.connect().publish(make_post(), TOKEN)
    assert host.requests == []
    assert len(case.list_create_requests()) == 1


@pytest.mark.parametrize("endpoint", ["http://pds.example", "ftp://x", "", None, 7, "https://a@b"])
def test_a_document_that_names_no_safe_host_is_passed_over(endpoint: object) -> None:
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": endpoint}]}
    assert bluesky_session._find_pds_url(document, "https://bsky.social") == ""
