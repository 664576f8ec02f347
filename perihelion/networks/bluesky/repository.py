"""An account's repository on its PDS: the requests that read it and write to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import Credentials, NotSent, PictureNotSent
from perihelion.networks.bluesky.error_names import TOKEN_ERRORS, classify_response
from perihelion.networks.bluesky.record import COLLECTION, post_uri
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.http_client import HttpClient
from perihelion.networks.shared.json_values import get_object, get_value
from perihelion.networks.shared.timeline_reader import BEGINNING, Entry, Page, require_type

if TYPE_CHECKING:
    from perihelion.networks.base import Context
    from perihelion.networks.bluesky.session import BlueskySession, SessionManager
    from perihelion.networks.shared.http_client import ApiResponse
    from perihelion.networks.shared.picture_fitting import PictureFile

MAX_PAGES = 200
"""Pages of 100 records that are read back before giving up."""
BAD_REQUEST = 400
"""The status of the errors InvalidSwap and RecordNotFound."""


class Repository:
    """The adapter's requests to the PDS. Records are public and are read without a token."""

    def __init__(self, context: Context, sessions: SessionManager) -> None:
        self._sessions = sessions
        self.http = HttpClient(
            context, (context.get_value("PASSWORD"),), classify=classify_response
        )

    def get_account(self, session: BlueskySession) -> ApiResponse:
        """What the PDS reports about the session's account."""
        return self._send_authorized(session, "the account", "GET", "com.atproto.server.getSession")

    def create_record(self, session: BlueskySession, key: str, record: dict[str, Any]) -> bool:
        """Make the post, unless there is a record with this key: then return False."""
        body = {
            "repo": session.did,
            "collection": COLLECTION,
            "rkey": key,
            "record": record,
            "swapRecord": None,
        }
        answer = self._send_authorized(
            session, "the post", "POST", "com.atproto.repo.putRecord", json=body
        )
        if answer.status == BAD_REQUEST and answer.get_text("error") == "InvalidSwap":
            return False
        if answer.get_text("uri") != post_uri(session.did, key):
            raise answer.unreadable_error()
        return True

    def upload_blob(self, session: BlueskySession, picture: PictureFile) -> dict[str, Any]:
        """The blob that a record refers to. There is no post yet, so no outcome is unknown."""
        with unknown_as_not_sent(PictureNotSent):
            answer = self._send_authorized(
                session,
                "the picture",
                "POST",
                "com.atproto.repo.uploadBlob",
                data=picture.data,
                headers={"Content-Type": picture.media_type},
            )
            link = answer.require_text("blob", "ref", "$link")
        return {
            "$type": "blob",
            "ref": {"$link": link},
            "mimeType": answer.get_text("blob", "mimeType") or picture.media_type,
            "size": len(picture.data),
        }

    def get_record(
        self, session: BlueskySession, repo: str, collection: str, key: str
    ) -> dict[str, Any] | None:
        """A record as {uri, cid, value}; None if there is none."""
        query = {"repo": repo, "collection": collection, "rkey": key}
        answer = self._get_public(
            session, "looking a record up", "com.atproto.repo.getRecord", query
        )
        if answer.status == BAD_REQUEST and answer.get_text("error") == "RecordNotFound":
            return None
        named = answer.get_text("uri").endswith(f"/{collection}/{key}")
        if not named or not isinstance(get_value(answer.data, "value"), dict):
            raise answer.unreadable_error()
        return get_object(answer.data)

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
        return self.http.request(what, "GET", url, params=query)

    def _send_authorized(
        self, session: BlueskySession, what: str, method: str, name: str, **kwargs: Any
    ) -> ApiResponse:
        """One request in the session. Raises NotSent if the token is refused; the next is new."""
        self.http.add_secrets(session.access, session.refresh)
        headers = session.auth_headers | kwargs.pop("headers", {})
        url = f"{session.host}/xrpc/{name}"
        try:
            answer = self.http.request(what, method, url, headers=headers, **kwargs)
        except Credentials:
            self._sessions.invalidate(session)
            raise
        refused = answer.get_text("error")
        if answer.status >= BAD_REQUEST and refused in TOKEN_ERRORS:
            self._sessions.invalidate(session)
            retry_after = None if session.new else timedelta()
            raise NotSent(f"{answer.what}: the session has ended ({refused})", retry_after)
        return answer
