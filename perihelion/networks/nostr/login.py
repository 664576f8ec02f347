"""A key for Nostr: a new one, or the person's own; and relays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.nostr.keys import new_key, read_key
from perihelion.networks.nostr.relay import read_relays
from perihelion.networks.shared.login_steps import choose, something

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

RELAYS = "wss://relay.damus.io wss://nos.lol wss://relay.primal.net"
"""Large, open to all and free of charge in 2026; any others will do."""


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """RELAYS and KEY."""
    own = choose(talk, "Which key", ("Make a new one", "Use one that I have"))
    key = talk.ask("The key (nsec)", _own, secret=True) if own else new_key()
    talk.tell(f"Its public name is {read_key(key).npub}")
    if not own:
        talk.tell(
            "The key is the account: nobody can change or withdraw it, and who has it has the "
            "account for ever. Keep a copy where you keep passwords. Give the account its name and "
            "picture in any Nostr client, with the same key."
        )
    relays = talk.ask(
        "Relays, by spaces apart", _relays, default=talk.context.value("RELAYS") or RELAYS
    )
    return {"RELAYS": relays, "KEY": key}


def _own(text: str) -> str:
    read_key(something(text))
    return text


def _relays(text: str) -> str:
    return " ".join(read_relays(text))
