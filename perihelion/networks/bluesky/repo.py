"""An account's repository on its PDS: the requests that read it and write to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import Credentials, NotSent
from perihelion.networks.bluesky.record import COLLECTION, post_uri
from perihelion.networks.bluesky.session import TOKEN_REFUSED, SignedIn, sort
from perihelion.networks.shared.http import Wire
from perihelion.networks.shared.outcomes import nothing_posted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.base import Context
    from perihelion.networks.bluesky.session import Sessions
    from perihelion.networks.shared.http import Answer
    from perihelion.networks.shared.pictures import Picture

PAGES = 200
"""Pages of 100 records that are read back before giving up."""
REFUSED = 400
"""The status with which a PDS says InvalidSwap and RecordNotFound."""


class Repository:
    """What the adapter asks of the PDS. Records are read without a token: they are public."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self._account, self._sessions = context.account.name, sessions
        self.wire = Wire(context, (context.value("PASSWORD").strip(),), sort)

    def named(self, what: str) -> str:
        """How an error begins."""
        return f"{self._account}: {what}"

    def account(self, me: SignedIn) -> Answer:
        """What the PDS says of the session's account."""
        return self._ask(me, "the account", "GET", "com.atproto.server.getSession")

    def put(self, me: SignedIn, key: str, record: dict[str, Any]) -> bool:
        """Put a post where nothing is yet: the one request that makes it. False: one is there."""
        what = "the post"
        body = {
            "repo": me.did,
            "collection": COLLECTION,
            "rkey": key,
            "record": record,
            "swapRecord": None,
        }
        answer = self._ask(me, what, "POST", "com.atproto.repo.putRecord", json=body)
        if answer.status == REFUSED and answer.text("error") == "InvalidSwap":
            return False
        if answer.text("uri") != post_uri(me.did, key):
            raise self.wire.unreadable(self.named(what))
        return True

    def upload(self, me: SignedIn, picture: Picture) -> dict[str, Any]:
        """The blob for a record to name. There is no post yet: no failure is unknown."""
        what = "the picture"
        with nothing_posted():
            answer = self._ask(
                me,
                what,
                "POST",
                "com.atproto.repo.uploadBlob",
                data=picture.data,
                headers={"Content-Type": picture.kind},
            )
            said = answer.data if isinstance(answer.data, dict) else {}
            blob = said.get("blob")
            ref = blob.get("ref") if isinstance(blob, dict) else None
            if not isinstance(blob, dict) or not isinstance(ref, dict) or not ref.get("$link"):
                raise self.wire.unreadable(self.named(what))
        return {
            "$type": "blob",
            "ref": {"$link": str(ref["$link"])},
            "mimeType": str(blob.get("mimeType") or picture.kind),
            "size": len(picture.data),
        }

    def record(self, me: SignedIn, repo: str, collection: str, key: str) -> dict[str, Any] | None:
        """A record as {uri, cid, value}; None where it is not."""
        query = {"repo": repo, "collection": collection, "rkey": key}
        answer = self._read(me, "looking a record up", "com.atproto.repo.getRecord", query)
        if answer.status == REFUSED and answer.text("error") == "RecordNotFound":
            return None
        found: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        named = answer.text("uri").endswith(f"/{collection}/{key}")
        if not named or not isinstance(found.get("value"), dict):
            raise self.wire.unreadable(self.named("looking a record up"))
        return found

    def posts(self, me: SignedIn) -> Iterator[Any]:
        """Every post as listed, by record key. Raises NotSent where there are too many."""
        cursor: dict[str, str] = {}
        for _ in range(PAGES):
            query = {"repo": me.did, "collection": COLLECTION, "limit": "100"} | cursor
            answer = self._read(me, "the timeline", "com.atproto.repo.listRecords", query)
            records = answer.data.get("records") if isinstance(answer.data, dict) else None
            if not isinstance(records, list):
                raise self.wire.unreadable(self.named("the timeline"))
            yield from records
            last, cursor = cursor, {"cursor": answer.text("cursor")}
            if not records or not cursor["cursor"] or cursor == last:
                return
        raise NotSent(self.named("the timeline has too many posts to look through"))

    def _read(self, me: SignedIn, what: str, name: str, query: dict[str, str]) -> Answer:
        url = f"{me.host}/xrpc/{name}"
        return self.wire.request(self.named(what), "GET", url, params=query)

    def _ask(self, me: SignedIn, what: str, method: str, name: str, **kwargs: Any) -> Answer:
        """One request of the session. A refused token did nothing: NotSent, and a new one next."""
        self.wire.hide(me.access, me.refresh)
        headers = me.headers | kwargs.pop("headers", {})
        url = f"{me.host}/xrpc/{name}"
        try:
            answer = self.wire.request(self.named(what), method, url, headers=headers, **kwargs)
        except Credentials:
            self._sessions.spoil(me)
            raise
        refused = answer.text("error")
        if answer.status >= REFUSED and refused in TOKEN_REFUSED:
            self._sessions.spoil(me)
            at_once = None if me.new else timedelta()
            raise NotSent(f"{self.named(what)}: the session has ended ({refused})", at_once)
        return answer
