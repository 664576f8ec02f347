"""A post as an embed: what it looks like, and that a look-up knows it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.errors import AmbiguousMatch
from perihelion.networks.discord.embed import COLOUR, make_embed, read_text
from perihelion.testing.cases import make_picture, make_pictures, make_post
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.samples import OTHER_TOKEN
from perihelion.testing.samples import TOKEN as KEY
from tests.contract.networks.test_discord_contract import BotCase, WebhookCase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.posts import Post
    from perihelion.networks.base import Network

TEXT = "Voyager 1 left Earth 50 years ago.\n\nIt was built for five years.\n\n5 September 1977"
POST = make_post(TEXT, moment="1977-09-05T12:56:00.000Z")
CLOCK = "\n\n-# <t:242312160:f>"


class EmbedCase(BotCase):
    def connect(self, patience: float = 10, **options: str) -> Network:
        return super().connect(patience, **{"layout": "embed"} | options)


class TestDiscordEmbeds(HttpContract):
    case_type = EmbedCase


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[EmbedCase]:
    made = EmbedCase(tmp_path)
    yield made
    made.close()


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[WebhookCase]:
    made = WebhookCase(tmp_path)
    yield made
    made.close()


def publish(case: BotCase, post: Post = POST, **options: str) -> dict[str, Any]:
    """The embed of the one message; the contract of Discord's API accepts the request."""
    case.connect(10, **options).publish(post, KEY)
    for request in case.server.requests:
        case.validate_request(request)
    (message,) = case.fake.messages
    assert (message.content, len(message.embeds)) == ("", 1)
    return message.embeds[0]


def test_the_news_is_the_title_and_the_last_line_the_reader_s_own_clock(bot: EmbedCase) -> None:
    assert publish(bot) == {
        "title": "Voyager 1 left Earth 50 years ago.",
        "description": f"It was built for five years.\n\n5 September 1977{CLOCK}",
        "color": COLOUR,
    }


def test_a_memorial_has_no_colour(bot: EmbedCase) -> None:
    assert "color" not in publish(bot, replace(POST, is_memorial=True))


def test_a_single_picture_is_in_the_embed_with_its_alt_text(bot: EmbedCase) -> None:
    shown = publish(bot, replace(POST, pictures=(make_picture(bot.folder),)))
    alt = "A capsule under its parachute"
    assert shown["image"] == {"url": "attachment://landing.png", "description": alt}
    assert bot.fake.messages[0].alt == alt


def test_several_pictures_stay_beside_the_embed(bot: EmbedCase) -> None:
    assert "image" not in publish(bot, replace(POST, pictures=make_pictures(bot.folder, 2)))


@pytest.mark.parametrize("first", ["x" * 257, "\U0001f680" * 129, "two\nlines"])
def test_a_first_paragraph_that_is_no_title_stands_with_the_rest(first: str) -> None:
    embed = make_embed(make_post(f"{first}\n\nrest"), [])
    assert (embed.get("title"), embed["description"]) == (None, f"{first}\n\nrest")


def test_a_webhook_posts_embeds_unless_its_account_wants_text(webhook: WebhookCase) -> None:
    assert publish(webhook)["title"]
    for number, options in enumerate(({"layout": "text"}, {"embeds": "off"})):
        webhook.connect(10, **options).publish(POST, f"{number:032x}")
    assert [one.content for one in webhook.fake.messages[1:]] == [TEXT, TEXT]
    assert [one.flags for one in webhook.fake.messages] == [0, 0, 4]


def test_a_bot_posts_text_unless_its_account_wants_embeds(bot: EmbedCase) -> None:
    bot.connect(layout="text").publish(POST, KEY)
    assert bot.fake.messages[0].content == TEXT


def test_a_look_up_knows_an_embed_and_a_text_by_their_words(bot: EmbedCase) -> None:
    network = bot.connect()
    made = network.publish(POST, KEY)
    assert network.find(POST, OTHER_TOKEN) == made
    assert bot.connect(layout="text").find(POST, OTHER_TOKEN) == made
    with pytest.raises(AmbiguousMatch):
        network.find(replace(POST, text=TEXT.replace("five", "fife")), OTHER_TOKEN)


def test_a_message_whose_embed_was_removed_may_be_any_post(bot: EmbedCase) -> None:
    network = bot.connect()
    network.publish(POST, KEY)
    bot.fake.messages[0].embeds = []
    with pytest.raises(AmbiguousMatch):
        network.find(POST, OTHER_TOKEN)


def test_a_message_without_words_has_no_text() -> None:
    assert read_text({"content": "", "embeds": [{"image": {}}, None]}) == ""
