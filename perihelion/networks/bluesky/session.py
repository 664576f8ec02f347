"""Signing in to a PDS, as seldom as can be.

Sign-ins are limited to 30 in 5 minutes and 300 a day (fewer on the public server), so that the
tokens of one are kept between runs and renewed; only where there are none, or they are refused,
does the password leave again.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from perihelion.model.errors import Credentials, NotSent, Rejected
from perihelion.networks.shared.addresses import address_problem
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.outcomes import nothing_posted, sort_status

if TYPE_CHECKING:
    from perihelion.model.errors import PublishError
    from perihelion.networks.base import Context
    from perihelion.networks.shared.http import Answer

PUBLIC = "https://bsky.social"
"""The public server: an entrance, which names the host of each account in the DID document."""
MARGIN = timedelta(minutes=5)
"""Access tokens (2 hours) are renewed so much before they end: a post takes several requests."""
KEPT_AS = "session"

TOKEN_REFUSED = frozenset({"ExpiredToken", "InvalidToken"})
ACCOUNT_DEAD = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})
TELLING = TOKEN_REFUSED | {"InvalidSwap", "RecordNotFound"}
"""Refusals that mean something to us: they come back as answers, with their status."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session. `seconds` is how long its access token lives from `got_at` on our own clock.

    The token's own `exp` is not compared with our clock, which may be wrong or a rehearsal's.
    `new` tells that the server gave it just now.
    """

    owner: str
    did: str
    handle: str
    host: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    got_at: str
    seconds: float
    new: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether the access token is still good at `now` (UTC)."""
        got_at = datetime.fromisoformat(self.got_at)
        return got_at <= now < got_at + timedelta(seconds=self.seconds) - MARGIN

    @property
    def headers(self) -> dict[str, str]:
        """What a request of this session carries."""
        return {"Authorization": f"Bearer {self.access}"}

    @property
    def by_app_password(self) -> bool:
        """Whether it is narrower than the account's own password would give."""
        return "appPass" in str(_claims(self.access).get("scope"))


class Sessions:
    """The account's session, in the memory and on the server.

    Its requests go over a wire of their own: that sign-ins are used up must not hold back posts.
    """

    def __init__(self, context: Context, base: str, *, follow: bool) -> None:
        self._context, self._base, self._follow = context, base, follow
        self._identifier = _clean(context.value("HANDLE"))
        self._password = context.value("PASSWORD").strip()
        self._wire = Wire(context, (self._password,), sort)

    def known(self) -> SignedIn:
        """Any session, for what needs no valid token. Raises as `current`."""
        return self._kept() or self.current()

    def current(self) -> SignedIn:
        """A session whose token holds. Raises Credentials or NotSent."""
        kept = self._kept()
        if kept is None:
            return self._sign_in()
        return kept if kept.holds(self._context.now()) else self._renew(kept)

    def spoil(self, session: SignedIn) -> None:
        """The server refused this session's token: do not use it again.

        One that was new then is dropped whole, so that the next one comes from the password.
        """
        kept = self._kept()
        if kept is not None and kept.access == session.access:
            if session.new:
                self._context.memory.put(KEPT_AS, "")
            else:
                self._keep(replace(kept, seconds=0.0))

    def _renew(self, old: SignedIn) -> SignedIn:
        self._wire.hide(old.refresh)
        headers = {"Authorization": f"Bearer {old.refresh}"}
        what = f"{self._context.account.name}: renewing the session"
        url = f"{self._base}/xrpc/com.atproto.server.refreshSession"
        try:
            with nothing_posted():
                answer = self._wire.request(what, "POST", url, headers=headers)
        except (Rejected, Credentials):
            return self._sign_in()
        if answer.text("error") in TOKEN_REFUSED:
            return self._sign_in()
        return self._taken(answer, what, old.host)

    def _sign_in(self) -> SignedIn:
        """With the password. Never Rejected, which would be held against the post."""
        what = f"{self._context.account.name}: signing in as {self._identifier}"
        url = f"{self._base}/xrpc/com.atproto.server.createSession"
        body = {"identifier": self._identifier, "password": self._password}
        try:
            with nothing_posted():
                answer = self._wire.request(what, "POST", url, json=body)
        except Rejected as error:
            raise Credentials(str(error)) from error
        except Credentials as error:
            prefix = self._context.account.env_prefix
            raise Credentials(f"{error}; put an app password into {prefix}_PASSWORD") from error
        return self._taken(answer, what, self._base)

    def _taken(self, answer: Answer, what: str, host: str) -> SignedIn:
        """The session in an answer, kept."""
        names = ("accessJwt", "refreshJwt", "did", "handle")
        access, refresh, did, handle = (answer.text(name) for name in names)
        if not (_TOKEN.fullmatch(access) and _TOKEN.fullmatch(refresh) and _DID.fullmatch(did)):
            raise NotSent(f"{what}: the answer holds no session")
        if answer.data.get("active") is False:
            raise Credentials(f"{what}: the account is {answer.text('status') or 'not active'}")
        session = SignedIn(
            owner=self._owner,
            did=did,
            handle=handle,
            host=(self._follow and _host(answer.data.get("didDoc"), self._base)) or host,
            access=access,
            refresh=refresh,
            got_at=self._context.now().isoformat(),
            seconds=_life(access),
        )
        self._keep(session)
        return replace(session, new=True)

    @property
    def _owner(self) -> str:
        return f"{self._identifier} at {self._base}"

    def _keep(self, session: SignedIn) -> None:
        self._context.memory.put(KEPT_AS, json.dumps(asdict(session)))

    def _kept(self) -> SignedIn | None:
        """The session in the memory, if it is this account's and can be read."""
        text = self._context.memory.get(KEPT_AS)
        try:
            session = SignedIn(**json.loads(text)) if text else None
        except (TypeError, ValueError):
            return None
        return session if session and session.owner == self._owner else None


def sort(status: int, data: object) -> type[PublishError] | None:
    """What a status means, by the error names that the PDS gives (TELLING ones are answers)."""
    said = data.get("error") if isinstance(data, dict) else None
    name = said if isinstance(said, str) else ""
    if status in {400, 401} and name in TELLING:
        return None
    if status in {400, 401, 403} and name in ACCOUNT_DEAD:
        return Credentials
    if status == 403:  # noqa: PLR2004 - by the PDS: the token's scope; by a firewall: a page
        return Credentials if name else NotSent
    if status == 400 and name == "BlobNotFound":  # noqa: PLR2004 - uploads expire: upload again
        return NotSent
    return sort_status(status)


def _clean(handle: str) -> str:
    """Without the @, and the unseen marks that copying a handle from a page brings along."""
    seen = "".join(c for c in handle if unicodedata.category(c) != "Cf")
    return seen.strip().removeprefix("@")


def _claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says, unproved; nothing for any other kind of token."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _life(token: str) -> float:
    """Seconds that a token lives; half an hour where it does not say."""
    said = _claims(token)
    start, end = said.get("iat"), said.get("exp")
    if isinstance(start, (int, float)) and isinstance(end, (int, float)):
        return max(0.0, min(float(end - start), timedelta(days=1).total_seconds()))
    return timedelta(minutes=30).total_seconds()


def _host(document: object, base: str) -> str:
    """The account's PDS in its DID document; empty unless it is as safe to talk to as `base`."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id")).endswith("#atproto_pds"):
            url = str(service.get("serviceEndpoint")).rstrip("/")
            safe = urlsplit(url).scheme in {"https", urlsplit(base).scheme}
            return url if safe and not address_problem(url) else ""
    return ""
