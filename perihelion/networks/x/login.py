"""Sign-in for X: four keys, or two keys and a PIN (OAuth 1.0a), or OAuth 2 with a refresh token.

requests-oauthlib, which tweepy depends on, signs for OAuth 1.0a: tweepy's own handler has fixed
addresses and no timeout.
"""

from __future__ import annotations

import base64
import hashlib
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import (
    choose_option,
    parse_redirect_uri,
    parse_word,
    request_code,
    retry_until_accepted,
)
from perihelion.networks.x.oauth import request_tokens, save_tokens, silence_oauth_loggers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

AUTHORIZE_URL = "https://x.com/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
SIGN_IN_CHOICES = (
    "The account owns the app: paste its four keys",
    "The app is another account's: two keys and a PIN",
    "OAuth 2: a client ID, and a token that is renewed",
)


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, and the variables of one of SPEC's variants."""
    dialogue.show(
        "At https://console.x.com, make an app, and set up its user authentication with the "
        "permission Read and write before you make keys: older keys can only read. Posts cost "
        "money."
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
        "Open this address as the account that will post, and allow the app:\n\n"
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
    """The token and its secret in the answer to a signed POST, which is a form, not JSON."""
    from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy; and it ships no types

    silence_oauth_loggers()
    http.add_secrets(*app.values(), *given.values())
    auth = OAuth1(app["API_KEY"], client_secret=app["API_SECRET"], **given)
    what = "the keys" if "callback_uri" in given else "the PIN"
    answer = http.request(what, "POST", url, auth=auth)
    response = http.session.response
    form = parse_qs(response.text if response is not None else "")
    token, secret = (form.get(name, [""])[0] for name in ("oauth_token", "oauth_token_secret"))
    http.add_secrets(secret)
    if not (token and secret):
        raise answer.unreadable_error()
    return token, secret


def _authorize_oauth2(dialogue: Dialogue, base: str) -> dict[str, str]:
    client = {
        "CLIENT_ID": dialogue.prompt(
            "The client ID", parse_word, default=dialogue.context.get_value("CLIENT_ID")
        ),
        "CLIENT_SECRET": dialogue.prompt(
            "The client secret; empty for a public client",
            lambda text: parse_word(text) if text else "",
            secret=True,
        ),
    }
    redirect_uri = dialogue.prompt("The app's callback URI", parse_redirect_uri)
    code_verifier = token_urlsafe(48)
    code = request_code(
        dialogue,
        AUTHORIZE_URL,
        client_id=client["CLIENT_ID"],
        redirect_uri=redirect_uri,
        scope=SCOPES,
        code_challenge=_make_code_challenge(code_verifier),
        code_challenge_method="S256",
    )
    form = {"redirect_uri": redirect_uri, "code_verifier": code_verifier, "code": code}
    return {**client, "REFRESH_TOKEN": _exchange_code(dialogue, base, client, form)}


def _make_code_challenge(code_verifier: str) -> str:
    """RFC 7636's S256."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _exchange_code(
    dialogue: Dialogue, base: str, client: Mapping[str, str], form: Mapping[str, str]
) -> str:
    """The refresh token for a code. As it works only once, the access token is saved as well."""
    pair = (client["CLIENT_ID"], client["CLIENT_SECRET"])
    http = HttpClient(dialogue.context, (pair[1], form["code"], form["code_verifier"]))
    form = {"grant_type": "authorization_code", "client_id": pair[0], **form}
    answer = request_tokens(http, "the code", base, pair, form)
    refresh, access = answer.require_text("refresh_token"), answer.require_text("access_token")
    save_tokens(dialogue.context, access, refresh)
    return refresh
