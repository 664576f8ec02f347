from __future__ import annotations

import json
import traceback
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import TYPE_CHECKING, ClassVar

import pytest
from openapi_core.exceptions import OpenAPIError

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    ParentGone,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks.base import DedupeMethod
from perihelion.networks.discord.adapter import KEYED, make_adapter
from perihelion.networks.discord.api import parse_webhook as webhook_address
from perihelion.networks.discord.spec import SPEC
from perihelion.testing.cases import (
    HttpCase,
    StoredPicture,
    StoredPost,
    expect_failure,
    make_picture,
    make_pictures,
    make_post,
)
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.edit_contract import EditContract
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN
from perihelion.testing.samples import TOKEN as KEY
from tests.contract.networks.openapi_contracts import validate_request
from tests.fakes.discord_server import (
    BOT,
    CHANNEL,
    GUILD,
    TOKEN,
    WEBHOOK,
    WEBHOOK_TOKEN,
    FakeDiscord,
    read_payload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.networks.base import Network
    from perihelion.testing.http_server import Request

NOT_DESCRIBED = ("/users/@me", f"/channels/{CHANNEL}")
"""Paths that were cut from the contract."""
FIELDS = {"content", "embeds", "allowed_mentions", "flags", "attachments"}
BOT_FIELDS = FIELDS | {"nonce", "enforce_nonce", "message_reference"}


class BotCase(HttpCase):
    refuses_missing_parents = True
    method = DedupeMethod.KEYED
    secrets = (TOKEN,)
    languages = False
    uploads_first = False
    fields = BOT_FIELDS
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        400: RefusedForNow,
        403: Credentials,
        422: RefusedForNow,
    }
    error_body: ClassVar[dict[str, object]] = {"message": "Missing Access", "code": 50001}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeDiscord(now=lambda: self.server_now)
        self.server = self.fake.serve()

    def credential_values(self) -> dict[str, str]:
        return {"URL": f"{self.server.url}/api/v10", "TOKEN": TOKEN, "CHANNEL": CHANNEL}

    def connect(self, patience: float = 10, **options: str) -> Network:
        made = make_context(
            "discord",
            self.credential_values(),
            patience=patience,
            options=tuple(options.items()),
            now=lambda: self.now,
        )
        return make_adapter(made)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(
                m.shown_text,
                m.alt,
                reply_to=m.reply_to,
                pictures=tuple(starmap(StoredPicture, m.files)),
            )
            for m in self.fake.messages
        ]

    def show_pages_of(self, count: int) -> None:
        self.fake.page = count

    def is_create(self, request: Request) -> bool:
        return request.method == "POST"

    def is_check(self, request: Request) -> bool:
        return request.path.endswith("/users/@me")

    def is_lookup(self, request: Request) -> bool:
        return request.method == "GET" and request.path.endswith("/messages")

    def validate_request(self, request: Request) -> None:
        if request.path.endswith(NOT_DESCRIBED):
            return
        sent = request
        if self.is_create(request):
            assert read_payload(request).keys() <= self.fields
            body = json.dumps(read_payload(request)).encode()
            json_headers = {**request.headers, "content-type": "application/json"}
            sent = replace(request, body=body, headers=json_headers)
        validate_request("discord/openapi.posting.json", sent, "https://discord.com")


class WebhookCase(BotCase):
    method = DedupeMethod.NONE
    secrets = (WEBHOOK_TOKEN,)
    replies = False
    refuses_missing_parents = False
    can_read_back = False
    fields = FIELDS

    def credential_values(self) -> dict[str, str]:
        return {"WEBHOOK": f"{self.server.url}/api/v10/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"}

    def is_check(self, request: Request) -> bool:
        return request.method == "GET"


class TestDiscordBot(HttpContract):
    case_type = BotCase


class TestDiscordWebhook(HttpContract):
    case_type = WebhookCase


class TestDiscordBotEdits(EditContract):
    case_type = BotCase


class TestDiscordWebhookEdits(EditContract):
    case_type = WebhookCase


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotCase]:
    made = BotCase(tmp_path)
    yield made
    made.close()


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[WebhookCase]:
    made = WebhookCase(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=[BotCase, WebhookCase])
