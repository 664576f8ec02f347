"""A long-lived token of Threads: pasted, or by Meta's page, a code, a short token, a long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.login_steps import Way, choose, fields, redirect, something
from perihelion.networks.threads.answers import sort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.networks.base import Dialogue

PAGE = "https://threads.com/oauth/authorize"
SCOPES = "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies"


def sign_in(talk: Dialogue) -> Mapping[str, str]:
    """URL, USER and TOKEN."""
    base = talk.context.value("URL").rstrip("/")
    talk.tell(
        "At https://developers.facebook.com/apps: an app with the use case “Access the Threads "
        "API”. Add the account as a Threads tester, and accept that in the account's settings on "
        "Threads, under Website permissions → Invites."
    )
    ways = (
        "Paste a token of the use case's User Token Generator",
        "Sign in on Threads, with the app's ID and secret",
    )
    user, token = (_paste, _by_page)[choose(talk, "Which way", ways)](talk, base)
    return {"URL": base, "USER": user, "TOKEN": token}


def _paste(talk: Dialogue, base: str) -> tuple[str, str]:
    """A token, and whose it is."""

    def read(text: str) -> tuple[str, str]:
        wire = Wire(talk.context, (something(text),), sort)
        what, query = "the token", {"fields": "id,username"}
        headers = {"Authorization": f"Bearer {text}"}
        answer = wire.request(what, "GET", f"{base}/v1.0/me", params=query, headers=headers)
        return fields(answer, what, "id")[0], text

    return talk.ask("The token", read, secret=True)


def _by_page(talk: Dialogue, base: str) -> tuple[str, str]:
    """A code of Meta's page, and the tokens that it is worth."""
    talk.tell(
        "In the use case's settings are the Threads app ID and secret, and the redirect callback "
        "URLs: any https address of yours will do."
    )
    number = talk.ask("The Threads app ID", _number)
    secret = talk.ask("The Threads app secret", something, secret=True)
    back = talk.ask("A redirect callback URL of the app", redirect)
    way = Way.out(PAGE, client_id=number, redirect_uri=back, scope=SCOPES)
    talk.tell(f"Open this address as the account that shall post, and allow it:\n\n{way.address}\n")
    code = talk.ask("The whole address that you are sent to", way.code, secret=True)
    wire = Wire(talk.context, (secret, code), sort)
    form = {"client_id": number, "client_secret": secret, "redirect_uri": back, "code": code}
    user, short = _short(wire, base, form)
    return user, _long(wire, base, secret, short)


def _short(wire: Wire, base: str, form: dict[str, str]) -> tuple[str, str]:
    """The account's number, and a token that lives an hour."""
    what = "the code"
    form = {"grant_type": "authorization_code", **form}
    answer = wire.request(what, "POST", f"{base}/oauth/access_token", data=form)
    user, token = fields(answer, what, "user_id", "access_token")
    wire.hide(token)
    return user, token


def _long(wire: Wire, base: str, secret: str, short: str) -> str:
    """The token for 60 days, which `run` renews, for the short one."""
    what = "the long-lived token"
    query = {"grant_type": "th_exchange_token", "client_secret": secret, "access_token": short}
    answer = wire.request(what, "GET", f"{base}/access_token", params=query)
    return fields(answer, what, "access_token")[0]


def _number(text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("is no app ID, which is a number; take the Threads one")
    return text
