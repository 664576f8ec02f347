"""The option `media_url`: where the pictures of a network that fetches them are served."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from perihelion.model.errors import LocalFault
from perihelion.networks.base import Option
from perihelion.networks.shared.account_settings import option_error
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits, Media

MEDIA_URL = Option("media_url", (), "the public address under which the media folder is served")


def read_media_url(account: Account) -> str:
    """The account's option `media_url` without a trailing slash, or the empty string.

    Raises ConfigurationError if it is not a valid https address.
    """
    text = account.get_option(MEDIA_URL.name).strip().rstrip("/")
    problem = find_address_problem(text) if text else ""
    if problem:
        raise option_error(account, MEDIA_URL.name, f"option 'media_url' {problem}")
    return text


def allow_served_picture(account: Account, limits: Limits) -> Limits:
    """`limits` with one picture, if the account has the option `media_url`."""
    return replace(limits, pictures=1) if account.get_option(MEDIA_URL.name).strip() else limits


def make_picture_url(media_url: str, picture: Media) -> str:
    """The public address of `picture`. Raises LocalFault if `media_url` is empty."""
    if not media_url:
        raise LocalFault("the picture has no public address; set the account's option media_url")
    return f"{media_url}/{quote(picture.name)}"
