"""A long-lived token of Threads: pasted, or by Meta's page, a code, a short token, a long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import (
    AuthorizationRequest,
    choose_option,
    parse_redirect_uri,
    parse_word,
    require_texts,
)
from perihelion.networks.threads.error_codes import classify_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

AUTHORIZE_URL = "https://threads.com/oauth/authorize"
SCOPES = "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies"


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, USER and TOKEN."""
    base = dialogue.context.get_value("URL").rstrip("/")
    dialogue.show(
        "At https://developers.facebook.com/apps: an app with the use case “Access the Threads "
        "API”. Add the account as a Threads tester, and accept that in the account's settings on "
        "Threads, under Website permissions → Invites."
    )
    ways = (
        "Paste a token of the use case's User Token Generator",
        "Sign in on Threads, with the app's ID and secret",
    )
    user, token = (_prompt_token, _authorize_in_browser)[
        choose_option(dialogue, "Which way", ways)
    ](dialogue, base)
    return {"URL": base, "USER": user, "TOKEN": token}


def _prompt_token(dialogue: Dialogue, base: str) -> tuple[str, str]:
    """A token, and whose it is."""

    def check_token(text: str) -> tuple[str, str]:
        http = HttpClient(dialogue.context, (parse_word(text),), classify_response)
        what, query = "the token", {"fields": "id,username"}
        headers = {"Authorization": f"Bearer {text}"}
        answer = http.request(what, "GET", f"{base}/v1.0/me", params=query, headers=headers)
        return require_texts(answer, what, "id")[0], text

    return dialogue.prompt("The token", check_token, secret=True)


def _authorize_in_browser(dialogue: Dialogue, base: str) -> tuple[str, str]:
    """A code of Meta's page, and the tokens that it is worth."""
    dialogue.show(
        "In the use case's settings are the Threads app ID and secret, and the redirect callback "
        "URLs: any https address of yours will do."
    )
    number = dialogue.prompt("The Threads app ID", _parse_app_id)
    secret = dialogue.prompt("The Threads app secret", parse_word, secret=True)
    redirect_uri = dialogue.prompt("A redirect callback URL of the app", parse_redirect_uri)
    authorization = AuthorizationRequest.for_code(
        AUTHORIZE_URL, client_id=number, redirect_uri=redirect_uri, scope=SCOPES
    )
    dialogue.show(
        "Open this address as the account that shall post, and allow it:\n\n"
        f"{authorization.authorize_url}\n"
    )
    code = dialogue.prompt(
        "The whole address that you are sent to", authorization.parse_code, secret=True
    )
    http = HttpClient(dialogue.context, (secret, code), classify_response)
    form = {
        "client_id": number,
        "client_secret": secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    user, short_token = _get_short_lived_token(http, base, form)
    return user, _get_long_lived_token(http, base, secret, short_token)


def _get_short_lived_token(http: HttpClient, base: str, form: dict[str, str]) -> tuple[str, str]:
    """The account's number, and a token that lives an hour."""
    what = "the code"
    form = {"grant_type": "authorization_code", **form}
    answer = http.request(what, "POST", f"{base}/oauth/access_token", data=form)
    user, token = require_texts(answer, what, "user_id", "access_token")
    http.add_secrets(token)
    return user, token


def _get_long_lived_token(http: HttpClient, base: str, secret: str, short_token: str) -> str:
    """The token for 60 days, which `run` renews, for the short one."""
    what = "the long-lived token"
    query = {
        "grant_type": "th_exchange_token",
        "client_secret": secret,
        "access_token": short_token,
    }
    answer = http.request(what, "GET", f"{base}/access_token", params=query)
    return require_texts(answer, what, "access_token")[0]


def _parse_app_id(text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("is no app ID, which is a number; take the Threads one")
    return text
