"""PostgreSQL addresses with several hosts, as libpq and people write them."""

from __future__ import annotations

import re

_URL_PARTS = re.compile(
    r"(?P<who>(?:[^:/]*(?::[^@]*)?@)?)(?P<hosts>[^/?]*)(?P<database>[^?]*)\??(?P<query>.*)"
)
"""Separates user and password from the hosts as SQLAlchemy does."""

_HOST = re.compile(r"(?P<name>\[[^\[\]@]+\]|[^:@\[\]]+)(?::(?P<port>\d*))?")


def convert_multihost_address(address: str) -> str | None:
    """The part after `postgresql://` in SQLAlchemy's form; None if its hosts are wrong.

    `me@one:5432,two:5433/db` becomes `me@/db?host=one,two&port=5432,5433`. As a ledger is written
    to, `target_session_attrs=read-write` is added unless the address sets it. An address of one
    host stays as it is.
    """
    parts = _URL_PARTS.fullmatch(address)
    if parts is None:
        return None
    hosts = [_HOST.fullmatch(host) for host in parts["hosts"].split(",")]
    if parts["hosts"] and None in hosts:
        return None
    if len(hosts) == 1:
        return address
    names = ",".join(host["name"].strip("[]") for host in hosts if host)
    ports = ",".join(host["port"] or "" for host in hosts if host)
    query = [f"host={names}", f"port={ports}" if ports.strip(",") else "", parts["query"]]
    if "target_session_attrs=" not in parts["query"]:
        query.append("target_session_attrs=read-write")
    return f"{parts['who']}{parts['database'] or '/'}?{'&'.join(filter(None, query))}"
