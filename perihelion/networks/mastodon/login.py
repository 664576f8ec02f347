"""A token of Mastodon, and of all that speaks its API: an app of its own, and a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from perihelion.networks.mastodon.instance import read_instance
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import parse_server, parse_word, require_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

OUT_OF_BAND_URI = "urn:ietf:wg:oauth:2.0:oob"
"""The server shows the code instead of sending it anywhere."""
GRANULAR_SCOPES = "read:accounts read:statuses write:statuses write:media"
BROAD_SCOPES = "read write"
"""For other software: not all of it knows the finer scopes, and some says so only on its page."""


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """Us, as a server knows us."""

    base: str
    scopes: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def authorize_url(self) -> str:
        """Where the person allows it."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": OUT_OF_BAND_URI,
            "scope": self.scopes,
        }
        return f"{self.base}/oauth/authorize?{urlencode(query)}"


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL and TOKEN."""
    http = HttpClient(dialogue.context)
    app = dialogue.prompt(
        "The server, such as mastodon.social",
        lambda text: _register_app(http, parse_server(text)),
        default=dialogue.context.get_value("URL"),
    )
    dialogue.show(
        "Open this address in a browser, as the account that shall post, and allow it. (It is for "
        f"one code; if that fails, open it again.)\n\n{app.authorize_url}\n"
    )
    token = dialogue.prompt(
        "The code that the page shows", lambda code: _exchange_code(http, app, code), secret=True
    )
    return {"URL": app.base, "TOKEN": token}


def _register_app(http: HttpClient, base: str) -> RegisteredApp:
    scopes = GRANULAR_SCOPES if read_instance(http, base).keeps_keys else BROAD_SCOPES
    what = "the server"
    form = {"client_name": "Perihelion", "redirect_uris": OUT_OF_BAND_URI, "scopes": scopes}
    answer = http.request(what, "POST", f"{base}/api/v1/apps", data=form)
    number, secret = require_texts(answer, what, "client_id", "client_secret")
    http.add_secrets(secret)
    return RegisteredApp(base, scopes, number, secret)


def _exchange_code(http: HttpClient, app: RegisteredApp, code: str) -> str:
    http.add_secrets(parse_word(code))
    what = "the code"
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": OUT_OF_BAND_URI,
        "scope": app.scopes,
    }
    answer = http.request(what, "POST", f"{app.base}/oauth/token", data=form)
    return require_texts(answer, what, "access_token")[0]
