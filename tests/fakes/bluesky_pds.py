"""Bluesky's own PDS, started on loopback. `.ci/servers/bluesky.sh` installs it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import requests

from perihelion.networks.bluesky.adapter import Bluesky
from perihelion.testing.contexts import make_context
from tests.fakes.server_process import ServerProcess, port_of, reserve_port
from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.service.adapter_memory import DictMemory


HOME = Path(__file__).resolve().parents[2] / ".servers" / "bluesky"
POSTS = "app.bsky.feed.post"
MAIN_PASSWORD = "the-account's-own-password"
ADMIN_PASSWORD = "admin"
JWT_SECRET = "a secret that lets a test make its own tokens"


@dataclass(frozen=True, slots=True)
class PdsAccount:
    """An account on the server; `password` is an app password."""

    did: str
    handle: str
    password: str


class PdsServer:
    """A running PDS with its data in `folder`; `settings` are more of its environment."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        _require_installed()
        self._reservation = reserve_port()
        self.port = port_of(self._reservation)
        own = {
            "PATH": os.environ["PATH"],
            "PDS_PORT": str(self.port),
            "PDS_DATA_DIRECTORY": str(folder),
            "PDS_JWT_SECRET": JWT_SECRET,
            "PDS_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }
        self._serial = count(1)
        command = [str(HOME / "node"), str(HOME / "start.mjs")]
        self._process = ServerProcess(command, folder / "log", env=own | dict(settings or {}))
        try:
            self._process.wait_until_ready(lambda: '{"pds":' in self._process.read_log())
        except BaseException:
            self.close()
            raise
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop it."""
        self._process.stop()
        self._reservation.close()

    def create_account(self) -> PdsAccount:
        """A new account with an app password."""
        name = f"orbit-{next(self._serial)}"
        handle = f"{name}.test"
        account = {"email": f"{name}@example.org", "handle": handle, "password": MAIN_PASSWORD}
        made = self.call_procedure("com.atproto.server.createAccount", account)
        app = {"name": "perihelion"}
        said = self.call_procedure(
            "com.atproto.server.createAppPassword", app, token=made["accessJwt"]
        )
        return PdsAccount(made["did"], handle, said["password"])

    def call_procedure(self, name: str, body: object = None, *, token: str = "") -> dict[str, Any]:
        """A procedure's answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.url}/xrpc/{name}"
        answer = requests.post(url, json=body, headers=headers, timeout=20)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json() if answer.content else {}
        return said

    def call_query(self, name: str, **query: str) -> dict[str, Any]:
        """A query's answer."""
        answer = requests.get(f"{self.url}/xrpc/{name}", params=query, timeout=20)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def list_posts(self, account: PdsAccount) -> list[dict[str, Any]]:
        """All that the person has posted, as {uri, cid, value}, by key."""
        query = {"repo": account.did, "collection": POSTS, "limit": "100"}
        found: list[dict[str, Any]] = self.call_query("com.atproto.repo.listRecords", **query)[
            "records"
        ]
        return found

    def accepts_post(self, account: PdsAccount, token: str, key: str, text: str) -> bool:
        """Whether the server accepts a bare post of `text`."""
        record = {"$type": POSTS, "text": text, "createdAt": "2027-02-28T15:00:00Z"}
        body = {"repo": account.did, "collection": POSTS, "rkey": key, "record": record}
        answer = requests.post(
            f"{self.url}/xrpc/com.atproto.repo.putRecord",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert answer.status_code in {200, 400}, answer.text
        return answer.status_code == 200

    def get_blob(self, account: PdsAccount, cid: str) -> bytes:
        """What was uploaded."""
        query = {"did": account.did, "cid": cid}
        answer = requests.get(f"{self.url}/xrpc/com.atproto.sync.getBlob", params=query, timeout=20)
        answer.raise_for_status()
        return answer.content

    def take_down_account(self, account: PdsAccount) -> None:
        """As its moderators would."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        requests.post(
            f"{self.url}/xrpc/com.atproto.admin.updateSubjectStatus",
            json={"subject": subject, "takedown": {"applied": True, "ref": "test"}},
            auth=("admin", ADMIN_PASSWORD),
            timeout=20,
        ).raise_for_status()


def connect_adapter(
    url: str,
    account: PdsAccount,
    memory: DictMemory,
    now: datetime | None = None,
    patience: float = 20,
) -> Bluesky:
    """The person's adapter, by way of `url`; `now` is its clock, `patience` its time-outs."""
    values = {"URL": url, "HANDLE": account.handle, "PASSWORD": account.password}
    at = now or datetime.now(UTC)
    made = make_context("bluesky", values, now=lambda: at, patience=patience)
    return Bluesky(replace(made, memory=memory))


def _require_installed() -> None:
    if (HOME / "stamp").exists():
        return
    skip_or_fail("Bluesky's PDS is not installed: run .ci/servers/bluesky.sh")
