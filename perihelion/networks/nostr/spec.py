"""What is known about Nostr before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Variable
from perihelion.networks.shared.deferred_import import connect_by
from perihelion.networks.shared.media_url import MEDIA_URL, allow_served_picture, read_media_url

LIMITS = Limits(
    length=5000,
    pictures=0,
    alt_length=1500,
    picture_bytes=20_000_000,
    picture_formats=("JPEG", "PNG", "WEBP", "GIF", "AVIF"),
    fetches_pictures=True,
    mentions=MentionSyntax.NONE,
)
"""Nostr has no limits. 5,000 characters are at most 20 kB, and common relays accept events of 64
kB; the alt text is as long as Mastodon's. Only a note's tags mention somebody. Pictures need the
option media_url."""
SPEC = NetworkSpec(
    "nostr",
    connect_by("perihelion.networks.nostr.adapter:Nostr"),
    LIMITS,
    variants=(
        (
            Variable("RELAYS", help="wss:// addresses, separated by commas or spaces"),
            Variable("KEY", secret=True, help="the private key: an nsec, or 64 hexadecimal digits"),
        ),
    ),
    options=(MEDIA_URL,),
    read_options=read_media_url,
    login="perihelion.networks.nostr.login:sign_in",
    limits_of=lambda account: allow_served_picture(account, LIMITS),
)