def either(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[BotCase]:
    made = request.param(tmp_path)
    assert isinstance(made, BotCase)
    yield made
    made.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "x" * 26},
        {"allowed_mentions": {"parse": ["world"]}},
        {"attachments": [{"description": "without an id"}]},
        {"message_reference": {"message_id": "abc"}},
        {"title": "unknown to Discord"},
    ],
)
def test_the_contract_notices_what_breaks_it(bot: BotCase, wrong: dict[str, object]) -> None:
    bot.connect().publish(make_post(), KEY)
    (request,) = bot.list_create_requests()
    bot.validate_request(request)
    body = json.dumps(request.json | wrong).encode()
    with pytest.raises((AssertionError, OpenAPIError)):
        bot.validate_request(replace(request, body=body))


def test_nobody_is_ever_pinged(either: BotCase) -> None:
    either.connect().publish(make_post("@everyone <@77> <@&5> look"), KEY)
    assert read_payload(either.list_create_requests()[0])["allowed_mentions"] == {"parse": []}
    assert not either.fake.messages[0].pings


def test_a_webhook_always_waits_for_its_message(webhook: WebhookCase) -> None:
    network = webhook.connect()
    network.publish(make_post(), KEY)
    network.publish(make_post(picture=make_picture(webhook.folder)), OTHER_TOKEN)
    assert [request.query for request in webhook.list_create_requests()] == [{"wait": ["true"]}] * 2


def test_an_answer_without_a_message_leaves_a_webhook_s_post_unknown(webhook: WebhookCase) -> None:
    webhook.server.break_next(Fault(Reply(204, body=b""), acted=True), webhook.is_create)
    error = expect_failure(webhook, lambda: webhook.connect().publish(make_post(), KEY))
    assert isinstance(error, OutcomeUnknown)


def test_a_text_of_2000_counts_utf_16_units_the_stricter_reading(either: BotCase) -> None:
    network = either.connect()
    network.publish(make_post("🚀" * 1000), KEY)
    error = expect_failure(either, lambda: network.publish(make_post("🚀" * 1001), OTHER_TOKEN))
    assert isinstance(error, LocalFault)
    assert either.count_writes() == 1


def test_a_picture_goes_with_its_description_in_one_request(either: BotCase) -> None:
    either.connect().publish(make_post("text", picture=make_picture(either.folder)), KEY)
    (message,), (request,) = either.fake.messages, either.list_create_requests()
    assert message.files == [
        ("A capsule under its parachute", (either.folder / "landing.png").read_bytes())
    ]
    assert request.parts.keys() == {"payload_json", "files[0]"}
    (attachment,) = read_payload(request)["attachments"]
    assert attachment == {
        "id": "0",
        "filename": "landing.png",
        "description": "A capsule under its parachute",
    }


def test_every_picture_goes_in_the_one_request_and_the_same_on_each_try(either: BotCase) -> None:
    post = make_post("text", pictures=make_pictures(either.folder, 10))
    either.server.break_next(Fault(Reply(429, {"retry_after": 0.1})), either.is_create)
    expect_failure(either, lambda: either.connect().publish(post, KEY))
    either.connect().publish(post, KEY)
    first, second = either.list_create_requests()
    assert first.parts == second.parts
    assert set(second.parts) == {"payload_json", *(f"files[{number}]" for number in range(10))}
    assert [
        (one["id"], one["filename"], one["description"])
        for one in read_payload(second)["attachments"]
    ] == [(str(n), f"picture-{n}.png", f"Orbit {n} 🛰️") for n in range(10)]


def test_an_alt_text_of_1024_passes(either: BotCase) -> None:
    picture = make_picture(either.folder, alt="ä" * 1024)
    either.connect().publish(make_post(picture=picture), KEY)
    assert either.list_posts()[0].alt == "ä" * 1024


def test_link_previews_can_be_suppressed(either: BotCase) -> None:
    either.connect().publish(make_post(), KEY)
    either.connect(embeds="off").publish(make_post(), OTHER_TOKEN)
    assert [message.flags for message in either.fake.messages] == [0, 4]
    for request in either.server.requests:
        either.validate_request(request)


