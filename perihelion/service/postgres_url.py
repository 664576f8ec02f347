"""PostgreSQL addresses with several hosts, as libpq and people write them."""

from __future__ import annotations

import re

_URL_PARTS = re.compile(
    r"(?P<who>(?:[^:/]*(?::[^@]*)?@)?)(?P<hosts>[^/?]*)(?P<database>[^?]*)\??(?P<query>.*)"
)
"""Separates user and password from the hosts as SQLAlchemy does."""

_FOREIGN_OPTIONS = frozenset({"pgbouncer", "schema", "connection_limit", "pool_timeout", "pool"})
"""What Prisma and Rails read from the same address, and libpq refuses."""

_HOST = re.compile(r"(?P<name>\[[^\[\]@]+\]|[^:@\[\]]+)(?::(?P<port>\d*))?")


def convert_multihost_address(address: str) -> str | None:
    """The part after `postgresql://` in SQLAlchemy's form; None if its hosts are wrong.

    `me@one:5432,two:5433/db` becomes `me@/db?host=one,two&port=5432,5433`. As a ledger is written
    to, `target_session_attrs=read-write` is added unless the address sets it. An address of one
    host stays as it is, unless that is a socket's folder (`%2Fvar%2Frun`). What other programs add
    to the address (`pgbouncer`, `schema`) is left out or said as libpq does.
    """
    parts = _URL_PARTS.fullmatch(_translate_options(address))
    if parts is None:
        return None
    hosts = [_HOST.fullmatch(host) for host in parts["hosts"].split(",")]
    if parts["hosts"] and None in hosts:
        return None
    if len(hosts) == 1 and "%" not in parts["hosts"]:
        return parts[0]
    names = ",".join(host["name"].strip("[]") for host in hosts if host)
    ports = ",".join(host["port"] or "" for host in hosts if host)
    query = [f"host={names}", f"port={ports}" if ports.strip(",") else "", parts["query"]]
    if len(hosts) > 1 and "target_session_attrs=" not in parts["query"]:
        query.append("target_session_attrs=read-write")
    return f"{parts['who']}{parts['database'] or '/'}?{'&'.join(filter(None, query))}"


def _translate_options(address: str) -> str:
    """Without Prisma's and Rails' own options, which libpq refuses; `schema` is the search path."""
    before, mark, query = address.rpartition("?")
    if not mark:
        return address
    options = [part for part in query.split("&") if part.partition("=")[0] not in _FOREIGN_OPTIONS]
    schema = re.search(r"(?:^|&)schema=([^&]+)", query)
    if schema:
        options.append(f"options=-csearch_path%3D{schema[1]}")
    return f"{before}?{'&'.join(options)}" if options else before
