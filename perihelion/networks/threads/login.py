"""Sign-in for Threads: a long-lived token, pasted or obtained through Meta's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.sign_in_steps import (
    choose_option,
    parse_number,
    parse_redirect_uri,
    parse_word,
    request_code,
)
from perihelion.networks.threads.error_codes import classify_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.shared.sign_in_steps import Dialogue

AUTHORIZE_URL = "https://threads.com/oauth/authorize"
SCOPES = "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies"


def sign_in(dialogue: Dialogue) -> Mapping[str, str]:
    """URL, USER and TOKEN."""
    base = dialogue.context.get_value("URL").rstrip("/")
    dialogue.show(
        "At https://developers.facebook.com/apps, make an app with the use case “Access the "
        "Threads API”. Add the account as a Threads tester, and accept the invitation in the "
        "account's settings on Threads, under Website permissions → Invites."
    )
    ways = (
        "Paste a token from the use case's User Token Generator",
        "Sign in on Threads, with the app's ID and secret",
    )
    user, token = (_prompt_token, _authorize_in_browser)[
        choose_option(dialogue, "Which way", ways)
    ](dialogue, base)
    return {"URL": base, "USER": user, "TOKEN": token}


def _prompt_token(dialogue: Dialogue, base: str) -> tuple[str, str]:
    """The account's number and its token."""

    def check_token(text: str) -> tuple[str, str]:
        http = HttpClient(dialogue.context, (parse_word(text),), classify=classify_response)
        query, headers = {"fields": "id,username"}, {"Authorization": f"Bearer {text}"}
        url = f"{base}/v1.0/me"
        answer = http.request("the token", "GET", url, params=query, headers=headers)
        return answer.require_text("id"), text

    return dialogue.prompt("The token", check_token, secret=True)


def _authorize_in_browser(dialogue: Dialogue, base: str) -> tuple[str, str]:
    """The account's number and its token, through a code from Meta's page."""
    dialogue.show(
        "In the use case's settings are the Threads app ID and secret, and the redirect callback "
        "URLs; any https address of yours will do."
    )
    client_id = dialogue.prompt("The Threads app ID", parse_number)
    secret = dialogue.prompt("The Threads app secret", parse_word, secret=True)
    redirect_uri = dialogue.prompt("A redirect callback URL of the app", parse_redirect_uri)
    code = request_code(
        dialogue, AUTHORIZE_URL, client_id=client_id, redirect_uri=redirect_uri, scope=SCOPES
    )
    http = HttpClient(dialogue.context, (secret, code), classify=classify_response)
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    answer = http.request("the code", "POST", f"{base}/oauth/access_token", data=form)
    user, short_token = answer.require_text("user_id"), answer.require_text("access_token")
    http.add_secrets(short_token)
    return user, _get_long_lived_token(http, base, secret, short_token)


def _get_long_lived_token(http: HttpClient, base: str, secret: str, short_token: str) -> str:
    """A token for 60 days, which `run` renews, in exchange for one that is valid for an hour."""
    query = {
        "grant_type": "th_exchange_token",
        "client_secret": secret,
        "access_token": short_token,
    }
    answer = http.request("the long-lived token", "GET", f"{base}/access_token", params=query)
    return answer.require_text("access_token")
