"""What is known about Bluesky before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Counting, Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Option, Variable
from perihelion.networks.shared.deferred_import import connect_by

PUBLIC_SERVER = "https://bsky.social"
"""The public server. It names the host of each account in the account's DID document."""
LIMITS = Limits(
    length=300,
    counting=Counting.GRAPHEMES,
    max_bytes=3000,
    pictures=4,
    alt_length=2000,
    picture_bytes=1_000_000,
    picture_formats=("JPEG", "PNG", "WEBP"),
    mentions=MentionSyntax.NONE,
    shows_link_cards=True,
)
"""The text's limits are the lexicon's; Bluesky's own app accepts 2,000 characters of alt text. A
picture may have 2,000,000 bytes since 2026, but a PDS with the older lexicon refuses the record
of one that has more than 1,000,000."""
SPEC = NetworkSpec(
    "bluesky",
    connect_by("perihelion.networks.bluesky.adapter:Bluesky"),
    LIMITS,
    variants=(
        (
            Variable("URL", required=False, default=PUBLIC_SERVER, help="the PDS"),
            Variable("HANDLE", help="the account's handle, such as year.bsky.social"),
            Variable("PASSWORD", secret=True, help="an app password of the account"),
        ),
    ),
    options=(Option("card", ("on", "off", "thumbnail"), "when the first link is shown as a card"),),
    login="perihelion.networks.bluesky.login:sign_in",
)
