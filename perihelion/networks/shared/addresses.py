"""Which server addresses are acceptable: no secret may leave unencrypted."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, *.localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def find_address_problem(text: str, scheme: str = "https") -> str:
    """What is wrong with a server's address, to follow its name in a sentence; empty if nothing is.

    `scheme` is https, or wss for a WebSocket, whose address may contain a query.
    """
    plain = scheme.removesuffix("s")
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        return f"is not an address; write it as {scheme}://host"
    if url.scheme not in {scheme, plain} or not host:
        return f"must begin with {scheme}:// and name a host"
    if url.username or url.password or url.fragment:
        return "must contain no user, password or fragment"
    if url.query and scheme == "https":
        return "must contain no query"
    if url.scheme == plain and not is_loopback(host):
        return f"must begin with {scheme}://; {plain} is allowed for this machine only"
    return ""
