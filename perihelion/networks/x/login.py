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
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import (
    AuthorizationRequest,
    choose_option,
    parse_redirect_uri,
    parse_word,
    require_texts,
    retry_until_accepted,
)
from perihelion.networks.x.oauth import save_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

AUTHORIZE_URL = "https://x.com/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
SIGN_IN_CHOICES = (
    "The account owns the app: paste its four keys",
    "The app is another account's: two keys and a PIN",
    "OAuth 2: a client ID, and a token that is renewed",
)


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, and four keys or what a client of OAuth 2 has, as SPEC's variants name them."""
    dialogue.show(
        "At https://console.x.com: an app, whose user authentication is set up with the permission "
        "Read and write. Do that first: keys made before it can only read. Posts cost money."
    )
    base = dialogue.context.get_value("URL").rstrip("/")
    values = (_prompt_account_keys, _authorize_with_pin, _authorize_oauth2)[
        choose_option(dialogue, "Which way", SIGN_IN_CHOICES)
    ](dialogue, base)
    return {"URL": base, **values}


def _prompt_account_keys(dialogue: Dialogue, _base: str) -> dict[str, str]:
    dialogue.show("Under Keys and tokens:")
    return _prompt_app_keys(dialogue) | {
        "ACCESS_TOKEN": dialogue.prompt("The access token", parse_word, secret=True),
        "ACCESS_SECRET": dialogue.prompt("The access token secret", parse_word, secret=True),
    }


def _prompt_app_keys(dialogue: Dialogue) -> dict[str, str]:
    return {
        "API_KEY": dialogue.prompt("The API key", parse_word, secret=True),
        "API_SECRET": dialogue.prompt("The API key secret", parse_word, secret=True),
    }


def _authorize_with_pin(dialogue: Dialogue, base: str) -> dict[str, str]:
    http = HttpClient(dialogue.context)

    def request_token() -> tuple[dict[str, str], str, str]:
        app = _prompt_app_keys(dialogue)
        return app, *_request_oauth1_token(
            http, f"{base}/oauth/request_token", app, callback_uri="oob"
        )

    app, token, secret = retry_until_accepted(dialogue, request_token)
    dialogue.show(
        "Open this address as the account that shall post, and allow it:\n\n"
        f"{base}/oauth/authorize?oauth_token={token}\n"
    )
    given = {"resource_owner_key": token, "resource_owner_secret": secret}
    access = dialogue.prompt(
        "The PIN that the page shows",
        lambda pin: _request_oauth1_token(
            http, f"{base}/oauth/access_token", app, **given, verifier=parse_word(pin)
        ),
        secret=True,
    )
    return app | {"ACCESS_TOKEN": access[0], "ACCESS_SECRET": access[1]}


def _request_oauth1_token(
    http: HttpClient, url: str, app: Mapping[str, str], **given: str
) -> tuple[str, str]:
    """The token and its secret that a signed POST gives; as a form, not as JSON."""
    from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy; and it ships no types

    for name in ("oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)  # DEBUG prints keys and tokens
    http.add_secrets(*app.values(), *given.values())
    auth = OAuth1(app["API_KEY"], client_secret=app["API_SECRET"], **given)
    what = "the keys" if "callback_uri" in given else "the PIN"
    http.request(what, "POST", url, auth=auth)
    response = http.session.response
    said = parse_qs(response.text if response is not None else "")
    found = [said.get(name, [""])[0] for name in ("oauth_token", "oauth_token_secret")]
    http.add_secrets(found[1])
    if not all(found):
        raise NotSent(f"{what}: the answer does not hold what it should")
    return found[0], found[1]


def _authorize_oauth2(dialogue: Dialogue, base: str) -> dict[str, str]:
    client = {
        "CLIENT_ID": dialogue.prompt(
            "The client ID", parse_word, default=dialogue.context.get_value("CLIENT_ID")
        ),
        "CLIENT_SECRET": dialogue.prompt(
            "The client secret; nothing for a public client",
            lambda text: parse_word(text) if text else "",
            secret=True,
        ),
    }
    redirect_uri = dialogue.prompt("The app's callback URI", parse_redirect_uri)
    code_verifier = token_urlsafe(48)
    authorization = AuthorizationRequest.for_code(
        AUTHORIZE_URL,
        client_id=client["CLIENT_ID"],
        redirect_uri=redirect_uri,
        scope=SCOPES,
        code_challenge=_make_code_challenge(code_verifier),
        code_challenge_method="S256",
    )
    dialogue.show(
        "Open this address as the account that shall post, allow it, and within 30 seconds paste "
        f"the address that you are sent to:\n\n{authorization.authorize_url}\n"
    )
    code = dialogue.prompt("The whole address", authorization.parse_code, secret=True)
    form = {"redirect_uri": redirect_uri, "code_verifier": code_verifier, "code": code}
    return {**client, "REFRESH_TOKEN": _exchange_code(dialogue, base, client, form)}


def _make_code_challenge(code_verifier: str) -> str:
    """RFC 7636's S256."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _exchange_code(
    dialogue: Dialogue, base: str, client: Mapping[str, str], form: Mapping[str, str]
) -> str:
    """What a code is worth. The access token serves for the proof: a refresh token, but once."""
    number, secret = client["CLIENT_ID"], client["CLIENT_SECRET"]
    what = "the code"
    http = HttpClient(dialogue.context, (secret, form["code"], form["code_verifier"]))
    answer = http.request(
        what,
        "POST",
        f"{base}/2/oauth2/token",
        data={"grant_type": "authorization_code", "client_id": number, **form},
        auth=(number, secret) if secret else None,
    )
    refresh, access = require_texts(answer, what, "refresh_token", "access_token")
    save_tokens(dialogue.context, access, refresh)
    return refresh
