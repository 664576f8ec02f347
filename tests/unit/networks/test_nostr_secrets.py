"""A token in a relay's address is in no message: not by itself, nor echoed, nor cut."""

from __future__ import annotations

import pytest

from perihelion.networks.nostr.refusals import format_reason
from perihelion.networks.nostr.relay import RelayTimeouts, parse_relays, publish_event
from perihelion.networks.shared.redaction import Redactor, list_address_secrets

TOKEN = "a-token-of-a-relay-that-costs-money"
RELAY = f"ws://127.0.0.1:9/?token={TOKEN}"


def test_a_relay_is_named_without_its_query() -> None:
    error = publish_event(RELAY, {"id": "0"}, RelayTimeouts(1, 1))
    assert error is not None
    assert "ws://127.0.0.1:9/?***" in str(error)
    assert TOKEN not in str(error)
    with pytest.raises(ValueError, match="names") as caught:
        parse_relays(f"ws://relay.example/?token={TOKEN}")
    assert TOKEN not in str(caught.value)


def test_an_echo_is_hidden_before_it_is_cut() -> None:
    redact = Redactor(list_address_secrets(RELAY))
    for before in range(260, 301):
        reason = format_reason(["x" * before, TOKEN], redact)
        assert TOKEN[:4] not in reason, before
        assert len(reason) <= 300
