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
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.error_classification import classify_status, unknown_as_not_sent
from perihelion.networks.shared.http_client import HttpClient

if TYPE_CHECKING:
    from perihelion.model.errors import PublishError
    from perihelion.networks.base import Context
    from perihelion.networks.shared.http_client import ApiResponse

PUBLIC_SERVER = "https://bsky.social"
"""The public server: an entrance, which names the host of each account in the DID document."""
RENEWAL_MARGIN = timedelta(minutes=5)
"""Access tokens (2 hours) are renewed so much before they end: a post takes several requests."""
MEMORY_KEY = "session"

TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken"})
ACCOUNT_ERRORS = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})
EXPECTED_ERRORS = TOKEN_ERRORS | {"InvalidSwap", "RecordNotFound"}
"""Refusals that mean something to us: they come back as answers, with their status."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")


@dataclass(frozen=True, slots=True)
class BlueskySession:
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

    def is_valid_at(self, now: datetime) -> bool:
        """Whether the access token is still good at `now` (UTC)."""
        got_at = datetime.fromisoformat(self.got_at)
        return got_at <= now < got_at + timedelta(seconds=self.seconds) - RENEWAL_MARGIN

    @property
    def auth_headers(self) -> dict[str, str]:
        """What a request of this session carries."""
        return {"Authorization": f"Bearer {self.access}"}

    @property
    def uses_app_password(self) -> bool:
        """Whether it is narrower than the account's own password would give."""
        return "appPass" in str(_parse_claims(self.access).get("scope"))


class SessionManager:
    """The account's session, in the memory and on the server.

    Its requests go over a wire of their own: that sign-ins are used up must not hold back posts.
    """

    def __init__(self, context: Context, base: str, *, follow: bool) -> None:
        self._context, self._base, self._follow_pds = context, base, follow
        self._identifier = _clean_handle(context.get_value("HANDLE"))
        self._password = context.get_value("PASSWORD").strip()
        self._http = HttpClient(context, (self._password,), classify_response)

    def get_any(self) -> BlueskySession:
        """Any session, for what needs no valid token. Raises as `current`."""
        return self._load_session() or self.get_valid()

    def get_valid(self) -> BlueskySession:
        """A session whose token holds. Raises Credentials or NotSent."""
        kept = self._load_session()
        if kept is None:
            return self._sign_in()
        return kept if kept.is_valid_at(self._context.now()) else self._renew_session(kept)

    def invalidate(self, session: BlueskySession) -> None:
        """The server refused this session's token: do not use it again.

        One that was new then is dropped whole, so that the next one comes from the password.
        """
        kept = self._load_session()
        if kept is not None and kept.access == session.access:
            if session.new:
                self._context.memory.put(MEMORY_KEY, "")
            else:
                self._save_session(replace(kept, seconds=0.0))

    def _renew_session(self, old: BlueskySession) -> BlueskySession:
        self._http.add_secrets(old.refresh)
        headers = {"Authorization": f"Bearer {old.refresh}"}
        what = f"{self._context.account.name}: renewing the session"
        url = f"{self._base}/xrpc/com.atproto.server.refreshSession"
        try:
            with unknown_as_not_sent():
                answer = self._http.request(what, "POST", url, headers=headers)
        except (Rejected, Credentials):
            return self._sign_in()
        if answer.get_text("error") in TOKEN_ERRORS:
            return self._sign_in()
        return self._store_session(answer, what, old.host)

    def _sign_in(self) -> BlueskySession:
        """With the password. Never Rejected, which would be held against the post."""
        what = f"{self._context.account.name}: signing in as {self._identifier}"
        url = f"{self._base}/xrpc/com.atproto.server.createSession"
        body = {"identifier": self._identifier, "password": self._password}
        try:
            with unknown_as_not_sent():
                answer = self._http.request(what, "POST", url, json=body)
        except Rejected as error:
            raise Credentials(str(error)) from error
        except Credentials as error:
            prefix = self._context.account.env_prefix
            raise Credentials(f"{error}; put an app password into {prefix}_PASSWORD") from error
        return self._store_session(answer, what, self._base)

    def _store_session(self, answer: ApiResponse, what: str, host: str) -> BlueskySession:
        """The session in an answer, kept."""
        names = ("accessJwt", "refreshJwt", "did", "handle")
        access, refresh, did, handle = (answer.get_text(name) for name in names)
        if not (_TOKEN.fullmatch(access) and _TOKEN.fullmatch(refresh) and _DID.fullmatch(did)):
            raise NotSent(f"{what}: the answer holds no session")
        if answer.data.get("active") is False:
            raise Credentials(f"{what}: the account is {answer.get_text('status') or 'not active'}")
        session = BlueskySession(
            owner=self._owner_id,
            did=did,
            handle=handle,
            host=(self._follow_pds and _find_pds_url(answer.data.get("didDoc"), self._base))
            or host,
            access=access,
            refresh=refresh,
            got_at=self._context.now().isoformat(),
            seconds=_read_token_lifetime(access),
        )
        self._save_session(session)
        return replace(session, new=True)

    @property
    def _owner_id(self) -> str:
        return f"{self._identifier} at {self._base}"

    def _save_session(self, session: BlueskySession) -> None:
        self._context.memory.put(MEMORY_KEY, json.dumps(asdict(session)))

    def _load_session(self) -> BlueskySession | None:
        """The session in the memory, if it is this account's and can be read."""
        text = self._context.memory.get(MEMORY_KEY)
        try:
            session = BlueskySession(**json.loads(text)) if text else None
        except (TypeError, ValueError):
            return None
        return session if session and session.owner == self._owner_id else None


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """What a status means, by the error names that the PDS gives (TELLING ones are answers)."""
    said = data.get("error") if isinstance(data, dict) else None
    name = said if isinstance(said, str) else ""
    if status in {400, 401} and name in EXPECTED_ERRORS:
        return None
    if status in {400, 401, 403} and name in ACCOUNT_ERRORS:
        return Credentials
    if status == 403:  # noqa: PLR2004 - by the PDS: the token's scope; by a firewall: a page
        return Credentials if name else NotSent
    if status == 400 and name == "BlobNotFound":  # noqa: PLR2004 - uploads expire: upload again
        return NotSent
    return classify_status(status)


def _clean_handle(handle: str) -> str:
    """Without the @, and the unseen marks that copying a handle from a page brings along."""
    seen = "".join(c for c in handle if unicodedata.category(c) != "Cf")
    return seen.strip().removeprefix("@")


def _parse_claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says, unproved; nothing for any other kind of token."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _read_token_lifetime(token: str) -> float:
    """Seconds that a token lives; half an hour where it does not say."""
    said = _parse_claims(token)
    start, end = said.get("iat"), said.get("exp")
    if isinstance(start, (int, float)) and isinstance(end, (int, float)):
        return max(0.0, min(float(end - start), timedelta(days=1).total_seconds()))
    return timedelta(minutes=30).total_seconds()


def _find_pds_url(document: object, base: str) -> str:
    """The account's PDS in its DID document; empty unless it is as safe to talk to as `base`."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id")).endswith("#atproto_pds"):
            url = str(service.get("serviceEndpoint")).rstrip("/")
            safe = urlsplit(url).scheme in {"https", urlsplit(base).scheme}
            return url if safe and not find_address_problem(url) else ""
    return ""
