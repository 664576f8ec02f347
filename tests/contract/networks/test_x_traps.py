"""What X and tweepy really do, each trap by its name."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.accounts import Account
from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    NotSent,
    OutcomeUnknown,
    RefusedForNow,
    Rejected,
)
from perihelion.networks import loader
from perihelion.networks.base import BudgetResult, PaidNetwork
from perihelion.networks.x.adapter import X
from perihelion.testing.cases import expect_failure, make_picture, make_post
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.faults import MAX_SECONDS
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.test_x_contract import TokensCase, XCase
from tests.fakes.x_server import CLIENT, KEYS, no_credits_reply, problem_reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.errors import PublishError
    from perihelion.model.posts import Post


@pytest.fixture
def case(tmp_path: Path) -> Iterator[XCase]:
    made = XCase(tmp_path)
    yield made
    made.close()


def publish_refused(case: XCase, reply: Reply, post: Post | None = None) -> PublishError:
    """What an adapter makes of `reply` to its create request, which it must send once."""
    before = len(case.list_create_requests())
    case.server.break_next(Fault(reply), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(post or make_post(), TOKEN))
    assert len(case.list_create_requests()) == before + 1
    return error


@pytest.mark.parametrize(
    ("leak", "reply", "kind"),
    [
        ("JSONDecodeError", Reply(200, body=b"<html>"), OutcomeUnknown),
        ("AttributeError", Reply(403, ["no"]), RefusedForNow),
        ("AttributeError", Reply(400, ["no"]), RefusedForNow),
        ("TypeError", Reply(403, {"errors": None, "error": "no"}), RefusedForNow),
        ("TypeError", Reply(429, {"errors": None}), NotSent),
        ("ValueError", Reply(429, {}, headers={"x-rate-limit-reset": "soon"}), NotSent),
        ("nothing", Reply(200, {"errors": [{"title": "no"}]}), OutcomeUnknown),
        ("nothing", Reply(201, {"data": None}), OutcomeUnknown),
        ("nothing", Reply(201, {"data": {"text": "no id"}}), OutcomeUnknown),
        ("HTTPException", Reply(402, body=b""), Credentials),
        ("HTTPException", Reply(418, {}), NotSent),
    ],
)
def test_what_tweepy_lets_through_is_sorted_by_the_answer_itself(
    case: XCase, leak: str, reply: Reply, kind: type[PublishError]
) -> None:
    assert type(publish_refused(case, reply)) is kind, leak


def test_a_307_is_not_followed_so_that_the_post_is_sent_once(case: XCase) -> None:
    reply = Reply(307, {}, headers={"Location": f"{case.server.url}/2/tweets"})
    assert isinstance(publish_refused(case, reply), NotSent)
    assert case.list_posts() == []


def test_no_credits_stop_the_account_with_a_plain_reason(case: XCase) -> None:
    case.fake.credits = False
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, Credentials)
    assert "x: the post: no credits" in str(error)
    assert "console.x.com" in str(expect_failure(case, case.connect().check))


def test_a_spending_limit_stops_the_account_whatever_its_status(case: XCase) -> None:
    reply = problem_reply(403, "Forbidden", "The monthly spend cap of this account is reached.")
    error = publish_refused(case, reply)
    assert isinstance(error, Credentials)
    assert "no credits" in str(error)


def test_an_upload_without_credits_stops_the_account_too(case: XCase) -> None:
    case.server.break_next(Fault(no_credits_reply()), case.is_upload)
    post = make_post(picture=make_picture(case.folder))
    assert isinstance(
        expect_failure(case, lambda: case.connect().publish(post, TOKEN)), Credentials
    )


def test_a_refused_reply_is_never_sent_again(case: XCase) -> None:
    case.fake.replies_allowed = False
    post = make_post(reply_to="1346889436626259968")
    assert isinstance(expect_failure(case, lambda: case.connect().publish(post, TOKEN)), Rejected)


@pytest.mark.parametrize(
    "reply",
    [
        problem_reply(
            403,
            "Forbidden",
            "Your client app is not configured with the appropriate oauth1 app permissions.",
        ),
        problem_reply(
            403, "Client Forbidden", "", "https://api.twitter.com/2/problems/client-forbidden"
        ),
        problem_reply(403, "Forbidden", "Your account is suspended."),
    ],
)
def test_a_403_about_the_account_stops_it_instead_of_rejecting_its_posts(
    case: XCase, reply: Reply
) -> None:
    assert isinstance(publish_refused(case, reply), Credentials)


def test_a_403_that_is_a_page_is_not_from_the_api_and_loses_no_post(case: XCase) -> None:
    assert isinstance(
        publish_refused(case, Reply(403, body=b"<html>Checking your browser")), NotSent
    )


def test_a_duplicate_is_evidence_that_the_post_is_there_and_is_looked_up(case: XCase) -> None:
    made = case.fake.add_tweet(make_post().text)
    network = case.connect()
    error = expect_failure(case, lambda: network.publish(make_post(), TOKEN))
    assert isinstance(error, OutcomeUnknown)
    found = network.find(make_post(), TOKEN)
    assert found
    assert found.id == made.id


def test_a_duplicate_of_something_old_is_rejected_once_it_was_looked_up(case: XCase) -> None:
    case.fake.add_tweet(make_post().text, at=NOW - timedelta(days=365))
    first = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(first, OutcomeUnknown)
    assert case.connect().find(make_post(), TOKEN) is None
    second = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(second, Rejected)
    assert "wording" in str(second)
    other = expect_failure(case, lambda: case.connect().publish(make_post(), OTHER_TOKEN))
    assert isinstance(other, OutcomeUnknown)


def test_a_429_without_a_reset_never_waits_nor_asks_again(case: XCase) -> None:
    begun = time.monotonic()
    case.server.break_next(Fault(Reply(429, {})), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert error.retry_after is None
    assert time.monotonic() - begun < MAX_SECONDS
    assert len(case.server.requests) == 1


def test_the_rate_limit_ends_when_x_says_so(case: XCase) -> None:
    reset = {"x-rate-limit-reset": str(int(NOW.timestamp()) + 600), "x-rate-limit-remaining": "0"}
    case.server.break_next(Fault(Reply(429, {}, headers=reset)), case.is_create)
    network = case.connect()
    error = expect_failure(case, lambda: network.publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta(minutes=10)
    assert network.not_before() == NOW + timedelta(minutes=10)


def test_the_last_post_of_a_window_says_that_the_next_must_wait(case: XCase) -> None:
    case.fake.remaining = 0
    network = case.connect()
    network.publish(make_post(), TOKEN)
    assert network.not_before() == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("name", KEYS)
def test_every_key_takes_part_in_the_signature(case: XCase, name: str) -> None:
    case.values = {**KEYS, name: "another"}
    assert isinstance(expect_failure(case, case.connect().check), Credentials)


@pytest.mark.parametrize("case_type", [XCase, TokensCase])
def test_neither_tweepy_nor_oauthlib_says_a_word_at_debug(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case_type: type[XCase]
) -> None:
    caplog.set_level(logging.DEBUG)
    made = case_type(tmp_path)
    made.connect().publish(make_post(), TOKEN)
    made.close()
    loud = ("tweepy", "oauthlib", "requests_oauthlib", "urllib3")
    assert [r.name for r in caplog.records if r.name.startswith(loud)] == []


def test_tweepy_is_imported_only_to_connect() -> None:
    program = (
        "import sys; from perihelion.networks import loader; loader.load_spec('x');"
        "sys.exit('tweepy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_doctor_is_told_what_posts_cost_and_whose_account_it_is(case: XCase) -> None:
    identity = case.connect().check()
    assert identity.handle == "@year"
    assert identity.url == "https://x.com/year"
    assert "0.015" in identity.notes[0]
    assert "0.200" in identity.notes[0]


def test_a_post_beyond_the_budget_goes_without_links_or_waits_for_the_next_month() -> None:
    options = (("budget", "0.23"), ("over_budget", "drop-links"))
    network = X(make_context("x", KEYS, options=options))
    assert isinstance(network, PaidNetwork)
    assert network.billed_since(NOW) == datetime(2027, 2, 1, tzinfo=UTC)
    linked, plain = make_post("Landed\nhttps://example.org"), make_post("Landed")
    assert network.check_budget(linked, [plain], NOW) == BudgetResult(linked)
    without = network.check_budget(linked, [linked], NOW)
    assert without.post == plain
    assert "without links" in without.reason
    kept_back = network.check_budget(linked, [linked, plain, plain], NOW)
    assert kept_back.post is None
    assert kept_back.wait_until == datetime(2027, 3, 1, tzinfo=UTC)


def test_a_budget_that_is_none_shows_before_anything_is_posted() -> None:
    options = (("budget", "free"),)
    with pytest.raises(ConfigurationError, match="budget"):
        X(make_context("x", KEYS, options=options))


@pytest.mark.parametrize(
    "values", [KEYS, {**CLIENT, "REFRESH_TOKEN": "r"}, {"CLIENT_ID": "c", "REFRESH_TOKEN": "r"}]
)
def test_an_account_is_set_up_by_keys_or_by_tokens(values: dict[str, str]) -> None:
    environ = {f"X_{name}": value for name, value in values.items()}
    chosen, mistakes = loader.read_credentials(Account("x", "x"), environ)
    assert mistakes == []
    assert chosen
    assert chosen["URL"].reveal() == "https://api.x.com"
    assert X(replace(make_context("x", {}), values=chosen)).name == "x"


def test_keys_and_tokens_at_once_are_a_mistake() -> None:
    both = {**KEYS, **CLIENT, "REFRESH_TOKEN": "r"}
    environ = {f"X_{name}": value for name, value in both.items()}
    chosen, mistakes = loader.read_credentials(Account("x", "x"), environ)
    assert chosen is None
    assert "not both" in str(mistakes[0])
