"""Sign-in for Nostr: a key, new or the person's own, and relays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.nostr.keys import generate_key, parse_key
from perihelion.networks.nostr.relay import parse_relays
from perihelion.networks.shared.sign_in_steps import choose_option, parse_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

DEFAULT_RELAYS = "wss://relay.damus.io wss://nos.lol wss://relay.primal.net"
"""Large, open to everyone and free of charge in 2026; any others will do."""


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """RELAYS and KEY."""
    own = choose_option(dialogue, "Which key", ("Make a new one", "Use one that I have"))
    key = dialogue.prompt("The key (nsec)", _parse_own_key, secret=True) if own else generate_key()
    dialogue.show(f"Its public name is {parse_key(key).npub}")
    if not own:
        dialogue.show(
            "The key is the account: nobody can change or revoke it, and whoever has it controls "
            "the account permanently. Keep a copy where you keep passwords. Give the account its "
            "name and picture in any Nostr client, with the same key."
        )
    relays = dialogue.prompt(
        "Relays, separated by spaces",
        _parse_relay_list,
        default=dialogue.context.get_value("RELAYS") or DEFAULT_RELAYS,
    )
    return {"RELAYS": relays, "KEY": key}


def _parse_own_key(text: str) -> str:
    parse_key(parse_word(text))
    return text


def _parse_relay_list(text: str) -> str:
    return " ".join(parse_relays(text))
