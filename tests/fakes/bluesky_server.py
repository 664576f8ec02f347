"""A faithful fake of a Bluesky PDS, as far as posting goes; statuses and words as the real one's.

One account; sessions that end and are renewed; sign-ins counted; putRecord with compare and swap;
blobs; getRecord and listRecords. Whatever differs from the real one, the real one's tests show.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import regex

from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

HANDLE = "year.bsky.example"
PASSWORD = "app-password-that-must-never-show"
SECRET_SUFFIX = "signature-that-must-never-show"
"""The end of every token that the fake gives."""
DID = "did:plc:6irvrxf6l6duhhbnnftgdqen"
POSTS = "app.bsky.feed.post"
ACCESS_LIFE = timedelta(hours=2)
REFRESH_LIFE = timedelta(days=90)
GRACE = timedelta(hours=2)
"""How long a refresh token works on after its use."""
LARGEST_IMAGE = 1_000_000
"""That of a PDS with the lexicon of before 2026."""
LARGEST_BLOB = 5 * 1024 * 1024
TID = re.compile(r"[2-7a-j][2-7a-z]{12}")


@dataclass(slots=True)
class FakeBluesky:
    """One PDS with one account. `app` is what FakeServer serves."""

    now: Callable[[], datetime] = lambda: NOW
    page: int = 100
    """The most records that a page holds."""
    password: str = PASSWORD
    scope: str = "com.atproto.appPass"
    status: str = "active"
    """Or takendown, or deactivated."""
    did_document: dict[str, Any] | None = None
    """The DID document that sessions carry."""
    sign_ins_per_5_minutes: int = 30
    remaining: int = 2999
    records: dict[tuple[str, str], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """By collection and key: cid and value."""
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    sign_ins: list[datetime] = field(default_factory=list)
    access: dict[str, datetime] = field(default_factory=dict)
    refresh: dict[str, datetime] = field(default_factory=dict)
    url: str = ""
    post_keys: list[str] = field(default_factory=list)
    """Keys of the posts, in the order of their making."""
    _serial: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def serve(self) -> FakeServer:
        """The server, started."""
        server = FakeServer(self.handle_request)
        self.url = server.url
        return server

    @property
    def posts(self) -> list[dict[str, Any]]:
        """The posts, oldest first."""
        return [self.records[POSTS, key][1] for key in self.post_keys]

    def put_record(self, collection: str, key: str, value: dict[str, Any]) -> str:
        """Put a record there, as another client would; its cid."""
        cid = _make_cid(0x71, json.dumps(value, sort_keys=True).encode())
        if (collection, key) not in self.records and collection == POSTS:
            self.post_keys.append(key)
        self.records[collection, key] = (cid, value)
        return cid

    def delete_post(self, key: str) -> None:
        """Delete a post, as its owner may."""
        del self.records[POSTS, key]
        self.post_keys.remove(key)

    def end_sessions(self) -> None:
        """Revoke every token."""
        self.access.clear()
        self.refresh.clear()

    def handle_request(self, request: Request) -> Reply:
        """One answer, with the headers that every answer of the limited server carries."""
        with self._lock:
            reply = self._route_request(request)
        limits = _rate_limit_headers(3000, self.remaining, self.now() + timedelta(minutes=5), 300)
        return replace(reply, headers=limits | dict(reply.headers))

    def _route_request(self, request: Request) -> Reply:
        answers = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.server.getSession": self._get_session,
            "com.atproto.repo.getRecord": self._get_record,
            "com.atproto.repo.listRecords": self._list_records,
            "com.atproto.repo.putRecord": self._put_record,
            "com.atproto.repo.createRecord": self._create_record,
            "com.atproto.repo.uploadBlob": self._upload_blob,
        }
        name = request.path.removeprefix("/xrpc/")
        if name not in answers:
            return _error_reply(501, "MethodNotImplemented", name)
        return answers[name](request)

    def _create_session(self, request: Request) -> Reply:
        limited = self._count_sign_in()
        said = request.json
        if limited.status != 200:
            return limited
        known = said.get("identifier") in {HANDLE, DID} and said.get("password") == self.password
        if not known or self.status == "takendown":
            reply = _error_reply(401, "AuthenticationRequired", "Invalid identifier or password")
        else:
            reply = Reply(200, self._new_session() | self._account_state())
        return replace(reply, headers=limited.headers)

    def _count_sign_in(self) -> Reply:
        now, most = self.now(), self.sign_ins_per_5_minutes
        recent = [at for at in self.sign_ins if now - at < timedelta(minutes=5)]
        left = max(0, most - len(recent) - 1)
        ends = (recent[0] if recent else now) + timedelta(minutes=5)
        headers = _rate_limit_headers(most, left, ends, 300)
        if len(recent) >= most:
            wait = str(int((ends - now).total_seconds()))
            error = _error_reply(429, "RateLimitExceeded", "Rate Limit Exceeded")
            return replace(error, headers=headers | {"Retry-After": wait})
        self.sign_ins.append(now)
        return Reply(200, headers=headers)

    def _refresh_session(self, request: Request) -> Reply:
        problem = self._find_token_problem(request, self.refresh)
        if problem:
            return problem
        old = _bearer_token(request)
        self.refresh[old] = min(self.refresh[old], self.now() + GRACE)
        return Reply(200, self._new_session() | self._account_state())

    def _get_session(self, request: Request) -> Reply:
        problem = self._find_token_problem(request, self.access, reading=True)
        return problem or Reply(200, {"did": DID, "handle": HANDLE} | self._account_state())

    def _new_session(self) -> dict[str, Any]:
        names = {
            "accessJwt": self._issue_token(self.scope, ACCESS_LIFE, self.access),
            "refreshJwt": self._issue_token("com.atproto.refresh", REFRESH_LIFE, self.refresh),
        }
        return names | {"did": DID, "handle": HANDLE}

    def _account_state(self) -> dict[str, Any]:
        said: dict[str, Any] = {"active": self.status == "active"}
        said |= {} if said["active"] else {"status": self.status}
        return said | ({"didDoc": self.did_document} if self.did_document else {})

    def _issue_token(self, scope: str, life: timedelta, where: dict[str, datetime]) -> str:
        self._serial += 1
        begun, end = int(self.now().timestamp()), int((self.now() + life).timestamp())
        claims = {"scope": scope, "sub": DID, "jti": self._serial, "iat": begun, "exp": end}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        token = f"eyJhbGciOiJIUzI1NiJ9.{payload}.{SECRET_SUFFIX}"
        where[token] = self.now() + life
        return token

    def _find_token_problem(
        self, request: Request, tokens: dict[str, datetime], *, reading: bool = False
    ) -> Reply | None:
        """What is wrong with the request's token, or with the account."""
        token = _bearer_token(request)
        if not token:
            return _error_reply(401, "AuthMissing", "Authentication Required")
        if token not in tokens or self.now() >= tokens[token]:
            expired = token in tokens
            said = "Token has expired" if expired else "Token could not be verified"
            return _error_reply(400, "ExpiredToken" if expired else "InvalidToken", said)
        if self.status == "takendown" and reading:
            return _error_reply(
                400, "InvalidRequest", f"Could not find user info for account: {DID}"
            )
        if self.status == "takendown":
            return _error_reply(401, "AccountTakedown", "Account has been taken down")
        if self.status == "deactivated" and not reading and tokens is self.access:
            return _error_reply(401, "AccountDeactivated", "Account is deactivated")
        return None

    def _get_record(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        if query["repo"] not in {DID, HANDLE} or self.status != "active":
            return _error_reply(501, "MethodNotImplemented", "com.atproto.repo.getRecord")
        found = self.records.get((query["collection"], query["rkey"]))
        uri = f"at://{DID}/{query['collection']}/{query['rkey']}"
        if found is None:
            return _error_reply(400, "RecordNotFound", f"Could not locate record: {uri}")
        return Reply(200, {"uri": uri, "cid": found[0], "value": found[1]})

    def _list_records(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        before, most = query.get("cursor", "~"), min(int(query.get("limit", 50)), self.page)
        collection = query["collection"]
        keys = sorted((k for c, k in self.records if c == collection and k < before), reverse=True)
        page = [(key, *self.records[collection, key]) for key in keys[:most]]
        records = [
            {"uri": f"at://{DID}/{collection}/{key}", "cid": cid, "value": value}
            for key, cid, value in page
        ]
        return Reply(200, {"records": records} | ({"cursor": page[-1][0]} if page else {}))

    def _put_record(self, request: Request) -> Reply:
        said = request.json
        problem = self._find_token_problem(request, self.access) or self._find_record_problem(said)
        if problem:
            return problem
        kept = self.records.get((said["collection"], said["rkey"]))
        uri = f"at://{DID}/{said['collection']}/{said['rkey']}"
        if kept and kept[1] == said["record"]:
            return Reply(200, {"uri": uri, "cid": kept[0], "validationStatus": "valid"})
        if "swapRecord" in said and said["swapRecord"] != (kept[0] if kept else None):
            return _error_reply(400, "InvalidSwap", f"Record was at {kept[0] if kept else None}")
        cid = self.put_record(said["collection"], said["rkey"], said["record"])
        return Reply(200, {"uri": uri, "cid": cid, "validationStatus": "valid"})

    def _create_record(self, request: Request) -> Reply:
        said = request.json
        if (said["collection"], said.get("rkey")) in self.records:
            return _error_reply(500, "InternalServerError", "Internal Server Error")
        return self._put_record(request)

    def _find_record_problem(self, said: dict[str, Any]) -> Reply | None:
        record = said["record"]
        problem = ""
        if said["repo"] not in {DID, HANDLE}:
            problem = "Could not find repo"
        elif said["collection"] == POSTS and not TID.fullmatch(said["rkey"]):
            problem = "Invalid record key"
        elif len(record["text"].encode()) > 3000:
            problem = "string too long (maximum 3000)"
        elif len(regex.findall(r"\X", record["text"])) > 300:
            problem = "grapheme too big (maximum 300)"
        elif "createdAt" not in record:
            problem = "Missing required key createdAt"
        elif len(record.get("embed", {}).get("images", ())) > 4:
            problem = "array too big (maximum 4)"
        for image in record.get("embed", {}).get("images", ()):
            ref = image["image"]["ref"]["$link"]
            if ref not in self.blobs:
                return _error_reply(400, "BlobNotFound", f"Could not find blob: {ref}")
            if image["image"]["size"] > LARGEST_IMAGE:
                problem = "This file is too large"
        return _error_reply(400, "InvalidRequest", problem) if problem else None

    def _upload_blob(self, request: Request) -> Reply:
        problem = self._find_token_problem(request, self.access)
        if problem:
            return problem
        if len(request.body) > LARGEST_BLOB:
            return _error_reply(413, "PayloadTooLarge", "request entity too large")
        cid, kind = _make_cid(0x55, request.body), request.headers["content-type"]
        self.blobs[cid] = (kind, request.body)
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": len(request.body)}
        return Reply(200, {"blob": blob})


def _bearer_token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _rate_limit_headers(
    limit: int, remaining: int, resets: datetime, window: int
) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(int(resets.timestamp())),
        "RateLimit-Policy": f"{limit};w={window}",
    }


def _make_cid(codec: int, data: bytes) -> str:
    """A CID of version 1, sha2-256, in base 32; of JSON where the real one is of DAG-CBOR."""
    raw = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _error_reply(status: int, name: str, message: str) -> Reply:
    return Reply(status, {"error": name, "message": message})
