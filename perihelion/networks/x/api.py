"""X's API through tweepy: one request at a time, and what its answers mean.

tweepy lets through JSONDecodeError, AttributeError and TypeError, follows redirects and has no
timeout: so it only makes and signs the requests, on our own session, and the wire says what
happened.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import (
    Credentials,
    LedgerError,
    NotSent,
    OutcomeUnknown,
    PublishError,
    Rejected,
)
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.outcomes import sort_status
from perihelion.networks.shared.transport import Session
from perihelion.networks.x.sign_in import SECRETS, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from tweepy import Client

    from perihelion.networks.base import Context, Memory
    from perihelion.networks.shared.http import Answer

WRITTEN_IN_TWEEPY = "https://api.twitter.com"
UNPAID, FORBIDDEN = 402, 403
_MONEY = re.compile(r"credit|spend(?:ing)? (?:cap|limit)")
_ACCOUNT = re.compile(
    r"suspended|temporarily locked|app permissions|oauth1-permissions|client-forbidden"
    r"|client-not-enrolled|unsupported-authentication|usage-capped"
)
"""What a 403 says that holds for every post of the account, not for this one."""


class Api:
    """One account's way to X at `base`, signed in."""

    def __init__(self, context: Context, base: str) -> None:
        secrets = [context.value(name).strip() for name in SECRETS]
        self.wire = Wire(context, secrets, sort, session=_session(base))
        self._door = sign_in(context, self.wire, base)

    @property
    def status(self) -> int | None:
        """The status of the last answer; None where there was none."""
        response = self.wire.session.response
        return None if response is None else response.status_code

    def call(self, what: str, send: Callable[[Client, bool], object]) -> Answer:
        """The answer to the one request that `send(client, user_auth)` makes.

        Raises the publish errors; Credentials say in plain words what to do.
        """
        self._door.renew()
        try:
            return self.wire.call(what, lambda: send(self._door.client, self._door.user_auth))
        except Credentials as error:
            if self._is_about_money(error):
                text = "no credits; buy some or raise the spending limit at console.x.com"
                raise Credentials(f"{what}: {text}") from error
            if self.status != FORBIDDEN:
                self._door.refused()
            raise

    def _is_about_money(self, error: Credentials) -> bool:
        told = self.status == FORBIDDEN and _MONEY.search(str(error).lower())
        return self.status == UNPAID or bool(told)

    def ask(self, what: str, method: str, path: str, **kwargs: Any) -> Answer:
        """One request that tweepy has no method of its own for."""
        return self.call(
            what, lambda client, auth: client.request(method, path, **kwargs, user_auth=auth)
        )


class Notes:
    """What is worth remembering, and no more than that: what cannot be kept is asked for again."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, name: str) -> str | None:
        """The value last put, if it can be had."""
        with suppress(LedgerError):
            return self._memory.get(name)
        return None

    def put(self, name: str, value: str) -> None:
        """Keep it, if that can be done."""
        with suppress(LedgerError):
            self._memory.put(name, value)


def field(answer: Answer, *path: str) -> str:
    """A text at `path` within `data` of an answer, or the empty string."""
    node = answer.data.get("data") if isinstance(answer.data, dict) else None
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


def sort(status: int, data: object) -> type[PublishError] | None:
    """What an answer says about the post.

    402: no credits. 403: it says why; where it says nothing, it does not come from X's API. A
    text called a duplicate stands on the account already, so that it is to be looked up.
    """
    if status == UNPAID:
        return Credentials
    if status != FORBIDDEN:
        return sort_status(status)
    if not isinstance(data, dict):
        return NotSent
    said = json.dumps(data).lower()
    if "duplicate" in said:
        return OutcomeUnknown
    return Credentials if _MONEY.search(said) or _ACCOUNT.search(said) else Rejected


def _session(base: str) -> type[Session]:
    """Sessions that lead to `base` what tweepy, whose host is fixed, sends; before it is signed."""

    class Led(Session):
        def request(
            self,
            method: str | bytes,
            url: str | bytes,
            *args: Any,
            **kwargs: Any,
        ) -> requests.Response:
            led = str(url).replace(WRITTEN_IN_TWEEPY, base, 1)
            return super().request(method, led, *args, **kwargs)

    return Led
