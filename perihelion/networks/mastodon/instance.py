"""What a server with Mastodon's API reports about itself: its limits, and its software."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import PublishError
from perihelion.model.posts import Counting, Limits
from perihelion.networks.mastodon.spec import LIMITS
from perihelion.networks.shared.json_values import get_int, get_list, get_text

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.posts import Post
    from perihelion.networks.shared.http_client import HttpClient

MASTODON_SOFTWARE = frozenset({"mastodon", "hometown", "fedibird"})
"""Software that keeps the Idempotency-Key, counts graphemes and counts a link as 23, by its name in
nodeinfo or in the address of its source. A version proves nothing: other software calls itself
Mastodon 4.x too, for the sake of clients."""
_DOMAIN = re.compile(r"(?:https?://)?([\w-]+(?:\.[\w-]+)*)(?::[0-9]+)?/?")


UNKNOWN_LIMITS = replace(LIMITS, url_length=None)
"""For a server that does not say what it is: only Mastodon is known to count links as shorter."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A server's report. `answered` is false if it gave none, and the rest is a default."""

    limits: Limits = UNKNOWN_LIMITS
    software: str = "unknown"
    version: str = ""
    domain: str = ""
    """The domain in its accounts' handles, which its address may differ from."""
    answered: bool = False

    @property
    def keeps_keys(self) -> bool:
        """Whether the server is known to keep the Idempotency-Key."""
        return self.software in MASTODON_SOFTWARE


def choose_warning(account: Account, post: Post) -> str:
    """The line that hides `post`; empty if nothing does."""
    memorial = account.get_option("memorial_warning") if post.is_memorial else ""
    return memorial or account.get_option("content_warning")


def read_instance(http: HttpClient, base: str) -> Instance:
    """Ask the server, with at most four GETs and without the token. Raises nothing."""
    for version in ("v2", "v1"):
        data = _get_json(http, f"{base}/api/{version}/instance")
        if isinstance(data, dict):
            software = _find_software(http, base, data)
            return Instance(
                _parse_limits(data, software),
                software,
                get_text(data, "version"),
                _parse_domain(data),
                answered=True,
            )
        if http.last_status is None:
            break
    return Instance()


def _get_json(http: HttpClient, url: str) -> object:
    """The JSON at `url`, or None."""
    try:
        return http.request("asking the server about itself", "GET", url).data
    except PublishError:
        return None


def _find_software(http: HttpClient, base: str, data: object) -> str:
    """The software's name, from the address of its source or otherwise from nodeinfo."""
    name = get_text(data, "source_url").rstrip("/").rpartition("/")[2].lower()
    return name if name in MASTODON_SOFTWARE else _read_nodeinfo(http, base) or name or "unknown"


def _read_nodeinfo(http: HttpClient, base: str) -> str:
    for link in get_list(_get_json(http, f"{base}/.well-known/nodeinfo"), "links"):
        address = get_text(link, "href")
        if address.startswith(f"{base}/"):  # a server must not send us anywhere else
            return get_text(_get_json(http, address), "software", "name").lower()
    return ""


def _parse_domain(data: object) -> str:
    """From `account_domain` (GoToSocial), `domain` (v2) or `uri` (v1, with or without a scheme)."""
    names = ("account_domain", "domain", "uri")
    stated = next((text for name in names if (text := get_text(data, name))), "")
    found = _DOMAIN.fullmatch(stated.strip().lower())
    return found[1] if found else ""


def _parse_limits(data: object, software: str) -> Limits:
    """From `configuration`; old forks and Pleroma have their own names for some limits.

    GoToSocial and Takahe copy Mastodon's `characters_reserved_per_url`, and count the whole link.
    """

    def find_positive(*paths: tuple[str, ...]) -> int:
        return next((n for path in paths if (n := get_int(data, *path)) > 0), 0)

    statuses, media = ("configuration", "statuses"), ("configuration", "media_attachments")
    length = find_positive((*statuses, "max_characters"), ("max_toot_chars",), ("max_characters",))
    alt_length = find_positive((*media, "description_limit"), ("description_limit",))
    picture_bytes = find_positive((*media, "image_size_limit"), ("upload_limit",))
    is_mastodon = software in MASTODON_SOFTWARE
    url_length = find_positive((*statuses, "characters_reserved_per_url")) or LIMITS.url_length
    return Limits(
        length=length or LIMITS.length,
        counting=Counting.GRAPHEMES if is_mastodon else Counting.CODEPOINTS,
        url_length=url_length if is_mastodon else None,
        pictures=find_positive((*statuses, "max_media_attachments")) or LIMITS.pictures,
        alt_length=alt_length or LIMITS.alt_length,
        picture_bytes=picture_bytes or LIMITS.picture_bytes,
        picture_pixels=find_positive((*media, "image_matrix_limit")) or LIMITS.picture_pixels,
        mentions=LIMITS.mentions,
    )


def describe_bot_flag(account: dict[str, Any]) -> str:
    """Empty where the software knows no such flag."""
    if "bot" not in account:
        return ""
    if account["bot"]:
        return "the account is marked as a bot's"
    return 'the account is not marked as a bot\'s; set "automated account" in its profile'
