"""A token of Mastodon, and of all that speaks its API: an app of its own, and a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from perihelion.networks.mastodon.instance import read_instance
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.login_steps import fields, server, something

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

SCREEN = "urn:ietf:wg:oauth:2.0:oob"
"""The server shows the code instead of sending it anywhere."""
FINE = "read:accounts read:statuses write:statuses write:media"
WIDE = "read write"
"""For other software: not all of it knows the finer scopes, and some says so only on its page."""


@dataclass(frozen=True, slots=True)
class App:
    """Us, as a server knows us."""

    base: str
    scopes: str
    number: str
    secret: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where the person allows it."""
        query = {
            "response_type": "code",
            "client_id": self.number,
            "redirect_uri": SCREEN,
            "scope": self.scopes,
        }
        return f"{self.base}/oauth/authorize?{urlencode(query)}"


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """URL and TOKEN."""
    wire = Wire(talk.context)
    app = talk.ask(
        "The server, such as mastodon.social",
        lambda text: _register(wire, server(text)),
        default=talk.context.value("URL"),
    )
    talk.tell(
        "Open this address in a browser, as the account that shall post, and allow it. (It is for "
        f"one code; if that fails, open it again.)\n\n{app.address}\n"
    )
    token = talk.ask(
        "The code that the page shows", lambda code: _token(wire, app, code), secret=True
    )
    return {"URL": app.base, "TOKEN": token}


def _register(wire: Wire, base: str) -> App:
    scopes = FINE if read_instance(wire, base).keyed else WIDE
    what = "the server"
    form = {"client_name": "Perihelion", "redirect_uris": SCREEN, "scopes": scopes}
    answer = wire.request(what, "POST", f"{base}/api/v1/apps", data=form)
    number, secret = fields(answer, what, "client_id", "client_secret")
    wire.hide(secret)
    return App(base, scopes, number, secret)


def _token(wire: Wire, app: App, code: str) -> str:
    wire.hide(something(code))
    what = "the code"
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app.number,
        "client_secret": app.secret,
        "redirect_uri": SCREEN,
        "scope": app.scopes,
    }
    answer = wire.request(what, "POST", f"{app.base}/oauth/token", data=form)
    return fields(answer, what, "access_token")[0]
