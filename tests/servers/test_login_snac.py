"""Signing in to a real server that is not Mastodon, with the browser's part played here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from perihelion.model.errors import Credentials
from tests.fakes.missing import missing
from tests.fakes.person import Person, knowing, proof, sign_in
from tests.servers.snac import OUT_OF_BAND, NotHere, Snac, add_account, install

if TYPE_CHECKING:
    from pathlib import Path


def test_snac_gives_a_token_for_the_code_of_its_page(tmp_path: Path) -> None:
    try:
        binary = install(tmp_path)
        snac = Snac.start(binary, tmp_path)
    except NotHere as reason:
        missing(str(reason))
    password = add_account(binary, tmp_path, "year")

    def allow(told: str) -> str:
        address = re.findall(r"http://\S+", told)[-1]
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert requests.get(address, timeout=10).status_code == 200
        assert query["redirect_uri"] == OUT_OF_BAND
        login = {"login": "year", "passwd": password, "redir": OUT_OF_BAND, "state": ""}
        form = login | {"cid": query["client_id"]}
        page = requests.post(f"{snac.url}/oauth/x-snac-login", data=form, timeout=10).text
        return str(re.findall(r"\b[0-9a-f]{16,}\b", page)[0])

    try:
        person = Person(knowing("mastodon"), snac.url, allow)
        assert proof(person, sign_in(person)).handle == "@year@localhost"
        # snac gives a token for any code: only the proof shows that it is worth nothing.
        stranger = Person(knowing("mastodon"), snac.url, "0" * 32)
        worthless = sign_in(stranger)
        with pytest.raises(Credentials):
            proof(stranger, worthless)
    finally:
        snac.stop()
