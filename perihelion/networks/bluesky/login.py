"""An app password of Bluesky, or of another PDS. There is nothing to ask for: it is proved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perihelion.networks.shared.login_steps import choose, server, something

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

_APP_PASSWORD = re.compile("[a-z0-9]{4}(-[a-z0-9]{4}){3}")
_HANDLE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*|did:\S+")


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """URL, HANDLE and PASSWORD."""
    base = talk.ask("The server", server, default=talk.context.value("URL"))
    handle = talk.ask(
        "The account's handle, such as year.bsky.social",
        _handle,
        default=talk.context.value("HANDLE"),
    )
    talk.tell(
        "In Bluesky's settings, under Privacy and security → App passwords, make one for "
        "Perihelion; direct messages are not needed. It is shown once: xxxx-xxxx-xxxx-xxxx."
    )
    return {"URL": base, "HANDLE": handle, "PASSWORD": _password(talk)}


def _password(talk: Dialogue) -> str:
    while True:
        password = talk.ask("The app password", something, secret=True)
        if _APP_PASSWORD.fullmatch(password):
            return password
        talk.tell(
            "That does not look like an app password, but like the account's own. With its own, "
            "whoever reads it can take the account over; an app password can be revoked alone."
        )
        if choose(talk, "Which", ("Type an app password", "Use it all the same")):
            return password


def _handle(text: str) -> str:
    """Without the @ and unseen marks that a copy may bring along. Raises ValueError."""
    text = "".join(char for char in text if char.isprintable()).removeprefix("@")
    if not _HANDLE.fullmatch(something(text)):
        raise ValueError("is no handle; write it whole, such as year.bsky.social")
    return text