def test_a_receipt_s_address_leads_to_the_message(either: BotCase) -> None:
    receipt = either.connect().publish(make_post(), KEY)
    assert receipt.url == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{receipt.id}"


def test_a_server_that_cannot_be_asked_for_costs_the_address_alone(either: BotCase) -> None:
    either.server.break_next(Fault(Reply(500)), lambda request: request.method == "GET")
    network = either.connect()
    assert network.publish(make_post(), KEY).url is None
    assert network.publish(make_post("two"), OTHER_TOKEN).url


def test_the_server_is_asked_for_once(either: BotCase) -> None:
    network = either.connect()
    for number in range(3):
        network.publish(make_post(f"post {number}"), f"{number:032x}")
    assert [request.method for request in either.server.requests].count("GET") == 1


def test_a_rate_limit_s_body_is_finer_than_its_header(either: BotCase) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 64.57, "global": False}
    reply = Reply(429, body, headers={"Retry-After": "64"})
    either.server.break_next(Fault(reply), either.is_create)
    network = either.connect()
    error = expect_failure(either, lambda: network.publish(make_post(), KEY))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta(seconds=64.57)
    assert network.not_before() == NOW + timedelta(seconds=64.57)


def test_a_global_rate_limit_waits_as_any_other(either: BotCase) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 2.5, "global": True}
    headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
    either.server.break_next(Fault(Reply(429, body, headers=headers)), either.is_create)
    network = either.connect()
    assert isinstance(expect_failure(either, lambda: network.publish(make_post(), KEY)), NotSent)
    assert network.not_before() == NOW + timedelta(seconds=2.5)


def test_an_emptied_bucket_waits_for_its_reset_whatever_the_clocks_say(either: BotCase) -> None:
    either.fake.remaining = 0
    network = either.connect()
    network.publish(make_post(), KEY)
    assert network.not_before() == NOW + timedelta(seconds=1.5)


def test_a_deleted_webhook_stops_the_account_and_says_what_to_do(webhook: WebhookCase) -> None:
    webhook.fake.webhook_exists = False
    network = webhook.connect()
    for call in (network.check, lambda: network.publish(make_post(), KEY)):
        error = expect_failure(webhook, call)
        assert isinstance(error, Credentials)
        assert "make a new webhook" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 0, Credentials),
        (401, 50027, Credentials),
        (403, 50001, Credentials),
        (403, 50013, Credentials),
        (403, 20009, Rejected),
        (403, 40333, NotSent),
        (404, 10003, Credentials),
        (404, 10015, Credentials),
        (404, 10008, ParentGone),
        (404, 0, NotSent),
        (400, 50035, Rejected),
        (400, 50006, Rejected),
        (400, 200000, Rejected),
        (413, 40005, Rejected),
    ],
)
def test_error_codes_are_told_apart(
    either: BotCase, status: int, code: int, kind: type[PublishError]
) -> None:
    either.fake.refusal = (status, code, "no")
    assert type(expect_failure(either, lambda: either.connect().publish(make_post(), KEY))) is kind


def test_an_invalid_form_says_which_field_is_wrong_and_why(either: BotCase) -> None:
    errors = {"embeds": {"0": {"title": {"_errors": [{"code": "X", "message": "Too long."}]}}}}
    said = {"message": "Invalid Form Body", "code": 50035, "errors": errors}
    either.server.break_next(Fault(Reply(400, said)), either.is_create)
    error = expect_failure(either, lambda: either.connect().publish(make_post(), KEY))
    assert "400 Invalid Form Body: embeds.0.title: Too long." in str(error)


@pytest.mark.parametrize("code", [[], {}, "x", None, 1.5, True])
def test_a_code_of_another_shape_is_no_code(either: BotCase, code: object) -> None:
    either.server.break_next(Fault(Reply(403, {"code": code})), either.is_create)
    error = expect_failure(either, lambda: either.connect().publish(make_post(), KEY))
    assert isinstance(error, (NotSent, Credentials))


