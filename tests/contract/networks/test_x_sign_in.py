"""Signing in to X by OAuth 2: tokens that end, and refresh tokens that work once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import Credentials, LedgerUnavailable, NotSent
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import expect_failure, make_post
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.test_x_contract import TokensCase
from tests.fakes.x_server import CLIENT, FIRST_REFRESH, SECRET_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request


class SignInCase(TokensCase):
    """Counts how often it signs in."""

    def sign_ins(self) -> int:
        return sum(map(self.is_sign_in, self.server.requests))


class FailingNotebook(DictMemory):
    """A memory whose ledger is away while `broken`."""

    broken = True

    def put(self, name: str, value: str) -> None:
        if self.broken:
            raise LedgerUnavailable("the disk is full")
        super().put(name, value)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[SignInCase]:
    made = SignInCase(tmp_path)
    yield made
    made.close()


def test_an_access_token_serves_until_shortly_before_its_end(case: SignInCase) -> None:
    case.connect().publish(make_post("one"), TOKEN)
    case.now += timedelta(minutes=110)
    case.connect().publish(make_post("two"), OTHER_TOKEN)
    assert case.sign_ins() == 1
    case.now += timedelta(minutes=6)
    case.connect().check()
    assert case.sign_ins() == 2


def test_each_refresh_token_is_used_once_and_the_next_is_kept(case: SignInCase) -> None:
    for _ in range(3):
        case.connect().check()
        case.now += timedelta(hours=3)
    used = [r.form["refresh_token"][0] for r in case.server.requests if case.is_sign_in(r)]
    assert used[0] == FIRST_REFRESH
    assert len(set(used)) == 3


def test_a_new_pair_is_kept_before_it_is_used(case: SignInCase) -> None:
    kept: list[bool] = []

    def is_first_use(request: Request) -> bool:
        if case.is_check(request):
            kept.append("tokens" in case.notebook.values)
        return False

    case.server.break_next(Fault(), is_first_use)
    case.connect().check()
    assert kept == [True]


def test_where_the_pair_cannot_be_kept_nothing_is_posted_and_it_is_not_lost(
    case: SignInCase,
) -> None:
    torn = FailingNotebook()
    case.notebook = torn
    network = case.connect()
    error = expect_failure(case, lambda: network.publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert "disk is full" in str(error)
    assert case.list_create_requests() == []
    torn.broken = False
    assert network.publish(make_post(), TOKEN).id
    assert case.sign_ins() == 1
    assert case.connect().check().handle


def test_the_pair_that_another_process_got_is_taken_over(case: SignInCase) -> None:
    case.connect().check()
    before = case.notebook.values["tokens"]
    case.now += timedelta(hours=3)
    case.connect().check()
    after = case.notebook.values["tokens"]

    class Behind(DictMemory):
        """Shows the old pair once, as to a process that read it just before it changed."""

        def get(self, name: str) -> str | None:
            shown, self.values["tokens"] = self.values.get("tokens"), after
            return shown if name == "tokens" else None

    case.notebook = Behind()
    case.notebook.values["tokens"] = before
    assert case.connect().publish(make_post(), TOKEN).id


def test_a_refused_refresh_token_asks_for_a_new_sign_in(case: SignInCase) -> None:
    case.fake.refresh = "used up elsewhere"
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, Credentials)
    assert "sign in again" in str(error)
    assert case.list_create_requests() == []


@pytest.mark.parametrize(
    "reply", [Reply(503, {}), Reply(429, {}), Reply(200, body=b"<html>"), Reply(200, {})]
)
def test_a_sign_in_without_an_answer_posts_nothing_and_is_tried_again(
    case: SignInCase, reply: Reply
) -> None:
    case.server.break_next(Fault(reply), case.is_sign_in)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert case.list_create_requests() == []
    assert case.connect().publish(make_post(), TOKEN).id


def test_a_token_that_ends_early_is_renewed_at_the_next_try(case: SignInCase) -> None:
    network = case.connect()
    network.check()
    case.fake.access.clear()
    assert isinstance(
        expect_failure(case, lambda: network.publish(make_post(), TOKEN)), Credentials
    )
    assert len(case.list_create_requests()) == 1
    assert network.publish(make_post(), TOKEN).id
    assert case.sign_ins() == 2


def test_a_renewed_token_that_an_answer_repeats_does_not_show(case: SignInCase) -> None:
    detail = f"Bearer x-access-1-{SECRET_SUFFIX} and x-refresh-1-{SECRET_SUFFIX} may not do that"
    case.server.break_next(Fault(Reply(403, {"detail": detail})), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert "Bearer *** and *** may not do that" in str(error)


def test_a_public_client_names_itself_and_proves_nothing(case: SignInCase) -> None:
    case.fake.public_client = True
    case.values = {"CLIENT_ID": CLIENT["CLIENT_ID"], "REFRESH_TOKEN": FIRST_REFRESH}
    assert case.connect().check().handle == "@year"


@pytest.mark.parametrize("kept", ["", "nonsense", "[]", '["a", "b"]', '{"a": 1}', '[1, 2, "3"]'])
def test_a_pair_that_cannot_be_read_is_as_none(case: SignInCase, kept: str) -> None:
    case.notebook.values["tokens"] = kept
    assert case.connect().check().handle == "@year"
