"""Signing in to a real server that is not Mastodon, with the browser's part played here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from perihelion.model.errors import Credentials
from tests.fakes.skip_or_fail import skip_or_fail
from tests.fakes.terminal_user import (
    TerminalUser,
    make_login_context,
    prove_credentials,
    run_sign_in,
)
from tests.servers.snac import OUT_OF_BAND, SnacServer, SnacUnavailable, add_account, install_snac

if TYPE_CHECKING:
    from pathlib import Path


def test_snac_gives_a_token_for_the_code_of_its_page(tmp_path: Path) -> None:
    try:
        binary = install_snac(tmp_path)
        snac = SnacServer.start(binary, tmp_path)
    except SnacUnavailable as reason:
        skip_or_fail(str(reason))
    password = add_account(binary, tmp_path, "year")

    def authorize_app(shown_text: str) -> str:
        address = re.findall(r"http://\S+", shown_text)[-1]
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert requests.get(address, timeout=10).status_code == 200
        assert query["redirect_uri"] == OUT_OF_BAND
        login = {"login": "year", "passwd": password, "redir": OUT_OF_BAND, "state": ""}
        form = login | {"cid": query["client_id"]}
        page = requests.post(f"{snac.url}/oauth/x-snac-login", data=form, timeout=10).text
        return str(re.findall(r"\b[0-9a-f]{16,}\b", page)[0])

    try:
        user = TerminalUser(make_login_context("mastodon"), snac.url, authorize_app)
        assert prove_credentials(user, run_sign_in(user)).handle == "@year@localhost"
        # snac gives a token for any code: only the proof shows that it is worth nothing.
        stranger = TerminalUser(make_login_context("mastodon"), snac.url, "0" * 32)
        worthless = run_sign_in(stranger)
        with pytest.raises(Credentials):
            prove_credentials(stranger, worthless)
    finally:
        snac.stop()