def test_a_page_of_cloudflare_s_says_nothing_of_the_credentials(either: BotCase) -> None:
    either.server.break_next(Fault(Reply(403, body=b"error code: 1015")), either.is_create)
    assert isinstance(
        expect_failure(either, lambda: either.connect().publish(make_post(), KEY)), NotSent
    )


def test_it_names_itself_as_discord_asks(either: BotCase) -> None:
    either.connect().publish(make_post(), KEY)
    assert all(r.headers["user-agent"].startswith("DiscordBot (") for r in either.server.requests)


def test_a_nonce_is_short_constant_and_enforced(bot: BotCase) -> None:
    tokens = [f"{0:032x}", f"{1:032x}", f"{1:032x}"]
    for token in tokens:
        bot.connect().publish(make_post(token), token)
    said = [read_payload(request) for request in bot.list_create_requests()]
    assert all(one["enforce_nonce"] is True and len(one["nonce"]) == 25 for one in said)
    assert said[0]["nonce"] != said[1]["nonce"] == said[2]["nonce"]
    assert len(bot.list_posts()) == 2


def test_the_promised_window_ends_before_discord_s(bot: BotCase) -> None:
    first = bot.connect().publish(make_post(), KEY)
    assert KEYED.window
    bot.now += KEYED.window
    assert bot.connect().publish(make_post(), KEY) == first


def test_after_the_window_the_message_is_looked_up(bot: BotCase) -> None:
    first = bot.connect().publish(make_post(), KEY)
    bot.now += timedelta(minutes=6)
    assert KEYED.then_lookup
    assert bot.connect().find(make_post(), KEY) == first
    bot.connect().publish(make_post(), KEY)
    assert len(bot.list_posts()) == 2, "the fake forgets a nonce, as Discord does"


def test_a_message_that_was_deleted_is_not_posted_again(bot: BotCase) -> None:
    first = bot.connect().publish(make_post(), KEY)
    bot.fake.delete_message(first.id)
    error = expect_failure(bot, lambda: bot.connect().publish(make_post(), KEY))
    assert isinstance(error, Rejected)
    assert bot.list_posts() == []


def test_only_the_bot_s_own_messages_are_looked_at(bot: BotCase) -> None:
    bot.fake.add_message(make_post().text)
    assert bot.connect().find(make_post(), KEY) is None
    assert bot.connect().recent(LONG_AGO) == ()


def test_a_nonce_that_shows_decides_over_the_text(bot: BotCase) -> None:
    bot.fake.shows_nonces = True
    bot.connect().publish(make_post(), KEY)
    assert bot.connect().find(make_post("an edited text"), KEY) is not None
    assert bot.connect().find(make_post(), OTHER_TOKEN) is None


def test_a_reply_and_a_post_of_the_same_text_are_told_apart(bot: BotCase) -> None:
    first = bot.connect().publish(make_post("one"), OTHER_TOKEN)
    second = bot.connect().publish(make_post("two", reply_to=first.id), KEY)
    found = bot.connect().find(make_post("two", reply_to=first.id), KEY)
    assert found == second
    assert bot.connect().find(make_post("two"), KEY) is None
    assert bot.connect().find(make_post("two", reply_to="99"), KEY) == second, (
        "a ledger may have forgotten which post it answers"
    )


def test_text_that_discord_trimmed_is_found_again(bot: BotCase) -> None:
    made = bot.connect().publish(make_post("  one \n\n two \n"), KEY)
    assert bot.connect().find(make_post("  one \n\n two \n"), KEY) == made


def test_a_busy_channel_is_read_page_by_page(bot: BotCase) -> None:
    made = bot.connect().publish(make_post(), KEY)
    for number in range(250):
        bot.fake.add_message(f"chat {number}")
    assert bot.connect().find(make_post(), KEY) == made
    lookups = [request for request in bot.server.requests if bot.is_lookup(request)]
    assert len(lookups) == 3


def test_a_look_up_ends_where_the_post_cannot_be(bot: BotCase) -> None:
    for _ in range(250):
        bot.fake.add_message("chat", at=NOW - timedelta(days=4))
    assert bot.connect().find(make_post(), KEY) is None
    assert sum(map(bot.is_lookup, bot.server.requests)) == 1


