"""What each network's refusals mean: only those known to be about the post reject it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import (
    Credentials,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    PictureNotSent,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.testing.cases import HttpCase, expect_failure, make_picture, make_post
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import TOKEN
from tests.contract.networks.bluesky_case import BlueskyCase
from tests.contract.networks.test_discord_contract import BotCase, WebhookCase
from tests.contract.networks.test_mastodon_contract import MastodonCase
from tests.contract.networks.test_telegram_contract import TelegramCase
from tests.contract.networks.test_x_contract import XCase
from tests.fakes.x_server import problem_reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def mastodon(tmp_path: Path) -> Iterator[MastodonCase]:
    case = MastodonCase(tmp_path)
    yield case
    case.close()


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[TelegramCase]:
    case = TelegramCase(tmp_path)
    yield case
    case.close()


@pytest.fixture
def x(tmp_path: Path) -> Iterator[XCase]:
    case = XCase(tmp_path)
    yield case
    case.close()


@pytest.fixture
def bluesky(tmp_path: Path) -> Iterator[BlueskyCase]:
    case = BlueskyCase(tmp_path)
    yield case
    case.close()


def refuse_post(case: HttpCase, reply: Reply) -> PublishError:
    """The error of a post whose create request gets `reply`."""
    case.server.break_next(Fault(reply), case.is_create)
    network = case.connect()
    return expect_failure(case, lambda: network.publish(make_post(), TOKEN))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Cannot attach files that have not finished processing. Try again in a moment!",
         RefusedForNow),
        ("Media 109, 110 not found or already attached to another post", RefusedForNow),
        ("Validation failed: Text character limit of 500 exceeded", Rejected),
        ("Validation failed: Text can't be blank", Rejected),
    ],
)  # fmt: skip
def test_mastodon_rejects_a_post_but_not_for_its_pictures_state(
    mastodon: MastodonCase, message: str, kind: type[PublishError]
) -> None:
    assert type(refuse_post(mastodon, Reply(422, {"error": message}))) is kind


def test_mastodon_is_asked_for_errors_in_english(mastodon: MastodonCase) -> None:
    mastodon.connect().publish(make_post(), TOKEN)
    (request,) = mastodon.list_create_requests()
    assert request.headers["accept-language"] == "en"


@pytest.mark.parametrize("broken", ["the post", "the picture"])
def test_a_revoked_token_on_takahe_is_a_matter_of_credentials(
    mastodon: MastodonCase, broken: str
) -> None:
    """Takahe answers each request with a revoked token so, whatever it asks for."""
    revoked = Fault(Reply(400, body=b"Invalid Bearer token"))
    for matches in (mastodon.is_create, mastodon.is_upload)[broken == "the picture" :]:
        mastodon.server.break_next(revoked, matches)
    mastodon.server.break_next(revoked, mastodon.is_check)
    network = mastodon.connect()
    picture = make_picture(mastodon.folder)
    error = expect_failure(mastodon, lambda: network.publish(make_post(picture=picture), TOKEN))
    assert isinstance(error, Credentials)
    assert "Invalid Bearer token" in str(error)


def test_doctor_tells_a_revoked_token_on_takahe(mastodon: MastodonCase) -> None:
    mastodon.server.break_next(Fault(Reply(400, body=b"Invalid Bearer token")), mastodon.is_check)
    error = expect_failure(mastodon, mastodon.connect().check)
    assert isinstance(error, Credentials)
    assert "Invalid Bearer token" in str(error)


def test_an_account_that_cannot_be_asked_leaves_the_post_waiting(mastodon: MastodonCase) -> None:
    mastodon.server.break_next(Fault(cut_after=0), mastodon.is_check)
    error = refuse_post(mastodon, Reply(422, {"error": "Validation failed: no"}))
    assert isinstance(error, RefusedForNow)
    assert "Validation failed: no" in str(error)


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("TOPIC_CLOSED", RefusedForNow),
        ("PEER_ID_INVALID", RefusedForNow),
        ("CHANNEL_PRIVATE", RefusedForNow),
        ("message thread not found", RefusedForNow),
        ("something that no list knows", RefusedForNow),
        ("chat not found", Credentials),
        ("not enough rights to send text messages to the chat", Credentials),
        ("MESSAGE_TOO_LONG", Rejected),
        ("message caption is too long", Rejected),
        ("PHOTO_INVALID_DIMENSIONS", Rejected),
        ("IMAGE_PROCESS_FAILED", Rejected),
        ("replied message not found", ParentGone),
        ("can't parse entities: unsupported start tag", Rejected),
    ],
)
def test_telegram_rejects_a_post_only_for_what_is_about_it(
    telegram: TelegramCase, description: str, kind: type[PublishError]
) -> None:
    telegram.fake.refusal = (400, f"Bad Request: {description}")
    error = expect_failure(telegram, lambda: telegram.connect().publish(make_post(), TOKEN))
    assert type(error) is kind
    assert description in str(error)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 220001, RefusedForNow),
        (400, 220003, RefusedForNow),
        (400, 50008, RefusedForNow),
        (400, 50083, RefusedForNow),
        (403, 160005, RefusedForNow),
        (400, 160005, RefusedForNow),
        (403, 40004, RefusedForNow),
        (400, 40004, RefusedForNow),
        (400, 20028, RefusedForNow),
        (429, 20028, NotSent),
        (400, 0, RefusedForNow),
        (400, 999999, RefusedForNow),
        (403, 50001, Credentials),
        (400, 50035, Rejected),
        (400, 50046, Rejected),
        (400, 50045, Rejected),
    ],
)
@pytest.mark.parametrize("case_type", [BotCase, WebhookCase])
def test_discord_rejects_a_post_only_for_what_is_about_it(
    tmp_path: Path, case_type: type[BotCase], status: int, code: int, kind: type[PublishError]
) -> None:
    case = case_type(tmp_path)
    case.fake.refusal = (status, code, "no")
    assert type(expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))) is kind
    case.close()


AUTOMATED = (
    "This request looks like it might be automated. To protect our users from spam and other "
    "malicious activity, we can't complete this action right now. Please try again later."
)


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        (AUTOMATED, RefusedForNow),
        ("User is over daily status update limit.", RefusedForNow),
        ("You have reached your daily limit for sending Tweets and messages.", RefusedForNow),
        ("You are not permitted to perform this action.", RefusedForNow),
        ("You are not allowed to reply to this conversation.", Rejected),
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", ParentGone),
        ("Your Tweet needs to be a bit shorter.", Rejected),
        ("Your account is suspended.", Credentials),
        ("You are not allowed to create a Tweet with duplicate content.", OutcomeUnknown),
    ],
)
def test_x_rejects_a_post_only_for_what_is_about_it(
    x: XCase, detail: str, kind: type[PublishError]
) -> None:
    assert type(refuse_post(x, problem_reply(403, "Forbidden", detail))) is kind


@pytest.mark.parametrize("code", [185, 344])
def test_x_s_daily_limits_are_known_in_the_older_form_of_its_errors(x: XCase, code: int) -> None:
    said = "User is over daily status update limit."
    error = refuse_post(x, Reply(403, {"errors": [{"code": code, "message": said}]}))
    assert type(error) is RefusedForNow
    assert said in str(error)


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("InvalidRequest", "Invalid app.bsky.feed.post record: text too long", Rejected),
        ("InvalidRequest", "Could not find repo: did:plc:abc", RefusedForNow),
        ("SomethingNew", "no", RefusedForNow),
        ("BlobNotFound", "no", NotSent),
    ],
)
def test_bluesky_rejects_a_post_only_for_what_is_about_it(
    bluesky: BlueskyCase, name: str, message: str, kind: type[PublishError]
) -> None:
    reply = Reply(400, {"error": name, "message": message})
    assert type(refuse_post(bluesky, reply)) is kind


def test_what_was_refused_for_now_is_sent_once_its_cause_is_gone(telegram: TelegramCase) -> None:
    network = telegram.connect()
    telegram.fake.refusal = (400, "Bad Request: TOPIC_CLOSED")
    expect_failure(telegram, lambda: network.publish(make_post(), TOKEN))
    telegram.fake.refusal = None
    network.publish(make_post(), TOKEN)
    assert len(telegram.list_posts()) == 1


def test_a_picture_too_large_for_a_proxy_rejects_its_post(mastodon: MastodonCase) -> None:
    page = Reply(413, body=b"<html><title>413 Request Entity Too Large</title></html>")
    assert isinstance(refuse_post(mastodon, page), Rejected)


@pytest.mark.parametrize("case_type", [MastodonCase, BlueskyCase, XCase])
@pytest.mark.parametrize("fault", [Fault(Reply(500, {"error": "no"})), Fault(cut_after=0)])
def test_a_picture_without_an_answer_concerns_its_post_alone(
    tmp_path: Path, case_type: type[HttpCase], fault: Fault
) -> None:
    case = case_type(tmp_path)
    network, picture = case.connect(), make_picture(case.folder)
    case.server.break_next(fault, case.is_upload)
    error = expect_failure(case, lambda: network.publish(make_post(picture=picture), TOKEN))
    assert type(error) is PictureNotSent
    network.publish(make_post("without a picture"), TOKEN[::-1])
    assert len(case.list_posts()) == 1
    case.close()
