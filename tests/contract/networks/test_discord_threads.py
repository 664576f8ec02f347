"""Discord's forum channels, whose posts go to a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import ConfigurationError, Credentials, RefusedForNow
from perihelion.networks.discord.spec import SPEC
from perihelion.testing.cases import expect_failure, make_picture, make_post
from perihelion.testing.contexts import make_context
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.test_discord_contract import BotCase, WebhookCase
from tests.fakes.discord_server import CHANNEL, read_payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ForumCase(WebhookCase):
    fields = WebhookCase.fields | {"thread_name"}


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[ForumCase]:
    case = ForumCase(tmp_path)
    case.fake.is_forum = True
    case.fake.threads["5001"] = "Anniversaries"
    yield case
    case.close()


def test_a_forum_refuses_a_post_without_a_thread_and_the_error_names_the_options(
    forum: ForumCase,
) -> None:
    error = expect_failure(forum, lambda: forum.connect().publish(make_post(), TOKEN))
    assert isinstance(error, RefusedForNow)
    assert "thread_id or thread_name" in str(error)
    assert forum.list_posts() == []


def test_all_posts_go_to_the_thread_of_the_option_thread_id(forum: ForumCase) -> None:
    network = forum.connect(thread_id="5001")
    network.publish(make_post("one"), TOKEN)
    network.publish(make_post("two", picture=make_picture(forum.folder)), OTHER_TOKEN)
    for request in forum.list_create_requests():
        assert request.query["thread_id"] == ["5001"]
        assert request.query["wait"] == ["true"]
        forum.validate_request(request)
    assert list(forum.fake.threads.values()) == ["Anniversaries"]


def test_a_thread_that_is_gone_stops_the_account_and_the_error_names_the_option(
    forum: ForumCase,
) -> None:
    network = forum.connect(thread_id="5002")
    error = expect_failure(forum, lambda: network.publish(make_post(), TOKEN))
    assert isinstance(error, Credentials)
    assert "the thread of the option thread_id" in str(error)


def test_each_post_begins_a_thread_of_the_option_thread_name(forum: ForumCase) -> None:
    network = forum.connect(thread_name="On this day")
    network.publish(make_post("one"), TOKEN)
    network.publish(make_post("two", picture=make_picture(forum.folder)), OTHER_TOKEN)
    for request in forum.list_create_requests():
        assert read_payload(request)["thread_name"] == "On this day"
        forum.validate_request(request)
    assert list(forum.fake.threads.values()) == ["Anniversaries", "On this day", "On this day"]


def test_a_bot_posts_to_a_thread_as_to_a_channel(tmp_path: Path) -> None:
    case = BotCase(tmp_path)
    values = case.credential_values()
    options = (("thread_id", CHANNEL),)
    made = make_context("discord", values | {"CHANNEL": "77"}, options=options)
    SPEC.connect(made).publish(make_post(), TOKEN)
    assert [request.path for request in case.list_create_requests()] == [
        f"/api/v10/channels/{CHANNEL}/messages"
    ]
    case.close()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"thread_id": "general"}, "must be a thread's id"),
        ({"thread_name": "x" * 101}, "at most 100 characters"),
        ({"thread_id": "5001", "thread_name": "x"}, "not both"),
    ],
)
def test_a_thread_option_that_cannot_be_right_is_named(
    options: dict[str, str], problem: str
) -> None:
    account = make_context("discord", {}, options=tuple(options.items())).account
    assert SPEC.read_options is not None
    with pytest.raises(ConfigurationError, match=problem):
        SPEC.read_options(account)


def test_a_bot_cannot_begin_threads_by_name(tmp_path: Path) -> None:
    case = BotCase(tmp_path)
    with pytest.raises(ConfigurationError, match="thread_name' needs a webhook"):
        case.connect(thread_name="On this day")
    case.close()
