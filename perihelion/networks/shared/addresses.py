"""Server addresses out of the environment: nothing secret goes out in the clear."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from perihelion.networks.base import Context


def read_server_url(context: Context, default: str = "") -> str:
    """The account's `URL` without a trailing slash: https, or http to this machine itself.

    Raises ConfigurationError, naming the variable, for anything else.
    """
    text = context.get_value("URL").strip().rstrip("/") or default
    problem = find_address_problem(text)
    if problem:
        message = f"{context.account.env_prefix}_URL {problem}"
        raise ConfigurationError([Mistake(SourceLocation("environment"), "bad-url", message)])
    return text


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, *.localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def find_address_problem(text: str, scheme: str = "https") -> str:
    """What is wrong with a server's address, to follow its name in a sentence; or nothing.

    `scheme` is https, or wss of a websocket, whose address may hold a query.
    """
    plain = scheme.removesuffix("s")
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return f"is no address; write it as {scheme}://host"
    if url.scheme not in {scheme, plain} or not host:
        return f"must begin with {scheme}:// and name a host"
    if url.username or url.password or url.fragment:
        return "must hold no user, password or fragment"
    if url.query and scheme == "https":
        return "must hold no query"
    if url.scheme == plain and not is_loopback(host):
        return f"must begin with {scheme}://; {plain} is for this machine only"
    return ""
