"""A faithful fake of X's API v2, as far as posting goes.

It checks OAuth 1.0a signatures and OAuth 2 tokens, refuses duplicate texts, and gives texts back as
X does: links as t.co, &, < and > escaped, one link for all pictures, few fields unless asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from perihelion.compose.twitter_text import weighted_length
from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import FakeServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET_SUFFIX = "must-never-show"
"""Stands in every secret."""
KEYS = {
    name: f"x-{name.lower()}-{SECRET_SUFFIX}"
    for name in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
}
CLIENT = {"CLIENT_ID": "x-client", "CLIENT_SECRET": f"x-client-secret-{SECRET_SUFFIX}"}
FIRST_REFRESH = f"x-refresh-0-{SECRET_SUFFIX}"
OWN_ID, HANDLE = "2244994945", "year"
LINK = re.compile(r"https?://\S+|(?<![\w/.@-])[a-z]+\.(?:org|com)\b(?:/\S*)?")
BASICS = {"id", "text", "edit_history_post_ids"}
QUERY = {"max_results", "pagination_token", "start_time", "exclude"}


@dataclass(slots=True)
class StoredTweet:
    """What the server keeps of a post."""

    id: str
    text: str
    created_at: datetime
    reply_to: str | None = None
    media: tuple[str, ...] = ()
    repost: bool = False


@dataclass(slots=True)
class Upload:
    """An uploaded picture."""

    id: str
    data: bytes
    alt: str | None = None


@dataclass(slots=True)
class FakeX:
    """X with one account. `app` is what FakeServer serves."""

    now: Callable[[], datetime] = lambda: NOW
    public_client: bool = False
    credits: bool = True
    replies_allowed: bool = True
    old_names: bool = False
    """Know only the field names of before 2026."""
    rewrite_url: Callable[[str], str] = lambda url: url
    """How a link is spelt when it is given back."""
    link_for_each_picture: bool = False
    """X has one link for all pictures of a post, with an entity for each."""
    remaining: int = 99
    page: int = 100
    """The most posts that a page holds."""
    processing: str = "succeeded"
    looks_until_done: int = 0
    """How often it takes a look until a picture is no longer worked on."""
    tweets: list[StoredTweet] = field(default_factory=list)
    media: dict[str, Upload] = field(default_factory=dict)
    access: dict[str, datetime] = field(default_factory=dict)
    refresh: str = FIRST_REFRESH
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 1_900_000_000_000_000_000

    def serve(self) -> FakeServer:
        """The server, started."""
        return FakeServer(self.handle_request)

    def handle_request(self, request: Request) -> Reply:
        """One answer, with the headers that every answer carries."""
        with self._lock:
            reply = self._route_request(request)
        headers = {
            "Date": format_datetime(self.now(), usegmt=True),
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(int((self.now() + timedelta(minutes=15)).timestamp())),
        }
        return replace(reply, headers=headers | dict(reply.headers))

    def add_tweet(
        self, text: str, *, repost: bool = False, at: datetime | None = None
    ) -> StoredTweet:
        """A post that somebody else's client made."""
        made = StoredTweet(self._next_id(), text, at or self.now(), repost=repost)
        self.tweets.append(made)
        return made

    def _route_request(self, request: Request) -> Reply:
        if (request.method, request.path) == ("POST", "/2/oauth2/token"):
            return self._issue_token(request)
        if not (self._has_valid_signature(request) or self._has_valid_bearer(request)):
            return problem_reply(401, "Unauthorized", "Unauthorized")
        if not self.credits:
            return no_credits_reply()
        answers = {
            ("GET", "/2/users/me"): self._get_own_user,
            ("GET", f"/2/users/{OWN_ID}/tweets"): self._list_tweets,
            ("POST", "/2/tweets"): self._create_tweet,
            ("POST", "/2/media/upload"): self._upload_media,
            ("GET", "/2/media/upload"): self._get_media_status,
            ("POST", "/2/media/metadata"): self._set_alt_text,
        }
        answer = answers.get((request.method, request.path))
        return answer(request) if answer else Reply(404, body=b"")

    def _has_valid_bearer(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token in self.access and self.now() < self.access[token]

    def _has_valid_signature(self, request: Request) -> bool:
        """RFC 5849, section 3.4: HMAC-SHA1 over the method, the address and the parameters."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        said = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', rest)}
        if scheme != "OAuth" or said.get("oauth_consumer_key") != KEYS["API_KEY"]:
            return False
        asked = [(k, v) for k, values in request.query.items() for v in values]
        signed = [*asked, *((k, v) for k, v in said.items() if k != "oauth_signature")]
        pairs = sorted((_percent_encode(k), _percent_encode(v)) for k, v in signed)
        address = f"http://{request.headers['host']}{request.path}"
        base = [request.method, address, "&".join(f"{k}={v}" for k, v in pairs)]
        key = f"{_percent_encode(KEYS['API_SECRET'])}&{_percent_encode(KEYS['ACCESS_SECRET'])}"
        made = hmac.new(key.encode(), "&".join(map(_percent_encode, base)).encode(), hashlib.sha1)
        right = base64.b64encode(made.digest()).decode()
        return said.get("oauth_token") == KEYS["ACCESS_TOKEN"] and said["oauth_signature"] == right

    def _issue_token(self, request: Request) -> Reply:
        said = {name: values[0] for name, values in request.form.items()}
        login = f"{CLIENT['CLIENT_ID']}:{CLIENT['CLIENT_SECRET']}".encode()
        basic = request.headers.get("authorization") == f"Basic {base64.b64encode(login).decode()}"
        known = said.get("client_id") == CLIENT["CLIENT_ID"] if self.public_client else basic
        if not known:
            return oauth_error_reply(
                401, "unauthorized_client", "Missing valid authorization header"
            )
        if said.get("grant_type") != "refresh_token" or said.get("refresh_token") != self.refresh:
            return oauth_error_reply(
                400, "invalid_request", "Value passed for the token was invalid."
            )
        count = len(self.access) + 1
        token, self.refresh = (
            f"x-access-{count}-{SECRET_SUFFIX}",
            f"x-refresh-{count}-{SECRET_SUFFIX}",
        )
        self.access[token] = self.now() + timedelta(hours=2)
        return Reply(
            200,
            {
                "token_type": "bearer",
                "expires_in": 7200,
                "access_token": token,
                "scope": "tweet.read tweet.write users.read media.write offline.access",
                "refresh_token": self.refresh,
            },
        )

    def _get_own_user(self, _request: Request) -> Reply:
        return Reply(200, {"data": {"id": OWN_ID, "name": "A Year in Space", "username": HANDLE}})

    def _create_tweet(self, request: Request) -> Reply:
        said = request.json
        text, reply = said.get("text", ""), said.get("reply", {}).get("in_reply_to_tweet_id")
        media = tuple(said.get("media", {}).get("media_ids", ()))
        refused = self._find_problem(text, reply, media)
        if refused:
            return refused
        made = StoredTweet(self._next_id(), text, self.now(), reply, media)
        self.tweets.append(made)
        data = {"id": made.id, "text": self._render_tweet(made)["text"]}
        return Reply(201, {"data": data | {"edit_history_post_ids": [made.id]}})

    def _find_problem(self, text: str, reply: str | None, media: tuple[str, ...]) -> Reply | None:
        if weighted_length(text) > 280:
            return invalid_reply("text", "Your Post text is too long.")
        if len(media) > 4 or len(set(media)) != len(media):
            return invalid_reply("media.media_ids", "From 1 to 4 media IDs, each once.")
        if any(number not in self.media for number in media):
            return invalid_reply("media.media_ids", "Your media IDs are invalid.")
        refusal = self._find_refusal(text, reply)
        return problem_reply(403, "Forbidden", refusal) if refusal else None

    def _find_refusal(self, text: str, reply: str | None) -> str:
        if reply and not self.replies_allowed:
            return "You are not allowed to reply to this conversation."
        if reply and not any(reply == old.id for old in self.tweets):
            return "You attempted to reply to a Tweet that is deleted or not visible to you."
        if any(text.split() == old.text.split() for old in self.tweets):
            return "You are not allowed to create a Tweet with duplicate content."
        return ""

    def _upload_media(self, request: Request) -> Reply:
        said = request.json
        data = base64.b64decode(said["media"], validate=True)
        if said["media_category"] != "tweet_image" or len(data) > 5 * 1024 * 1024:
            return invalid_reply("media", "The media is not acceptable.")
        made = Upload(self._next_id(), data)
        self.media[made.id] = made
        state = {"state": self.processing, "check_after_secs": 1}
        return Reply(
            200,
            {
                "data": {
                    "id": made.id,
                    "media_key": f"3_{made.id}",
                    "size": len(data),
                    "expires_after_secs": 86400,
                }
                | ({} if self.processing == "succeeded" else {"processing_info": state})
            },
        )

    def _get_media_status(self, request: Request) -> Reply:
        (number,) = request.query["media_id"]
        if request.query.get("command") != ["STATUS"] or number not in self.media:
            return invalid_reply("media_id", "There is no such media.")
        self.looks_until_done -= 1
        state = "succeeded" if self.looks_until_done == 0 else self.processing
        return Reply(200, {"data": {"id": number, "processing_info": {"state": state}}})

    def _set_alt_text(self, request: Request) -> Reply:
        said = request.json
        text = said["metadata"]["alt_text"]["text"]
        if said["id"] not in self.media or len(text) > 1000:
            return invalid_reply("id", "There is no such media, or its text is too long.")
        self.media[said["id"]].alt = text
        return Reply(200, {"data": {"id": said["id"], "associated_metadata": said["metadata"]}})

    def _list_tweets(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        names = "tweet.fields" if self.old_names else "post.fields"
        unknown = query.keys() - QUERY - {names}
        if unknown:
            return invalid_reply(min(unknown), f"The query parameter [{min(unknown)}] is unknown.")
        size = min(int(query.get("max_results", 10)), self.page)
        wanted = BASICS | set(query.get(names, "").split(","))
        hidden = query.get("exclude", "").split(",")
        mine = [
            one
            for one in reversed(self.tweets)
            if not (one.repost and "retweets" in hidden)
            and not (one.reply_to and "replies" in hidden)
        ]
        start = int(query.get("pagination_token", "p0")[1:])
        page = mine[start : start + size]
        if not page:
            return Reply(200, {"meta": {"result_count": 0}})
        meta: dict[str, Any] = {"result_count": len(page)}
        if start + size < len(mine):
            meta["next_token"] = f"p{start + size}"
        shown = [
            {name: value for name, value in self._render_tweet(one).items() if name in wanted}
            for one in page
        ]
        return Reply(200, {"data": shown, "meta": meta})

    def _render_tweet(self, tweet: StoredTweet) -> dict[str, Any]:
        """The post as X gives it back."""
        urls: list[dict[str, Any]] = []
        parts, done = [], 0
        for match in LINK.finditer(tweet.text):
            short = f"https://t.co/{_make_short_code(match[0])}"
            parts += [_escape_html(tweet.text[done : match.start()]), short]
            done = match.end()
            address = match[0] if "://" in match[0] else f"http://{match[0]}"
            urls.append({"url": short, "expanded_url": self.rewrite_url(address)})
        parts.append(_escape_html(tweet.text[done:]))
        for number in tweet.media:
            coded = number if self.link_for_each_picture else tweet.id
            short = f"https://t.co/{_make_short_code(coded)}"
            parts += [f" {short}"] if short not in "".join(parts) else []
            page = f"https://x.com/{HANDLE}/status/{tweet.id}/photo/1"
            urls.append({"url": short, "expanded_url": page, "media_key": f"3_{number}"})
        text = "".join(parts)
        for url in urls:
            url["start"] = text.index(url["url"])
            url["end"] = url["start"] + len(url["url"])
        return {
            "id": tweet.id,
            "text": text,
            "edit_history_post_ids": [tweet.id],
            "created_at": tweet.created_at.isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            ),
            **({"entities": {"urls": urls}} if urls else {}),
        }

    def _next_id(self) -> str:
        self._next += 1
        return str(self._next)


def problem_reply(status: int, title: str, detail: str, kind: str = "about:blank") -> Reply:
    """An error in the shape of RFC 7807."""
    return Reply(status, {"title": title, "detail": detail, "type": kind, "status": status})


def invalid_reply(parameter: str, message: str) -> Reply:
    """A 400, as X words it."""
    said = problem_reply(
        400, "Invalid Request", message, "https://api.x.com/2/problems/invalid-request"
    )
    errors = [{"parameters": {parameter: []}, "message": message}]
    return replace(said, data=said.data | {"errors": errors})


def no_credits_reply() -> Reply:
    """The 402 of an account that has used up what it paid for."""
    detail = "Your enrolled account [1] does not have any credits to fulfill this request."
    return problem_reply(
        402, "CreditsDepleted", detail, "https://api.twitter.com/2/problems/credits"
    )


def oauth_error_reply(status: int, error: str, description: str) -> Reply:
    """What the token endpoint answers when it refuses."""
    return Reply(status, {"error": error, "error_description": description})


def _percent_encode(text: str) -> str:
    return quote(text, safe="~")


def _make_short_code(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:10]


def _escape_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
