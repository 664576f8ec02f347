"""A real server with Mastodon's API: snac, out of Debian, on loopback.

`install` finds it on the machine, or fetches the package into a folder of its own: from the mirror
the machine's own package sources name, without touching them and without root.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import requests

from tests.fakes.server_process import (
    ServerProcess,
    ServerStartError,
    accepts_connections,
    port_of,
    reserve_port,
    run_program,
)

if TYPE_CHECKING:
    import socket

SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


class SnacUnavailable(Exception):
    """snac cannot be had on this machine; the text says why."""


def install_snac(folder: Path) -> Path:
    """The snac binary. Raises NotHere."""
    found = shutil.which("snac")
    unpacked = folder / "root" / "usr" / "bin" / "snac"
    if found or unpacked.exists():
        return Path(found or unpacked)
    if not SOURCES.exists() or not shutil.which("apt-get"):
        raise SnacUnavailable("snac is not installed, and this is no Debian that could fetch it")
    try:
        _fetch_package(folder)
    except (ServerStartError, OSError, ValueError) as error:
        raise SnacUnavailable(f"the package snac2 cannot be fetched: {error}") from error
    return unpacked


def _fetch_package(folder: Path) -> None:
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    stanza = SOURCES.read_text("utf-8").split("\n\n")[0]
    suites = re.sub(r"(?m)^Suites: (\S+).*$", r"Suites: \1 \1-backports", stanza)
    (folder / "parts" / "own.sources").write_text(suites + "\n")
    own = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Dir::State::status": folder / "status",
        "Debug::NoLocking": 1,
        "APT::Default-Release": "*-backports",
    }
    options = [f"-o{name}={value}" for name, value in own.items()]
    _run_command(["apt-get", *options, "update"], folder)
    _run_command(["apt-get", *options, "download", "snac2"], folder)
    package = max(folder.glob("snac2_*.deb"))
    _run_command(["dpkg", "-x", str(package), str(folder / "root")], folder)


def _run_command(command: list[str], folder: Path, text: str = "") -> str:
    return run_program(command, cwd=folder, input=text.encode())


@dataclass(slots=True)
class SnacServer:
    """A running server with one account; `token` may read and write."""

    url: str
    token: str
    _process: ServerProcess
    _reservation: socket.socket

    @classmethod
    def start(cls, binary: Path, folder: Path) -> Self:
        """Make a fresh server in `folder`, start it, and sign its one account in.

        Raises ServerStartError with the end of its log.
        """
        with ExitStack() as stack:
            reservation = stack.enter_context(reserve_port())
            port = port_of(reservation)
            data, host = folder / "data", f"localhost:{port}"
            answers = f"127.0.0.1\n{port}\n{host}\n\n\n"
            _run_command([str(binary), "init", str(data)], folder, answers)
            _update_json(data / "server.json", protocol="http", num_threads=16)
            password = add_account(binary, folder, "bot")
            process = ServerProcess([str(binary), "httpd", str(data)], folder / "log")
            stack.callback(process.kill)
            process.wait_until_ready(lambda: accepts_connections(port))
            token = _sign_in(f"http://{host}", password)
            stack.pop_all()
            return cls(f"http://{host}", token, process, reservation)

    def add_old_post(self, folder: Path) -> None:
        """A post of 2020 below all others: only its time tells that a timeline was read so far."""
        headers = {"Authorization": f"Bearer {self.token}"}
        requests.post(
            f"{self.url}/api/v1/statuses", json={"status": "old"}, headers=headers, timeout=10
        ).raise_for_status()
        for path in (folder / "data" / "object").rglob("*.json"):
            _update_json(path, published="2020-01-01T00:00:00Z")

    def stop(self) -> None:
        """Stop it."""
        self._process.stop()
        self._reservation.close()


def add_account(binary: Path, folder: Path, name: str) -> str:
    """Make an account on the server in `folder`; its password."""
    said = _run_command([str(binary), "adduser", str(folder / "data"), name], folder, "\n")
    password: str = re.findall(r"password is (\S+)", said)[0]
    return password


def _update_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def _sign_in(url: str, password: str) -> str:
    """The authorisation-code flow, as a person's browser would go through it."""
    redirect = {"redirect_uri": OUT_OF_BAND}
    form = {"client_name": "test", "redirect_uris": OUT_OF_BAND, "scopes": "read write"}
    app = requests.post(f"{url}/api/v1/apps", data=form, timeout=10).json()
    login = {"login": "bot", "passwd": password, "redir": OUT_OF_BAND, "state": ""}
    page = requests.post(
        f"{url}/oauth/x-snac-login", data=login | {"cid": app["client_id"]}, timeout=10
    ).text
    code = re.findall(r"\b[0-9a-f]{16,}\b", page)[0]
    keys = {name: app[name] for name in ("client_id", "client_secret")}
    grant = {"grant_type": "authorization_code", "code": code, **keys, **redirect}
    answer = requests.post(f"{url}/oauth/token", data=grant, timeout=10).json()
    return str(answer["access_token"])
