"""What a server with Mastodon's API says about itself: its limits, and whether it keeps keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import PublishError
from perihelion.model.posts import Counting, Limits

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.networks.shared.http_client import HttpClient

LIMITS = Limits(
    length=500, url_length=23, pictures=4, alt_length=1500, picture_bytes=16 * 1024 * 1024
)
"""Mastodon's own defaults (configuration of /api/v2/instance), where a server does not say.
Other software counts code points; there are never fewer of them than of graphemes."""
MASTODON_SOFTWARE = frozenset({"mastodon", "hometown", "fedibird"})
"""Software that keeps the Idempotency-Key and counts graphemes, by its name in nodeinfo or in its
source's address. A version alone proves nothing: others call themselves Mastodon 4.x for clients'
sake."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What was learnt. `answered` is false where the server could not be asked."""

    limits: Limits = LIMITS
    software: str = "unknown"
    version: str = ""
    answered: bool = False

    @property
    def keeps_keys(self) -> bool:
        """Whether the server is known to keep the Idempotency-Key."""
        return self.software in MASTODON_SOFTWARE


def limits_beside_warning(account: Account, limits: Limits = LIMITS) -> Limits:
    """What is left of `limits` beside the account's content warning, which counts as text does."""
    return replace(
        limits, length=max(0, limits.length - len(account.get_option("content_warning")))
    )


def read_instance(http: HttpClient, base: str) -> Instance:
    """Ask the server; never raises. At most four GETs, without the token."""
    for version in ("v2", "v1"):
        data = _get_json(http, f"{base}/api/{version}/instance")
        if isinstance(data, dict):
            software, named = _find_software(http, base, data), str(data.get("version") or "")
            return Instance(_parse_limits(data, software), software, named, answered=True)
        if data is _NO_RESPONSE:
            break
    return Instance()


_NO_RESPONSE = object()


def _get_json(http: HttpClient, url: str) -> Any:  # noqa: ANN401 - JSON is anything
    """The JSON at `url`, None for an answer without any, _NO_ANSWER for none."""
    try:
        return http.request("asking the server about itself", "GET", url).data
    except PublishError:
        return None if http.session.response is not None else _NO_RESPONSE


def _find_software(http: HttpClient, base: str, data: dict[str, Any]) -> str:
    """The software's name, from its source's address or else from nodeinfo."""
    source = data.get("source_url")
    name = source.rstrip("/").rpartition("/")[2].lower() if isinstance(source, str) else ""
    return name if name in MASTODON_SOFTWARE else _read_nodeinfo(http, base) or name or "unknown"


def _read_nodeinfo(http: HttpClient, base: str) -> str:
    index = _get_json(http, f"{base}/.well-known/nodeinfo")
    links = index.get("links") if isinstance(index, dict) else None
    for link in links if isinstance(links, list) else ():
        href = link.get("href") if isinstance(link, dict) else None
        if isinstance(href, str) and _is_same_server(href, base):
            info = _get_json(http, href)
            software = info.get("software") if isinstance(info, dict) else None
            name = software.get("name") if isinstance(software, dict) else None
            return name.lower() if isinstance(name, str) else ""
    return ""


def _is_same_server(href: str, base: str) -> bool:
    """A server's word must not send us anywhere else."""
    return href.startswith(f"{base}/")


def _parse_limits(data: dict[str, Any], software: str) -> Limits:
    """From `configuration`; forks of old and Pleroma say some of it by names of their own."""
    said = data.get("configuration")
    length = (
        _get_positive_int(said, "statuses", "max_characters")
        or _get_positive_int(data, "max_toot_chars")
        or _get_positive_int(data, "max_characters")
    )
    alt = _get_positive_int(said, "media_attachments", "description_limit") or _get_positive_int(
        data, "description_limit"
    )
    size = _get_positive_int(said, "media_attachments", "image_size_limit") or _get_positive_int(
        data, "upload_limit"
    )
    return Limits(
        length=length or LIMITS.length,
        counting=Counting.GRAPHEMES if software in MASTODON_SOFTWARE else Counting.CODEPOINTS,
        url_length=_get_positive_int(said, "statuses", "characters_reserved_per_url")
        or LIMITS.url_length,
        pictures=_get_positive_int(said, "statuses", "max_media_attachments") or LIMITS.pictures,
        alt_length=alt or LIMITS.alt_length,
        picture_bytes=size or LIMITS.picture_bytes,
    )


def _get_positive_int(data: Any, *path: str) -> int:  # noqa: ANN401 - JSON is anything
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, int) and not isinstance(data, bool) and data > 0 else 0
