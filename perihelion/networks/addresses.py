"""Server addresses out of the environment: nothing secret goes out in the clear."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.model.errors import ConfigurationError
from perihelion.model.marks import Mark, Mistake

if TYPE_CHECKING:
    from perihelion.networks.base import Context


def server_url(context: Context, default: str = "") -> str:
    """The account's `URL` without a trailing slash: https, or http to this machine itself.

    Raises ConfigurationError, naming the variable, for anything else.
    """
    text = context.value("URL").strip().rstrip("/") or default
    problem = address_problem(text)
    if problem:
        message = f"{context.account.prefix}_URL {problem}"
        raise ConfigurationError([Mistake(Mark("environment"), "bad-url", message)])
    return text


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, *.localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def address_problem(text: str) -> str:
    """What is wrong with a server's address, to follow its name in a sentence; or nothing."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return "is no address; write it as https://host"
    if url.scheme not in {"https", "http"} or not host:
        return "must begin with https:// and name a host"
    if url.username or url.password or url.query or url.fragment:
        return "must hold no user, password, query or fragment"
    if url.scheme == "http" and not is_loopback(host):
        return "must begin with https://; http is for this machine only"
    return ""
