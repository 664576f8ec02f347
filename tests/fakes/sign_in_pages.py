"""What the fakes' servers have for signing in: apps, codes, tokens, and lists to choose from.

Each stands before a fake: `FakeServer(pages.app)`. `allow(address)` is the person's browser: it
opens the page at `address`, agrees, and gives what the person would paste.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from perihelion.testing.http_server import Reply, Request
from tests.fakes import mastodon_server, threads_server, x_server
from tests.fakes.discord_server import CHANNEL, GUILD, FakeDiscord

if TYPE_CHECKING:
    from tests.fakes.mastodon_server import FakeMastodon
    from tests.fakes.telegram_server import FakeTelegram
    from tests.fakes.threads_server import FakeThreads
    from tests.fakes.x_server import FakeX

SECRET = "app-secret-that-must-never-show"
SHORT_TOKEN = "short-token-that-must-never-show"
CODE = "code-that-must-never-show"
PIN = "1234567"
REDIRECT_URI = "https://year.example/back"


def parse_query(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def _parse_form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.form.items()}


@dataclass(slots=True)
class MastodonPages:
    """Apps and tokens (docs.joinmastodon.org: methods apps and oauth)."""

    fake: FakeMastodon
    scopes: str = ""
    """Those of the app that was registered last."""
    codes: set[str] = field(default_factory=set)

    def handle_request(self, request: Request) -> Reply:
        answers = {"/api/v1/apps": self._register_app, "/oauth/token": self._issue_token}
        answer = answers.get(request.path) if request.method == "POST" else None
        return answer(request) if answer else self.fake.handle_request(request)

    def authorize_app(self, address: str) -> str:
        said = parse_query(address)
        assert said["client_id"] == "our-app"
        assert set(said["scope"].split()) <= set(self.scopes.split())
        assert said["redirect_uri"] == "urn:ietf:wg:oauth:2.0:oob"
        self.codes.add(CODE)
        return CODE

    def _register_app(self, request: Request) -> Reply:
        said = _parse_form(request)
        self.scopes = said["scopes"]
        assert said["redirect_uris"] == "urn:ietf:wg:oauth:2.0:oob"
        return Reply(200, {"id": "1", "client_id": "our-app", "client_secret": SECRET})

    def _issue_token(self, request: Request) -> Reply:
        said = _parse_form(request)
        assert (said["client_id"], said["client_secret"]) == ("our-app", SECRET)
        if said["grant_type"] != "authorization_code" or said["code"] not in self.codes:
            why = "The provided authorization grant is invalid, expired, revoked"
            return Reply(400, {"error": "invalid_grant", "error_description": why})
        self.codes.remove(said["code"])
        token = mastodon_server.TOKEN
        return Reply(200, {"access_token": token, "token_type": "Bearer", "scope": self.scopes})


@dataclass(slots=True)
class ThreadsPages:
    """Meta's tokens: a code, an hour's token, 60 days' token."""

    fake: FakeThreads
    secret: str = SECRET
    scope: str = ""

    def handle_request(self, request: Request) -> Reply:
        answers = {
            "/oauth/access_token": self._issue_short_token,
            "/access_token": self._issue_long_token,
        }
        answer = answers.get(request.path)
        return answer(request) if answer else self.fake.handle_request(request)

    def authorize_app(self, address: str) -> str:
        said = parse_query(address)
        assert (said["client_id"], said["response_type"]) == ("4711", "code")
        self.scope = said["scope"]
        query = urlencode({"code": CODE, "state": said["state"]})
        return f"{said['redirect_uri']}?{query}#_"

    def _issue_short_token(self, request: Request) -> Reply:
        said = _parse_form(request)
        if said["client_secret"] != self.secret:
            return threads_server.error_reply(400, 1, "Error validating client secret.")
        if (said["code"], said["redirect_uri"]) != (CODE, REDIRECT_URI):
            return threads_server.error_reply(400, 100, "Invalid verification code format.")
        return Reply(200, {"access_token": SHORT_TOKEN, "user_id": int(threads_server.USER)})

    def _issue_long_token(self, request: Request) -> Reply:
        said = {name: values[0] for name, values in request.query.items()}
        right = {
            "grant_type": "th_exchange_token",
            "client_secret": self.secret,
            "access_token": SHORT_TOKEN,
        }
        if said != right:
            return threads_server.error_reply(400, 190, "Cannot parse access token")
        token = {"access_token": threads_server.TOKEN, "token_type": "bearer"}
        return Reply(200, token | {"expires_in": 5183944})


