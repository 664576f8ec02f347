"""What is known about Telegram before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Counting, Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Option, Variable
from perihelion.networks.shared.account_settings import UNKNOWN_OPTION
from perihelion.networks.shared.deferred_import import connect_by

CAPTION_LENGTH = 1024
"""UTF-16 units in a caption (Bot API, sendPhoto)."""
API_URL = "https://api.telegram.org"
LIMITS = Limits(
    length=4096,
    counting=Counting.UTF16,
    alt_length=5000,
    picture_bytes=10_000_000,
    picture_sides=10_000,
    picture_ratio=20,
    picture_min_side=2,
    square_pictures=True,
    caption_length=CAPTION_LENGTH,
    mentions=MentionSyntax.TELEGRAM,
)
"""Bot API 10.1, sendMessage and sendPhoto. Telegram has no alt text; 5,000 rejects no picture for
something that Telegram does not show."""


SPEC = NetworkSpec(
    "telegram",
    connect_by("perihelion.networks.telegram.adapter:Telegram"),
    LIMITS,
    variants=(
        (
            Variable("URL", default=API_URL, help="the Bot API's server"),
            Variable("TOKEN", secret=True, help="the bot's token, from @BotFather"),
            Variable("CHAT", help="@channel, or the chat's number"),
        ),
    ),
    options=(
        Option("alt", ("off", "caption"), "whether the alt text is appended to the caption"),
        Option("link_preview", ("on", "off"), "whether the first link shows a preview"),
        UNKNOWN_OPTION,
    ),
    login="perihelion.networks.telegram.login:sign_in",
)
