"""The website's process has no credentials of any account."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from perihelion.networks import loader
from perihelion.service.commands.web import command
from perihelion.service.setting_names import SETTINGS
from perihelion.service.web.credentials import (
    discard_credentials,
    restart_without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT_SECRETS = [
    f"{prefix}_{variable.name}{suffix}"
    for network in loader.BUILT_IN_NETWORKS
    for variant in loader.load_spec(network).variants
    for variable in variant
    if variable.secret
    for prefix in (network.upper(), f"{network.upper()}_DE", "MUSEUM")
    for suffix in ("", "_FILE")
]
NEEDED = {
    "PATH": "/bin",
    "PORT": "8000",
    "PGPASSWORD": "of the ledger",
    "HTTPS_PROXY": "http://name:word@proxy:3128",
    "MASTODON_URL": "https://mastodon.example",
    **{one.name: "x" for one in SETTINGS},
    **{f"{one.name}_FILE": "/run/x" for one in SETTINGS if one.secret},
}


class Restarted(Exception):
    """Stands for the process that has ended."""


@pytest.mark.parametrize("name", ACCOUNT_SECRETS)
def test_an_account_s_secret_is_discarded(name: str) -> None:
    assert discard_credentials({name: "hunter22", **NEEDED}) == NEEDED


def test_an_address_with_a_password_in_it_is_discarded() -> None:
    relays = {"NOSTR_RELAYS": "wss://relay.example,wss://name:hunter22@other.example"}
    assert discard_credentials(relays | NEEDED) == NEEDED


def test_the_verb_starts_again_without_credentials_before_it_loads_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[tuple[str, list[str], Mapping[str, str]]] = []

    def replace_process(path: str, arguments: list[str], environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - it never returns
        started.append((path, arguments, environ))
        raise Restarted

    monkeypatch.setattr(os, "execve", replace_process)
    monkeypatch.setattr(sys, "orig_argv", ["python3", "bot.py", "web", "--port", "8001"])
    monkeypatch.setenv("MASTODON_TOKEN", "hunter22")
    monkeypatch.setenv("PERIHELION_STATUS_TOKEN", "kept")
    result = CliRunner().invoke(command, [])
    assert isinstance(result.exception, Restarted)
    ((path, arguments, environ),) = started
    assert path == sys.executable
    assert arguments == [sys.executable, "bot.py", "web", "--port", "8001"]
    assert environ["PERIHELION_STATUS_TOKEN"] == "kept"
    assert environ == discard_credentials(os.environ)
    assert "MASTODON_TOKEN" not in environ


def test_a_process_without_credentials_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = discard_credentials(os.environ)
    monkeypatch.setattr(os, "environ", clean)
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it started again"))
    restart_without_credentials()
    assert os.environ == clean
