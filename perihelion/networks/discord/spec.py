"""What is known about Discord before an account is connected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.posts import Counting, Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Option, Variable
from perihelion.networks.discord.embed import LAYOUT, uses_embed
from perihelion.networks.discord.thread_options import THREAD_OPTIONS, read_thread_options
from perihelion.networks.shared.account_settings import UNKNOWN_OPTION
from perihelion.networks.shared.deferred_import import connect_by

if TYPE_CHECKING:
    from perihelion.model.accounts import Account

API_PATH = "/api/v10"
API_URL = f"https://discord.com{API_PATH}"
LIMITS = Limits(
    length=2000,
    counting=Counting.UTF16,
    pictures=10,
    alt_length=1024,
    picture_bytes=10_000_000,
    mentions=MentionSyntax.NONE,
    shows_moments=True,
)
"""Discord counts code points, according to a developer of its API (discord-api-docs#1315); its
documents say "characters". A text has at least as many UTF-16 units, so one that fits here fits."""


def limits_of(account: Account) -> Limits:
    """The limits of an account's posts, as far as its options say whether they are embeds."""
    return replace(LIMITS, shows_moments=uses_embed(account, is_usual=True))


SPEC = NetworkSpec(
    "discord",
    connect_by("perihelion.networks.discord.adapter:make_adapter"),
    LIMITS,
    variants=(
        (Variable("WEBHOOK", secret=True, help="the webhook's URL, as Discord shows it"),),
        (
            Variable("URL", default=API_URL, help="the API's server"),
            Variable("TOKEN", secret=True, help="the bot's token, from the Developer Portal"),
            Variable("CHANNEL", help="the channel's id, a number"),
        ),
    ),
    limits_of=limits_of,
    options=(
        LAYOUT,
        Option("embeds", ("on", "off"), "whether links show a preview"),
        UNKNOWN_OPTION,
        *THREAD_OPTIONS,
    ),
    read_options=read_thread_options,
    login="perihelion.networks.discord.login:sign_in",
)
