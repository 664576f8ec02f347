"""What is known about Mastodon before an account is connected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.posts import Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Option, Variable
from perihelion.networks.shared.deferred_import import connect_by

if TYPE_CHECKING:
    from perihelion.model.accounts import Account

LIMITS = Limits(
    length=500,
    url_length=23,
    pictures=4,
    alt_length=1500,
    picture_bytes=16 * 1024 * 1024,
    picture_pixels=4096 * 4096,
    mentions=MentionSyntax.MASTODON,
)
"""Mastodon's own defaults (configuration of /api/v2/instance), for servers that report none. Other
software counts code points; there are never fewer of them than of graphemes."""


def limits_beside_warning(account: Account, limits: Limits = LIMITS) -> Limits:
    """`limits` without the length of the account's longer warning, which counts as text."""
    warnings = map(account.get_option, ("content_warning", "memorial_warning"))
    return replace(limits, length=max(0, limits.length - max(map(len, warnings))))


SPEC = NetworkSpec(
    "mastodon",
    connect_by("perihelion.networks.mastodon.adapter:Mastodon"),
    LIMITS,
    variants=(
        (
            Variable("URL", help="the server, such as https://mastodon.social"),
            Variable("TOKEN", secret=True, help="an access token with the scopes read and write"),
        ),
    ),
    options=(
        Option("visibility", ("public", "unlisted", "private"), "who sees the posts"),
        Option("content_warning", (), "a line that hides the post until it is opened"),
        Option("memorial_warning", (), "the same, for memorials only"),
    ),
    login="perihelion.networks.mastodon.login:sign_in",
    limits_of=limits_beside_warning,
)