@dataclass(slots=True)
class XPages:
    """OAuth 1.0a's three steps with a PIN, and OAuth 2's code with its proof (RFC 7636)."""

    fake: FakeX
    challenge: str = ""
    used: bool = False

    def handle_request(self, request: Request) -> Reply:
        answers = {
            "/oauth/request_token": self._issue_request_token,
            "/oauth/access_token": self._issue_access_token,
        }
        answer = answers.get(request.path)
        if request.path == "/2/oauth2/token" and "code" in _parse_form(request):
            answer = self._exchange_code
        return answer(request) if answer else self.fake.handle_request(request)

    def authorize_app(self, address: str) -> str:
        said = parse_query(address)
        if said.get("oauth_token") == "asking":
            return PIN
        assert said["client_id"] == x_server.CLIENT["CLIENT_ID"]
        assert said["code_challenge_method"] == "S256"
        self.challenge = said["code_challenge"]
        return f"{said['redirect_uri']}?{urlencode({'state': said['state'], 'code': CODE})}"

    def _issue_request_token(self, request: Request) -> Reply:
        said = self._parse_oauth_header(request)
        if (said.get("oauth_consumer_key"), said.get("oauth_callback")) != (
            x_server.KEYS["API_KEY"],
            "oob",
        ):
            return Reply(401, {"errors": [{"code": 32, "message": "Could not authenticate you."}]})
        body = {"oauth_token": "asking", "oauth_token_secret": SECRET}
        return Reply(200, body=urlencode(body | {"oauth_callback_confirmed": "true"}).encode())

    def _issue_access_token(self, request: Request) -> Reply:
        said = self._parse_oauth_header(request)
        if (said.get("oauth_token"), said.get("oauth_verifier")) != ("asking", PIN):
            return Reply(401, body=b"Error processing your OAuth request: Invalid oauth_verifier")
        body = {
            "oauth_token": x_server.KEYS["ACCESS_TOKEN"],
            "oauth_token_secret": x_server.KEYS["ACCESS_SECRET"],
        }
        return Reply(200, body=urlencode(body | {"screen_name": "year"}).encode())

    def _parse_oauth_header(self, request: Request) -> dict[str, str]:
        found = re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", ""))
        return {name: unquote(value) for name, value in found}

    def _exchange_code(self, request: Request) -> Reply:
        said = _parse_form(request)
        digest = hashlib.sha256(said["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.used or (said["code"], proof) != (CODE, self.challenge):
            return x_server.oauth_error_reply(400, "invalid_request", "Value passed was invalid.")
        self.used = True
        form = {"grant_type": "refresh_token", "refresh_token": self.fake.refresh}
        form["client_id"] = said["client_id"]
        trade = Request("POST", request.path, {}, request.headers, urlencode(form).encode())
        return self.fake.handle_request(trade)


@dataclass(slots=True)
class TelegramUpdates:
    """What the bot has seen, as getUpdates gives it."""

    fake: FakeTelegram
    updates: list[Any] = field(default_factory=list)

    def handle_request(self, request: Request) -> Reply:
        if not request.path.endswith("/getUpdates"):
            return self.fake.handle_request(request)
        seen = self.fake.handle_request(
            Request("GET", request.path.replace("getUpdates", "getMe"), {}, request.headers, b"")
        )
        return Reply(200, {"ok": True, "result": self.updates}) if seen.status == 200 else seen


@dataclass(slots=True)
class DiscordLists:
    """The bot's application, its servers and their channels."""

    fake: FakeDiscord
    guilds: tuple[str, ...] = (GUILD,)

    def handle_request(self, request: Request) -> Reply:
        path = request.path.removeprefix("/api/v10")
        lists: dict[str, Any] = {
            "/applications/@me": {"id": "1001", "name": "Year"},
            "/users/@me/guilds": [{"id": one, "name": "Space"} for one in self.guilds],
            f"/guilds/{GUILD}/channels": [
                {"id": "4000", "type": 2, "name": "voice"},
                {"id": CHANNEL, "type": 0, "name": "on-this-day"},
            ],
        }
        if path not in lists:
            return self.fake.handle_request(request)
        me = Request("GET", "/api/v10/users/@me", {}, request.headers, b"")
        refused = self.fake.handle_request(me)
        return Reply(200, lists[path]) if refused.status == 200 else refused
