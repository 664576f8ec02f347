"""Keys of X: four that are pasted, or two and a PIN (OAuth 1.0a); or OAuth 2 with a refresh token.

OAuth 1.0a is signed by requests-oauthlib, which tweepy brings: tweepy's own handler knows only its
own addresses, and no end in time.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from perihelion.model.errors import NotSent
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.login_steps import (
    Way,
    choose,
    fields,
    redirect,
    something,
    until_it_works,
)
from perihelion.networks.x.sign_in import remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

PAGE = "https://x.com/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
WAYS = (
    "The account owns the app: paste its four keys",
    "The app is another account's: two keys and a PIN",
    "OAuth 2: a client ID, and a token that is renewed",
)


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """URL, and four keys or what a client of OAuth 2 has, as SPEC's variants name them."""
    talk.tell(
        "At https://console.x.com: an app, whose user authentication is set up with the permission "
        "Read and write. Do that first: keys made before it can only read. Posts cost money."
    )
    base = talk.context.value("URL").rstrip("/")
    values = (_paste, _pin, _oauth2)[choose(talk, "Which way", WAYS)](talk, base)
    return {"URL": base, **values}


def _paste(talk: Dialogue, _base: str) -> dict[str, str]:
    talk.tell("Under Keys and tokens:")
    return _app(talk) | {
        "ACCESS_TOKEN": talk.ask("The access token", something, secret=True),
        "ACCESS_SECRET": talk.ask("The access token secret", something, secret=True),
    }


def _app(talk: Dialogue) -> dict[str, str]:
    return {
        "API_KEY": talk.ask("The API key", something, secret=True),
        "API_SECRET": talk.ask("The API key secret", something, secret=True),
    }


def _pin(talk: Dialogue, base: str) -> dict[str, str]:
    wire = Wire(talk.context)

    def start() -> tuple[dict[str, str], str, str]:
        app = _app(talk)
        return app, *_tokens(wire, f"{base}/oauth/request_token", app, callback_uri="oob")

    app, token, secret = until_it_works(talk, start)
    talk.tell(
        "Open this address as the account that shall post, and allow it:\n\n"
        f"{base}/oauth/authorize?oauth_token={token}\n"
    )
    given = {"resource_owner_key": token, "resource_owner_secret": secret}
    access = talk.ask(
        "The PIN that the page shows",
        lambda pin: _tokens(
            wire, f"{base}/oauth/access_token", app, **given, verifier=something(pin)
        ),
        secret=True,
    )
    return app | {"ACCESS_TOKEN": access[0], "ACCESS_SECRET": access[1]}


def _tokens(wire: Wire, url: str, app: Mapping[str, str], **given: str) -> tuple[str, str]:
    """The token and its secret that a signed POST gives; as a form, not as JSON."""
    from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy; and it ships no types

    for name in ("oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)  # DEBUG prints keys and tokens
    wire.hide(*app.values(), *given.values())
    auth = OAuth1(app["API_KEY"], client_secret=app["API_SECRET"], **given)
    what = "the keys" if "callback_uri" in given else "the PIN"
    wire.request(what, "POST", url, auth=auth)
    response = wire.session.response
    said = parse_qs(response.text if response is not None else "")
    found = [said.get(name, [""])[0] for name in ("oauth_token", "oauth_token_secret")]
    wire.hide(found[1])
    if not all(found):
        raise NotSent(f"{what}: the answer does not hold what it should")
    return found[0], found[1]


def _oauth2(talk: Dialogue, base: str) -> dict[str, str]:
    client = {
        "CLIENT_ID": talk.ask("The client ID", something, default=talk.context.value("CLIENT_ID")),
        "CLIENT_SECRET": talk.ask(
            "The client secret; nothing for a public client",
            lambda text: something(text) if text else "",
            secret=True,
        ),
    }
    back = talk.ask("The app's callback URI", redirect)
    proof = token_urlsafe(48)
    way = Way.out(
        PAGE,
        client_id=client["CLIENT_ID"],
        redirect_uri=back,
        scope=SCOPES,
        code_challenge=_challenge(proof),
        code_challenge_method="S256",
    )
    talk.tell(
        "Open this address as the account that shall post, allow it, and within 30 seconds paste "
        f"the address that you are sent to:\n\n{way.address}\n"
    )
    code = talk.ask("The whole address", way.code, secret=True)
    form = {"redirect_uri": back, "code_verifier": proof, "code": code}
    return {**client, "REFRESH_TOKEN": _refresh_token(talk, base, client, form)}


def _challenge(proof: str) -> str:
    """RFC 7636's S256."""
    digest = hashlib.sha256(proof.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _refresh_token(
    talk: Dialogue, base: str, client: Mapping[str, str], form: Mapping[str, str]
) -> str:
    """What a code is worth. The access token serves for the proof: a refresh token, but once."""
    number, secret = client["CLIENT_ID"], client["CLIENT_SECRET"]
    what = "the code"
    wire = Wire(talk.context, (secret, form["code"], form["code_verifier"]))
    answer = wire.request(
        what,
        "POST",
        f"{base}/2/oauth2/token",
        data={"grant_type": "authorization_code", "client_id": number, **form},
        auth=(number, secret) if secret else None,
    )
    refresh, access = fields(answer, what, "refresh_token", "access_token")
    remember(talk.context, access, refresh)
    return refresh
