"""A real server with Mastodon's API: snac, out of Debian, on loopback.

`install` finds it on the machine, or fetches the package into a folder of its own: from the mirror
the machine's own package sources name, without touching them and without root.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import requests

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
    except (subprocess.SubprocessError, OSError, ValueError) as error:
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
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout + done.stderr


@dataclass(slots=True)
class SnacServer:
    """A running server with one account; `token` may read and write."""

    url: str
    token: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, binary: Path, folder: Path) -> Self:
        """Make a fresh server in `folder`, start it, and sign its one account in."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        data = folder / "data"
        host = f"localhost:{port}"
        _run_command([str(binary), "init", str(data)], folder, f"127.0.0.1\n{port}\n{host}\n\n\n")
        _update_json(data / "server.json", protocol="http", num_threads=16)
        password = add_account(binary, folder, "bot")
        process = subprocess.Popen(
            [str(binary), "httpd", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        url = f"http://{host}"
        try:
            _wait_for_server(url)
            return cls(url, _sign_in(url, password), process)
        except BaseException:
            process.kill()
            process.wait()
            raise

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
        self.process.terminate()
        self.process.wait(15)


def add_account(binary: Path, folder: Path, name: str) -> str:
    """Make an account on the server in `folder`; its password."""
    said = _run_command([str(binary), "adduser", str(folder / "data"), name], folder, "\n")
    password: str = re.findall(r"password is (\S+)", said)[0]
    return password


def _update_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def _wait_for_server(url: str) -> None:
    for _ in range(100):
        try:
            requests.get(f"{url}/api/v1/instance", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise SnacUnavailable("snac does not answer")


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
