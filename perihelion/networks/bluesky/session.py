"""Signing in to a PDS, as rarely as possible.

Sign-ins are limited to 30 in 5 minutes and 300 a day, and to fewer on the public server. The tokens
of one are therefore kept between runs and renewed; the password is sent again only if there are
none, or they are refused.
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
from perihelion.networks.bluesky.error_names import TOKEN_ERRORS, classify_response
from perihelion.networks.shared.addresses import find_address_problem
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_list, get_object, get_text, parse_json

if TYPE_CHECKING:
    from perihelion.networks.base import Context
    from perihelion.networks.shared.http_client import ApiResponse

RENEWAL_MARGIN = timedelta(minutes=5)
"""Access tokens (2 hours) are renewed this early, because a post takes several requests."""
FIRST_PAUSE = timedelta(seconds=30)
"""How long to wait after a failed sign-in; each further failure doubles it."""
MAX_PAUSE = timedelta(minutes=15)
MEMORY_KEY = "session"

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")


@dataclass(frozen=True, slots=True)
class BlueskySession:
    """One session. Its access token is valid for `seconds` from `got_at`, by our own clock.

    The token's `exp` is not compared with our clock, which may be wrong or a rehearsal's. `new`
    means that the server has just created the session.
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
        """Whether the access token is still valid at `now` (UTC)."""
        got_at = datetime.fromisoformat(self.got_at)
        return got_at <= now < got_at + timedelta(seconds=self.seconds) - RENEWAL_MARGIN

    @property
    def auth_headers(self) -> dict[str, str]:
        """The headers of a request in this session."""
        return {"Authorization": f"Bearer {self.access}"}

    @property
    def uses_app_password(self) -> bool:
        """Whether it was made with an app password, not the account's own."""
        return "appPass" in str(_parse_claims(self.access).get("scope"))


class SessionManager:
    """The account's session, in the memory and on the server.

    It has an HTTP client of its own, so that the rate limit of sign-ins does not delay posts.
    """

    def __init__(self, context: Context, base: str, *, follow: bool) -> None:
        self._context, self._base, self._follow_pds = context, base, follow
        self._identifier = _clean_handle(context.get_value("HANDLE"))
        self._password = context.get_value("PASSWORD")
        self._http = HttpClient(context, (self._password,), classify=classify_response)
        self._failures, self._failed_at = 0, context.now()

    def get_any(self) -> BlueskySession:
        """Any session, for requests without a token. Raises Credentials or NotSent."""
        return self._load_session() or self.get_valid()

    def get_valid(self) -> BlueskySession:
        """A session with a valid token. Raises Credentials or NotSent.

        After a failure no request leaves for a while, because many posts may wait for the session.
        """
        kept = self._load_session()
        if kept is not None and kept.is_valid_at(self._context.now()):
            return kept
        self._require_pause_over()
        try:
            session = self._sign_in() if kept is None else self._renew_session(kept)
        except NotSent:
            self._failures, self._failed_at = self._failures + 1, self._context.now()
            raise
        self._failures = 0
        return session

    def _require_pause_over(self) -> None:
        """Raise NotSent while the last failure is too recent, or by the rate limit of sign-ins."""
        now = self._context.now()
        limited_until = self._http.not_before() or now
        pause = min(FIRST_PAUSE * 2.0 ** (self._failures - 1), MAX_PAUSE)
        paused_until = self._failed_at + pause if self._failures and self._failed_at <= now else now
        left = max(limited_until, paused_until) - now
        if left > timedelta():
            what = self._http.label("signing in failed a moment ago, and is tried again later")
            raise NotSent(what, left)

    def invalidate(self, session: BlueskySession) -> None:
        """Do not use this session's token again, because the server refused it.

        A new session is discarded entirely, so that the next one is made with the password.
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
        url = f"{self._base}/xrpc/com.atproto.server.refreshSession"
        try:
            with unknown_as_not_sent():
                answer = self._http.request("renewing the session", "POST", url, headers=headers)
        except (Rejected, Credentials):
            return self._sign_in()
        if answer.get_text("error") in TOKEN_ERRORS:
            return self._sign_in()
        return self._store_session(answer, old.host)

    def _sign_in(self) -> BlueskySession:
        """Make a session with the password. Never raises Rejected, which would blame the post."""
        what = f"signing in as {self._identifier}"
        url = f"{self._base}/xrpc/com.atproto.server.createSession"
        body = {"identifier": self._identifier, "password": self._password}
        try:
            with unknown_as_not_sent():
                answer = self._http.request(what, "POST", url, json=body)
        except Rejected as error:
            raise Credentials(str(error)) from error
        except Credentials as error:
            prefix = self._context.account.env_prefix
            raise Credentials(f"{error}; set {prefix}_PASSWORD to an app password") from error
        return self._store_session(answer, self._base)

    def _store_session(self, answer: ApiResponse, host: str) -> BlueskySession:
        """The session in an answer, saved in the memory."""
        names = ("accessJwt", "refreshJwt", "did", "handle")
        access, refresh, did, handle = (answer.get_text(name) for name in names)
        if not (_TOKEN.fullmatch(access) and _TOKEN.fullmatch(refresh) and _DID.fullmatch(did)):
            raise NotSent(f"{answer.what}: the answer contains no session")
        require_active(answer)
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
        """The session in the memory, if it is readable and belongs to this account."""
        try:
            session = BlueskySession(**parse_json(self._context.memory.get(MEMORY_KEY)))
        except TypeError:
            return None
        return session if session.owner == self._owner_id else None


def require_active(answer: ApiResponse) -> None:
    """Raise Credentials if the PDS reports that the account is not active."""
    if get_object(answer.data).get("active") is False:
        state = answer.get_text("status") or "not active"
        raise Credentials(f"{answer.what}: the account is {state}")


def _clean_handle(handle: str) -> str:
    """Without the @, and the invisible characters that are copied from a page with a handle."""
    seen = "".join(c for c in handle if unicodedata.category(c) != "Cf")
    return seen.strip().removeprefix("@")


def _parse_claims(token: str) -> dict[str, Any]:
    """The unverified claims of a JSON Web Token; none for any other kind of token."""
    try:
        payload = token.split(".")[1]
        return get_object(parse_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, ValueError):
        return {}


def _read_token_lifetime(token: str) -> float:
    """Seconds for which a token is valid; half an hour if it does not say."""
    claims = _parse_claims(token)
    start, end = claims.get("iat"), claims.get("exp")
    if isinstance(start, (int, float)) and isinstance(end, (int, float)):
        return max(0.0, min(float(end - start), timedelta(days=1).total_seconds()))
    return timedelta(minutes=30).total_seconds()


def _find_pds_url(document: object, base: str) -> str:
    """The account's PDS in its DID document; empty unless its address is as safe as `base`."""
    for service in get_list(document, "service"):
        if get_text(service, "id").endswith("#atproto_pds"):
            url = get_text(service, "serviceEndpoint").rstrip("/")
            safe = urlsplit(url).scheme in {"https", urlsplit(base).scheme}
            return url if safe and not find_address_problem(url) else ""
    return ""