def test_a_channel_too_busy_to_look_through_is_no_absence(bot: BotCase) -> None:
    for _ in range(2600):
        bot.fake.add_message("chat")
    assert isinstance(expect_failure(bot, lambda: bot.connect().find(make_post(), KEY)), NotSent)


def test_a_history_that_the_bot_may_not_read_is_no_absence(bot: BotCase) -> None:
    bot.connect().publish(make_post(), KEY)
    bot.fake.can_read_history = False
    network = bot.connect()
    error = expect_failure(bot, lambda: network.find(make_post(), KEY))
    assert isinstance(error, NotSent)
    assert "Read Message History" in str(error)
    assert any("Read Message History" in note for note in network.check().notes)


def test_a_channel_whose_messages_were_all_deleted_is_an_empty_one(bot: BotCase) -> None:
    """It still names its last message."""
    bot.fake.delete_message(bot.fake.add_message("hello").id)
    network = bot.connect()
    assert network.find(make_post(), KEY) is None
    assert not any("Read Message History" in note for note in network.check().notes)


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_a_last_message_that_is_not_known_to_be_deleted_is_no_absence(
    bot: BotCase, status: int
) -> None:
    last = bot.fake.add_message("hello").id
    bot.fake.messages.clear()
    odd = Fault(Reply(status, {"id": last}))
    bot.server.break_next(odd, lambda request: request.path.endswith(f"/messages/{last}"))
    assert isinstance(expect_failure(bot, lambda: bot.connect().find(make_post(), KEY)), NotSent)


def test_a_clock_that_runs_elsewhere_does_not_hide_a_post(bot: BotCase) -> None:
    made = bot.connect().publish(make_post(), KEY)
    elsewhere = datetime(2031, 1, 1, tzinfo=UTC)
    network = make_adapter(make_context("discord", bot.credential_values(), now=lambda: elsewhere))
    post = make_post(created_at="2031-01-01T00:00:00Z")
    assert network.find(post, KEY) == made


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"id": "x", "content": "a", "author": {"id": BOT}, "timestamp": NOW.isoformat()},
        {"id": "9" * 5000, "content": "a", "author": {}, "timestamp": NOW.isoformat()},
        {"id": "1", "content": None, "author": {"id": BOT}, "timestamp": NOW.isoformat()},
        {"id": "1", "content": "a", "author": None, "timestamp": NOW.isoformat()},
        {"id": "1", "content": "a", "author": {"id": BOT}, "timestamp": "yesterday"},
        {"id": "1", "content": "a", "author": {"id": BOT}, "timestamp": None},
    ],
)
def test_a_message_of_another_shape_is_no_absence(bot: BotCase, message: object) -> None:
    bot.server.break_next(Fault(Reply(200, [message])), bot.is_lookup)
    assert isinstance(expect_failure(bot, lambda: bot.connect().find(make_post(), KEY)), NotSent)


def test_a_webhook_cannot_look_up_and_does_not_pretend_to(webhook: WebhookCase) -> None:
    network = webhook.connect()
    network.publish(make_post(), KEY)
    assert isinstance(expect_failure(webhook, lambda: network.find(make_post(), KEY)), NotSent)
    assert network.recent(LONG_AGO) == ()
    assert any("cannot be looked up" in note for note in network.check().notes)


def test_a_webhook_s_reply_is_a_post_of_its_own(webhook: WebhookCase) -> None:
    network = webhook.connect()
    first = network.publish(make_post("one"), KEY)
    network.publish(make_post("two", reply_to=first.id), OTHER_TOKEN)
    assert "message_reference" not in read_payload(webhook.list_create_requests()[1])


def test_a_reply_to_what_discord_never_made_is_refused_before_any_request(bot: BotCase) -> None:
    post = make_post(reply_to="at://did:plc:x/app.bsky.feed.post/3k")
    assert isinstance(expect_failure(bot, lambda: bot.connect().publish(post, KEY)), Rejected)
    assert bot.server.requests == []


def test_a_reply_to_a_message_that_is_gone_is_rejected(bot: BotCase) -> None:
    error = expect_failure(bot, lambda: bot.connect().publish(make_post(reply_to="99"), KEY))
    assert isinstance(error, Rejected)


