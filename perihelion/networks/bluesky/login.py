"""Sign-in for Bluesky or another PDS: an app password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perihelion.networks.shared.sign_in_steps import choose_option, parse_server, parse_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

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
        "Perihelion, without access to direct messages. It is shown once: xxxx-xxxx-xxxx-xxxx."
    )
    return {"URL": base, "HANDLE": handle, "PASSWORD": _prompt_password(dialogue)}


def _prompt_password(dialogue: Dialogue) -> str:
    while True:
        password = dialogue.prompt("The app password", parse_word, secret=True)
        if _APP_PASSWORD.fullmatch(password):
            return password
        dialogue.show(
            "That looks like the account's own password, not like an app password. Whoever reads "
            "it can take over the account; an app password can be revoked separately."
        )
        if choose_option(dialogue, "Which", ("Type an app password", "Use it anyway")):
            return password


def _parse_handle(text: str) -> str:
    """A handle without the @ and invisible characters of a copied one. Raises ValueError."""
    text = "".join(char for char in text if char.isprintable()).removeprefix("@")
    if not _HANDLE.fullmatch(parse_word(text)):
        raise ValueError("is not a complete handle, such as year.bsky.social")
    return text
