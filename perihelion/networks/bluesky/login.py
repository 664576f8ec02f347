"""An app password of Bluesky, or of another PDS. There is nothing to ask for: it is proved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perihelion.networks.shared.sign_in_steps import choose_option, parse_server, parse_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

_APP_PASSWORD = re.compile("[a-z0-9]{4}(-[a-z0-9]{4}){3}")
_HANDLE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*|did:\S+")


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, HANDLE and PASSWORD."""
    base = dialogue.prompt("The server", parse_server, default=dialogue.context.get_value("URL"))
    handle = dialogue.prompt(
        "The account's handle, such as year.bsky.social",
        _parse_handle,
        default=dialogue.context.get_value("HANDLE"),
    )
    dialogue.show(
        "In Bluesky's settings, under Privacy and security → App passwords, make one for "
        "Perihelion; direct messages are not needed. It is shown once: xxxx-xxxx-xxxx-xxxx."
    )
    return {"URL": base, "HANDLE": handle, "PASSWORD": _prompt_password(dialogue)}


def _prompt_password(dialogue: Dialogue) -> str:
    while True:
        password = dialogue.prompt("The app password", parse_word, secret=True)
        if _APP_PASSWORD.fullmatch(password):
            return password
        dialogue.show(
            "That does not look like an app password, but like the account's own. With its own, "
            "whoever reads it can take the account over; an app password can be revoked alone."
        )
        if choose_option(dialogue, "Which", ("Type an app password", "Use it all the same")):
            return password


def _parse_handle(text: str) -> str:
    """Without the @ and unseen marks that a copy may bring along. Raises ValueError."""
    text = "".join(char for char in text if char.isprintable()).removeprefix("@")
    if not _HANDLE.fullmatch(parse_word(text)):
        raise ValueError("is no handle; write it whole, such as year.bsky.social")
    return text
