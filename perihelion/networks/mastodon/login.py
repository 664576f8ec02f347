"""Sign-in for Mastodon and servers with its API: register an app, and exchange a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perihelion.networks.mastodon.instance import read_instance
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import make_authorize_url, parse_server, parse_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

OUT_OF_BAND_URI = "urn:ietf:wg:oauth:2.0:oob"
"""The server shows the code instead of sending it anywhere."""
GRANULAR_SCOPES = "read:accounts read:statuses write:statuses write:media"
BROAD_SCOPES = "read write"
"""For other software, some of which does not know the granular scopes."""


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """Perihelion as an app that a server knows."""

    base: str
    scopes: str
    client_id: str
    client_secret: str = field(repr=False)


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL and TOKEN."""
    http = HttpClient(dialogue.context)
    app = dialogue.prompt(
        "The server, such as mastodon.social",
        lambda text: _register_app(http, parse_server(text)),
        default=dialogue.context.get_value("URL"),
    )
    url = make_authorize_url(
        f"{app.base}/oauth/authorize",
        client_id=app.client_id,
        redirect_uri=OUT_OF_BAND_URI,
        scope=app.scopes,
    )
    dialogue.show(
        "Open this address in a browser as the account that will post, and allow the app. (It "
        f"gives one code; if that fails, open it again.)\n\n{url}\n"
    )
    token = dialogue.prompt(
        "The code that the page shows", lambda code: _exchange_code(http, app, code), secret=True
    )
    return {"URL": app.base, "TOKEN": token}


def _register_app(http: HttpClient, base: str) -> RegisteredApp:
    scopes = GRANULAR_SCOPES if read_instance(http, base).keeps_keys else BROAD_SCOPES
    form = {"client_name": "Perihelion", "redirect_uris": OUT_OF_BAND_URI, "scopes": scopes}
    answer = http.request("the server", "POST", f"{base}/api/v1/apps", data=form)
    client_id, secret = answer.require_text("client_id"), answer.require_text("client_secret")
    http.add_secrets(secret)
    return RegisteredApp(base, scopes, client_id, secret)


def _exchange_code(http: HttpClient, app: RegisteredApp, code: str) -> str:
    http.add_secrets(parse_word(code))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": OUT_OF_BAND_URI,
        "scope": app.scopes,
    }
    answer = http.request("the code", "POST", f"{app.base}/oauth/token", data=form)
    return answer.require_text("access_token")
