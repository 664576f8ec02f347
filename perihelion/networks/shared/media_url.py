"""Pictures for networks that fetch them: where an account's picture files stand on the web.

The account's option `media_url` says under which address; without it such an account posts
without pictures.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from perihelion.model.errors import ConfigurationError, Rejected
from perihelion.model.source_location import Mistake, SourceLocation
from perihelion.networks.base import Option
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits, Media

MEDIA_URL = Option("media_url", (), "the public address under which the media folder is served")


def read_media_url(account: Account) -> str:
    """The account's `media_url` without a trailing slash, or nothing.

    Raises ConfigurationError for an address that is none, or is not https.
    """
    text = account.get_option(MEDIA_URL.name).strip().rstrip("/")
    problem = find_address_problem(text) if text else ""
    if problem:
        mark = account.locate_key(f"options.{MEDIA_URL.name}") or SourceLocation("schedule.yaml")
        message = f"account {account.name}: option 'media_url' {problem}"
        raise ConfigurationError([Mistake(mark, "option", message)])
    return text


def allow_served_picture(account: Account, limits: Limits) -> Limits:
    """`limits`, with a picture where the account says under which address pictures stand."""
    return replace(limits, pictures=1) if account.get_option(MEDIA_URL.name).strip() else limits


def make_picture_url(media_url: str, picture: Media) -> str:
    """Where everybody can fetch `picture`: `base` and the file's name. Rejected without a base."""
    if not media_url:
        raise Rejected("the picture has no public address; set the account's option media_url")
    return f"{media_url}/{quote(Path(picture.file).name)}"
