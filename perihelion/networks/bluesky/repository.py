"""An account's repository on its PDS: the requests that read it and write to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import Credentials, NotSent
from perihelion.networks.bluesky.record import COLLECTION, post_uri
from perihelion.networks.bluesky.session import TOKEN_ERRORS, BlueskySession, classify_response
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.timeline_reader import BEGINNING, Entry, Page, require_type

if TYPE_CHECKING:
    from perihelion.networks.base import Context
    from perihelion.networks.bluesky.session import SessionManager
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.pictures import PreparedPicture

MAX_PAGES = 200
"""Pages of 100 records that are read back before giving up."""
BAD_REQUEST = 400
"""The status with which a PDS says InvalidSwap and RecordNotFound."""


class Repository:
    """What the adapter asks of the PDS. Records are read without a token: they are public."""

    def __init__(self, context: Context, sessions: SessionManager) -> None:
        self._account, self._sessions = context.account.name, sessions
        self.http = HttpClient(context, (context.get_value("PASSWORD").strip(),), classify_response)

    def with_account_name(self, what: str) -> str:
        """How an error begins."""
        return f"{self._account}: {what}"

    def get_account(self, session: BlueskySession) -> ApiResponse:
        """What the PDS says of the session's account."""
        return self._send_authorized(session, "the account", "GET", "com.atproto.server.getSession")

    def create_record(self, session: BlueskySession, key: str, record: dict[str, Any]) -> bool:
        """Put a post where nothing is yet: the one request that makes it. False: one is there."""
        what = "the post"
        body = {
            "repo": session.did,
            "collection": COLLECTION,
            "rkey": key,
            "record": record,
            "swapRecord": None,
        }
        answer = self._send_authorized(
            session, what, "POST", "com.atproto.repo.putRecord", json=body
        )
        if answer.status == BAD_REQUEST and answer.get_text("error") == "InvalidSwap":
            return False
        if answer.get_text("uri") != post_uri(session.did, key):
            raise self.http.unreadable_error(self.with_account_name(what))
        return True

    def upload_blob(self, session: BlueskySession, picture: PreparedPicture) -> dict[str, Any]:
        """The blob for a record to name. There is no post yet: no failure is unknown."""
        what = "the picture"
        with unknown_as_not_sent():
            answer = self._send_authorized(
                session,
                what,
                "POST",
                "com.atproto.repo.uploadBlob",
                data=picture.data,
                headers={"Content-Type": picture.media_type},
            )
            said = answer.data if isinstance(answer.data, dict) else {}
            blob = said.get("blob")
            ref = blob.get("ref") if isinstance(blob, dict) else None
            if not isinstance(blob, dict) or not isinstance(ref, dict) or not ref.get("$link"):
                raise self.http.unreadable_error(self.with_account_name(what))
        return {
            "$type": "blob",
            "ref": {"$link": str(ref["$link"])},
            "mimeType": str(blob.get("mimeType") or picture.media_type),
            "size": len(picture.data),
        }

    def get_record(
        self, session: BlueskySession, repo: str, collection: str, key: str
    ) -> dict[str, Any] | None:
        """A record as {uri, cid, value}; None where it is not."""
        query = {"repo": repo, "collection": collection, "rkey": key}
        answer = self._get_public(
            session, "looking a record up", "com.atproto.repo.getRecord", query
        )
        if answer.status == BAD_REQUEST and answer.get_text("error") == "RecordNotFound":
            return None
        found: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        named = answer.get_text("uri").endswith(f"/{collection}/{key}")
        if not named or not isinstance(found.get("value"), dict):
            raise self.http.unreadable_error(self.with_account_name("looking a record up"))
        return found

    def fetch_posts(self, session: BlueskySession, cursor: str) -> Page[Any]:
        """A page of the account's records, as listed: by record key, which is not by time."""
        query = {"repo": session.did, "collection": COLLECTION, "limit": "100"}
        query |= {"cursor": cursor} if cursor else {}
        answer = self._get_public(session, "the timeline", "com.atproto.repo.listRecords", query)
        records = require_type(answer.data["records"], list)
        following = answer.get_text("cursor")
        entries = [Entry(str(one["uri"]), BEGINNING, one) for one in records]
        return Page(entries, following, bool(following))

    def _get_public(
        self, session: BlueskySession, what: str, name: str, query: dict[str, str]
    ) -> ApiResponse:
        url = f"{session.host}/xrpc/{name}"
        return self.http.request(self.with_account_name(what), "GET", url, params=query)

    def _send_authorized(
        self, session: BlueskySession, what: str, method: str, name: str, **kwargs: Any
    ) -> ApiResponse:
        """One request of the session. A refused token did nothing: NotSent, and a new one next."""
        self.http.add_secrets(session.access, session.refresh)
        headers = session.auth_headers | kwargs.pop("headers", {})
        url = f"{session.host}/xrpc/{name}"
        try:
            answer = self.http.request(
                self.with_account_name(what), method, url, headers=headers, **kwargs
            )
        except Credentials:
            self._sessions.invalidate(session)
            raise
        refused = answer.get_text("error")
        if answer.status >= BAD_REQUEST and refused in TOKEN_ERRORS:
            self._sessions.invalidate(session)
            at_once = None if session.new else timedelta()
            raise NotSent(
                f"{self.with_account_name(what)}: the session has ended ({refused})", at_once
            )
        return answer
