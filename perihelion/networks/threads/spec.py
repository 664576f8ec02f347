"""What is known about Threads before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Counting, Limits
from perihelion.networks.base import NetworkSpec, Variable
from perihelion.networks.shared.deferred_import import connect_by
from perihelion.networks.shared.media_url import MEDIA_URL, allow_served_picture, read_media_url

PUBLIC_API = "https://graph.threads.net"
LIMITS = Limits(
    length=500,
    counting=Counting.THREADS,
    pictures=0,
    alt_length=1000,
    picture_bytes=8_000_000,
    picture_ratio=10,
    several_tags=False,
    fetches_pictures=True,
)
"""Meta's documents: 500 characters, pictures of 8 MB. They state no limit for alt text; ours is
1,000. They do not say what is a mention either: every @ may begin one. Pictures need the option
media_url."""
SPEC = NetworkSpec(
    "threads",
    connect_by("perihelion.networks.threads.adapter:Threads"),
    LIMITS,
    variants=(
        (
            Variable("URL", required=False, default=PUBLIC_API, help="the API's address"),
            Variable("USER", help="the account's number (Threads user id)"),
            Variable("TOKEN", secret=True, help="a long-lived access token"),
        ),
    ),
    options=(MEDIA_URL,),
    read_options=read_media_url,
    login="perihelion.networks.threads.login:sign_in",
    limits_of=lambda account: allow_served_picture(account, LIMITS),
)