def test_check_names_bot_and_channel(bot: BotCase) -> None:
    found = bot.connect().check()
    assert found.handle == "year"
    assert found.url == f"https://discord.com/channels/{GUILD}/{CHANNEL}"
    assert "posts to #anniversaries" in found.notes


def test_check_tells_a_channel_that_is_out_of_sight(bot: BotCase) -> None:
    values = bot.credential_values() | {"CHANNEL": "4002"}
    error = expect_failure(bot, make_adapter(make_context("discord", values)).check)
    assert isinstance(error, Credentials)
    assert "not visible here" in str(error)


@pytest.mark.parametrize("choice", ["hold", "retry", "skip"])
def test_doctor_is_told_what_becomes_of_a_webhook_s_unknown_post(
    webhook: WebhookCase, choice: str
) -> None:
    assert (
        f"uncertain posts (option unknown): {choice}"
        in webhook.connect(unknown=choice).check().notes
    )
    assert "uncertain posts (option unknown): hold" in webhook.connect().check().notes
    assert choice in {one.name: one.choices for one in SPEC.options}["unknown"]


@pytest.mark.parametrize("host", ["discord.com", "ptb.discord.com", "discord.com:443"])
@pytest.mark.parametrize("version", ["", "/v6", "/v10"])
def test_discord_s_webhook_is_asked_on_the_version_we_know(host: str, version: str) -> None:
    address = f"https://{host}/api{version}/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}/"
    url, number, token = webhook_address(address)
    assert (url, number) == (f"https://{host}/api/v10/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}", WEBHOOK)
    assert token == WEBHOOK_TOKEN


@pytest.mark.parametrize("path", ["/api", "/api/v9", "", "/behind/a.proxy/api"])
def test_another_server_s_webhook_is_taken_as_it_stands(webhook: WebhookCase, path: str) -> None:
    address = f"{webhook.server.url}{path}/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"
    network = make_adapter(make_context("discord", {"WEBHOOK": address}))
    with suppress(PublishError):  # this server knows one of these paths only
        network.publish(make_post(), KEY)
    assert [r.path for r in webhook.list_create_requests()] == [
        f"{path}/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"
    ]


@pytest.mark.parametrize("fault", [Fault(cut_after=0), Fault(Reply(500)), Fault(Reply(401, {}))])
def test_a_secret_shows_in_no_error_nor_cause(
    either: BotCase, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    either.server.break_next(fault, either.is_create)
    with pytest.raises(PublishError) as caught:
        either.connect().publish(make_post(), KEY)
    either.server.close()
    with pytest.raises(NotSent) as refused:
        either.connect().publish(make_post(), KEY)
    reported = [
        *traceback.format_exception(caught.value),
        *traceback.format_exception(refused.value),
    ]
    assert not any(secret in "".join([*reported, caplog.text]) for secret in either.secrets)


@pytest.mark.parametrize(
    "values",
    [
        {"WEBHOOK": f"https://discord.com/api/webhooks/{WEBHOOK}"},
        {"WEBHOOK": f"http://discord.com/api/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"},
        {"WEBHOOK": f"https://discord.com/api/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}/slack"},
        {
            "WEBHOOK": f"https://me:{WEBHOOK_TOKEN}@discord.com/api/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"
        },
        {"TOKEN": f"two words {WEBHOOK_TOKEN}", "CHANNEL": CHANNEL},
        {"TOKEN": WEBHOOK_TOKEN, "CHANNEL": "#anniversaries"},
        {"TOKEN": WEBHOOK_TOKEN, "CHANNEL": CHANNEL, "URL": "http://discord.example"},
    ],
)
def test_a_setting_that_cannot_be_right_is_named_and_not_shown(values: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_adapter(make_context("discord", values))
    assert "DISCORD_" in str(caught.value)
    assert WEBHOOK_TOKEN not in str(caught.value)


def test_an_old_webhook_s_host_is_known_by_its_new_name() -> None:
    address = f"https://ptb.discordapp.com/api/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}"
    assert "ptb.discord.com" in repr(make_adapter(make_context("discord", {"WEBHOOK": address})))
