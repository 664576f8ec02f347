"""No secret survives, however it was quoted on its way into a text."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.networks.shared.redaction import Redactor
from perihelion.service.redaction import find_secrets

if TYPE_CHECKING:
    from pathlib import Path


@given(st.text(min_size=4), st.text(), st.text())
def test_a_secret_is_hidden_in_every_quoting(secret: str, before: str, after: str) -> None:
    redact = Redactor([secret])
    guises = [secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]]
    guises += [json.dumps(secret, ensure_ascii=False)[1:-1]]
    for guise in guises:
        assert guise not in redact(f"{before}{guise}{after}").replace("***", "\0")


def test_a_secret_is_hidden_in_an_address() -> None:
    secret = "123456:AA/bb+cc dd"
    redact = Redactor([secret])
    assert redact(f"GET /bot{quote(secret)}/send") == "GET /bot***/send"
    assert redact(f"?token={quote(secret, safe='')}&x=1") == "?token=***&x=1"


def test_the_password_inside_an_address_is_hidden_on_its_own_too() -> None:
    redact = Redactor(["postgres://bot:p%40ssword@db/ledger"])
    assert redact("tried p%40ssword") == "tried ***"
    assert redact("tried p@ssword") == "tried ***"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    assert Redactor(["abcdef", "abcdefghi"])("<abcdefghi>") == "<***>"


def test_a_value_too_short_to_protect_anything_does_not_eat_the_text() -> None:
    assert Redactor(["a", "abc", ""])("a b abc") == "a b abc"


def test_an_address_that_no_parser_takes_is_still_hidden() -> None:
    assert Redactor(["http://[broken"])("at http://[broken") == "at ***"


@pytest.mark.parametrize(
    "name",
    [
        "MASTODON_TOKEN",
        "BLUESKY_DE_PASSWORD",
        "X_API_KEY",
        "X_API_SECRET",
        "DISCORD_WEBHOOK",
        "NOSTR_KEY",
        "DATABASE_URL",
        "PERIHELION_HEARTBEAT",
    ],
)
def test_secrets_are_known_by_their_names_and_in_their_files(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    environ = {name: "from a variable", f"{name}_FILE": str(file), "MASTODON_URL": "public"}
    assert find_secrets(environ) == {"from a variable", "from a file"}


def test_each_of_several_addresses_is_a_secret_of_its_own() -> None:
    both = "slack://one/two  discord://three"
    known = {both, "slack://one/two", "discord://three"}
    assert find_secrets({"PERIHELION_ALERTS": both}) == known


def test_a_secret_file_that_cannot_be_read_is_no_second_crash(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xff")
    environ = {"A_TOKEN_FILE": str(binary), "B_TOKEN_FILE": str(tmp_path / "no"), "C_TOKEN": ""}
    assert find_secrets(environ) == frozenset()


TOKEN = "s3cr/t<&>-+token_of_an_account"


@pytest.mark.parametrize(
    "quoted",
    [
        json.dumps(TOKEN).replace("/", "\\/"),
        json.dumps(json.dumps({"token": TOKEN})),
        html.escape(TOKEN),
        quote(TOKEN, safe="").lower(),
        quote_plus(f"{TOKEN}"),
        *(b64encode(f"{'u' * n}:{TOKEN}:x".encode()).decode() for n in range(3)),
        *(urlsafe_b64encode(f"{'u' * n}:{TOKEN}".encode()).decode() for n in range(3)),
    ],
)
def test_a_secret_is_hidden_in_json_html_and_base64(quoted: str) -> None:
    hidden = Redactor([TOKEN])(f"refused: {quoted}!")
    assert "***" in hidden
    assert TOKEN[4:12] not in hidden
    for start in range(len(quoted) - 12):
        assert quoted[start : start + 12] not in hidden or "token" in quoted[start : start + 12]


def test_a_secret_that_somebody_has_cut_is_hidden_by_its_beginning() -> None:
    redact = Redactor([TOKEN, "https://discord.example/api/webhooks/1/abcdefgh"])
    for length in range(8, len(TOKEN)):
        assert redact(f"we do not know {TOKEN[:length]}") == "we do not know ***"
    assert redact(f"{TOKEN[:9]}... is wrong, as is {TOKEN[:12]}") == "***... is wrong, as is ***"
    assert redact("see https://discord.example/help") == "see https://discord.example/help"


def test_what_an_address_holds_is_a_secret_whatever_its_variable_is_called() -> None:
    relays = "wss://a.example/?token=hunter2-hunter2&v=1,wss://b.example/?k3y-k3y-k3y"
    assert find_secrets({"NOSTR_RELAYS": relays}) == {"hunter2-hunter2", "k3y-k3y-k3y"}
    assert find_secrets({"MASTODON_URL": "https://me:pa55word@mastodon.example"}) == {"pa55word"}
