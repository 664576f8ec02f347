from __future__ import annotations

import json
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from perihelion.compose.text_length import measure_length
from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    LocalFault,
    NotSent,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks.base import DedupeMethod
from perihelion.networks.telegram.adapter import Telegram
from perihelion.networks.telegram.spec import LIMITS, SPEC
from perihelion.testing.cases import HttpCase, StoredPost, expect_failure, make_picture, make_post
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.edit_contract import EditContract
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import LONG_AGO, TRICKY_TEXTS
from perihelion.testing.samples import TOKEN as KEY
from tests.contract.networks.telegram_methods import validate_request
from tests.fakes.telegram_server import BOT, TOKEN, FakeTelegram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perihelion.networks.base import Network
    from perihelion.testing.http_server import Request


class TelegramCase(HttpCase):
    refuses_missing_parents = True
    method = DedupeMethod.NONE
    secrets = (TOKEN, TOKEN.partition(":")[2])
    alt_texts = False
    languages = False
    can_read_back = False
    uploads_first = False
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        400: RefusedForNow,
        403: Credentials,
        404: Credentials,
    }
    error_body: ClassVar[dict[str, object]] = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: no",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeTelegram()
        self.server = self.fake.serve()

    def connect(self, patience: float = 10, chat: str = "@yearly", **options: str) -> Network:
        values = {"URL": self.server.url, "TOKEN": TOKEN, "CHAT": chat}
        made = make_context("telegram", values, patience=patience, options=tuple(options.items()))
        return Telegram(made)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(m.text, reply_to=str(m.reply_to) if m.reply_to else None)
            for m in self.fake.messages
        ]

    def is_create(self, request: Request) -> bool:
        return request.path.endswith(("/sendMessage", "/sendPhoto"))

    def is_check(self, request: Request) -> bool:
        return request.path.endswith("/getMe")

    def validate_request(self, request: Request) -> None:
        validate_request(request)


class TestTelegram(HttpContract):
    case_type = TelegramCase


class TestTelegramEdits(EditContract):
    case_type = TelegramCase

    def is_edit(self, request: Request) -> bool:
        return request.path.endswith(("/editMessageText", "/editMessageCaption"))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[TelegramCase]:
    made = TelegramCase(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "unknown to Telegram"},
        {"text": ""},
        {"text": "🚀" * 2049},
        {"entities": [{"type": "url", "offset": 0}]},
        {"reply_parameters": {"message_id": "7"}},
        {"link_preview_options": {"is_disabled": 1}},
    ],
)
def test_the_contract_notices_what_breaks_it(case: TelegramCase, wrong: dict[str, object]) -> None:
    case.connect().publish(make_post(), KEY)
    (request,) = case.server.requests
    validate_request(request)
    with pytest.raises(AssertionError):
        validate_request(replace(request, body=json.dumps(request.json | wrong).encode()))


@pytest.mark.parametrize(
    ("sign", "room"), [("é", 4096), ("宇", 4096), ("🚀", 2048), ("👩🏽‍🚀", 585)]
)
def test_a_text_is_counted_in_utf_16_units(case: TelegramCase, sign: str, room: int) -> None:
    network = case.connect()
    network.publish(make_post(sign * room), KEY)
    error = expect_failure(case, lambda: network.publish(make_post(sign * (room + 1)), KEY))
    assert isinstance(error, LocalFault)
    assert case.count_writes() == 1


def test_a_caption_takes_1024_units_and_no_more(case: TelegramCase) -> None:
    network, picture = case.connect(), make_picture(case.folder)
    network.publish(make_post("🚀" * 512, picture=picture), KEY)
    post = make_post("🚀" * 512 + "x", picture=picture)
    assert isinstance(expect_failure(case, lambda: network.publish(post, KEY)), LocalFault)
    assert case.count_writes() == 1


def test_a_picture_goes_with_its_post_as_it_is(case: TelegramCase) -> None:
    picture = make_picture(case.folder)
    case.connect().publish(make_post("one\n\n<b>&", picture=picture), KEY)
    (message,) = case.fake.messages
    assert message.photo == (case.folder / "landing.png").read_bytes()
    assert message.text == "one\n\n<b>&"
    assert message.fields.keys() == {"chat_id", "caption", "caption_entities", "photo"}


def test_no_markup_is_asked_for_so_that_every_sign_stands_for_itself(case: TelegramCase) -> None:
    case.connect().publish(make_post(TRICKY_TEXTS["quotes and markup"]), KEY)
    assert case.fake.messages[0].fields.keys() == {"chat_id", "text"}


def test_the_alt_text_stays_out_unless_asked_for(case: TelegramCase) -> None:
    case.connect().publish(make_post("text", picture=make_picture(case.folder, "a ship")), KEY)
    assert case.list_posts()[0].text == "text"
    assert any("no alt text" in note for note in case.connect().check().notes)


def test_the_alt_text_stands_at_the_caption_s_end_where_asked_for(case: TelegramCase) -> None:
    network = case.connect(alt="caption")
    network.publish(make_post("text", picture=make_picture(case.folder, "a ship")), KEY)
    network.publish(make_post("alone"), KEY)
    assert [post.text for post in case.list_posts()] == ["text\n\na ship", "alone"]


def test_an_alt_text_that_becomes_part_of_the_caption_mentions_nobody(case: TelegramCase) -> None:
    post = make_post("text", picture=make_picture(case.folder, "a ship of @NASA"))
    case.connect(alt="caption").publish(post, KEY)
    assert case.list_posts()[0].text == "text\n\na ship of @\u2060NASA"


@pytest.mark.parametrize("word", ["ship ", "船", "👨‍👩‍👧‍👦", "e\u0301"])
def test_an_alt_text_takes_the_room_the_text_leaves(case: TelegramCase, word: str) -> None:
    text = "🚀" * 400
    post = make_post(text, picture=make_picture(case.folder, word * 400))
    case.connect(alt="caption").publish(post, KEY)
    caption = case.list_posts()[0].text
    assert caption.startswith(f"{text}\n\n{word * 2}")
    assert 1024 - 15 <= measure_length(caption, LIMITS) <= 1024
    assert caption.endswith(f"{word.strip()}…")


def test_an_alt_text_without_room_is_left_out_and_the_text_is_whole(case: TelegramCase) -> None:
    post = make_post("x" * 1000, picture=make_picture(case.folder, "a ship " * 9))
    case.connect(alt="caption").publish(post, KEY)
    assert case.list_posts()[0].text == "x" * 1000


def test_the_link_preview_can_be_switched_off(case: TelegramCase) -> None:
    case.connect().publish(make_post(), KEY)
    case.connect(link_preview="off").publish(make_post(), KEY)
    shown, hidden = (message.fields for message in case.fake.messages)
    assert "link_preview_options" not in shown
    assert hidden["link_preview_options"] == {"is_disabled": True}
    for request in case.server.requests:
        validate_request(request)


def test_nothing_can_be_looked_up_and_nothing_pretends_it_can(case: TelegramCase) -> None:
    network = case.connect()
    network.publish(make_post(), KEY)
    assert isinstance(expect_failure(case, lambda: network.find(make_post(), KEY)), NotSent)
    assert network.recent(LONG_AGO) == ()
    assert len(case.server.requests) == 1


def test_a_token_repeated_posts_again_as_the_promise_says(case: TelegramCase) -> None:
    for _ in range(2):
        case.connect().publish(make_post(), KEY)
    assert len(case.list_posts()) == 2
    assert case.connect().dedupe.method is DedupeMethod.NONE


@pytest.mark.parametrize("choice", ["hold", "retry", "skip"])
def test_doctor_is_told_what_becomes_of_an_unknown_post(case: TelegramCase, choice: str) -> None:
    chosen = case.connect(unknown=choice).check().notes
    assert f"uncertain posts (option unknown): {choice}" in " ".join(chosen)
    assert "uncertain posts (option unknown): hold" in " ".join(case.connect().check().notes)
    assert choice in {one.name: one.choices for one in SPEC.options}["unknown"]


def test_a_flood_s_wait_is_read_from_its_parameters(case: TelegramCase) -> None:
    case.fake.flood = 37
    network = case.connect()
    error = expect_failure(case, lambda: network.publish(make_post(), KEY))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta(seconds=37)
    assert network.not_before() == NOW + timedelta(seconds=37)


@pytest.mark.parametrize("wait", [None, True, "9", -1, 0, [], {"x": 1}, 1e400])
def test_a_flood_without_a_sensible_wait_is_a_flood_all_the_same(
    case: TelegramCase, wait: object
) -> None:
    reply = Reply(429, {"ok": False, "parameters": {"retry_after": wait}})
    case.server.break_next(Fault(reply), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), KEY))
    assert isinstance(error, NotSent)
    assert error.retry_after in {None, timedelta(days=2)}


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was kicked from the channel chat"),
        (403, "Forbidden: bot is not a member of the channel chat"),
        (400, "Bad Request: need administrator rights in the channel chat"),
        (400, "Bad Request: not enough rights to send photos to the chat"),
        (400, "Bad Request: have no rights to send a message"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
        (400, "Bad Request: chat not found"),
    ],
)
def test_a_chat_that_lets_the_bot_post_nothing_stops_the_account(
    case: TelegramCase, status: int, description: str
) -> None:
    case.fake.refusal = (status, description)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), KEY))
    assert isinstance(error, Credentials)
    assert "administrator of @yearly" in str(error)


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message is too long",
        "Bad Request: message text is empty",
        "Bad Request: PHOTO_INVALID_DIMENSIONS",
        "Bad Request: message to be replied not found",
    ],
)
def test_what_is_wrong_with_the_post_rejects_the_post_alone(
    case: TelegramCase, description: str
) -> None:
    case.fake.refusal = (400, description)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), KEY))
    assert isinstance(error, Rejected)
    assert description in str(error)


def test_a_group_that_moved_says_where_to(case: TelegramCase) -> None:
    case.fake.migrated_to = -1009876543210
    error = expect_failure(case, lambda: case.connect().publish(make_post(), KEY))
    assert isinstance(error, Credentials)
    assert "-1009876543210" in str(error)


def test_a_wrong_token_is_a_matter_of_credentials_also_as_404(case: TelegramCase) -> None:
    values = {"URL": case.server.url, "CHAT": "@yearly", "TOKEN": f"{TOKEN}x"}
    error = expect_failure(case, Telegram(make_context("telegram", values)).check)
    assert isinstance(error, Credentials)
    assert "@BotFather" in str(error)
    gone = Reply(404, {"ok": False, "error_code": 404, "description": "Not Found"})
    case.server.break_next(Fault(gone), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), KEY))
    assert isinstance(error, Credentials)


@pytest.mark.parametrize("status", [403, 404])
def test_a_page_that_is_not_the_api_s_says_nothing_of_the_token(
    case: TelegramCase, status: int
) -> None:
    case.server.break_next(Fault(Reply(status, body=b"<html>nginx")), case.is_create)
    assert isinstance(
        expect_failure(case, lambda: case.connect().publish(make_post(), KEY)), NotSent
    )


@pytest.mark.parametrize("fault", [Fault(cut_after=0), Fault(Reply(500)), Fault(Reply(401, {}))])
def test_the_token_in_the_path_shows_in_no_error_nor_cause(
    case: TelegramCase, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    case.server.break_next(fault, case.is_create)
    with pytest.raises(PublishError) as caught:
        case.connect().publish(make_post(), KEY)
    case.server.close()
    with pytest.raises(NotSent) as refused:
        case.connect().publish(make_post(), KEY)
    reported = [
        *traceback.format_exception(caught.value),
        *traceback.format_exception(refused.value),
    ]
    assert TOKEN.partition(":")[2] not in "".join([*reported, caplog.text])


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        ({"id": -1001234567890, "type": "channel", "username": "yearly"}, "https://t.me/yearly/7"),
        ({"id": -1001234567890, "type": "channel"}, "https://t.me/c/1234567890/7"),
        ({"id": -4321, "type": "group"}, None),
        ({"id": 4321, "type": "private", "username": "someone"}, None),
    ],
)
def test_a_receipt_has_the_address_that_the_chat_gives_it(
    case: TelegramCase, chat: dict[str, object], url: str | None
) -> None:
    case.fake.chat = chat
    receipt = case.connect(chat=str(chat["id"])).publish(make_post(), KEY)
    assert (receipt.id, receipt.url) == ("7", url)


def test_a_reply_to_what_telegram_never_made_is_refused_before_any_request(
    case: TelegramCase,
) -> None:
    post = make_post(reply_to="at://did:plc:x/app.bsky.feed.post/3k")
    assert isinstance(expect_failure(case, lambda: case.connect().publish(post, KEY)), Rejected)
    assert case.server.requests == []


@pytest.mark.parametrize(
    ("kind", "member", "may"),
    [
        ("channel", {"status": "administrator", "can_post_messages": True}, True),
        ("channel", {"status": "administrator", "can_post_messages": False}, False),
        ("channel", {"status": "left"}, False),
        ("channel", {"status": "kicked"}, False),
        ("supergroup", {"status": "member"}, True),
        ("supergroup", {"status": "administrator"}, True),
        ("supergroup", {"status": "restricted", "can_send_messages": False}, False),
    ],
)
def test_check_proves_that_the_bot_may_post(
    case: TelegramCase, kind: str, member: dict[str, object], *, may: bool
) -> None:
    case.fake.chat["type"], case.fake.member = kind, member
    if may:
        assert case.connect().check().handle == "@yearly"
    else:
        error = expect_failure(case, case.connect().check)
        assert isinstance(error, Credentials)
        assert str(member["status"]) in str(error)
    assert case.count_writes() == 0


def test_check_names_chat_and_bot(case: TelegramCase) -> None:
    found = case.connect().check()
    assert found.url == "https://t.me/yearly"
    assert f"the bot @{BOT['username']} posts to Year in Space" in found.notes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN", "not a token"),
        ("TOKEN", "12:ab/../getMe?"),
        ("TOKEN", ""),
        ("CHAT", "yearly"),
        ("CHAT", "https://t.me/yearly"),
        ("CHAT", "@x"),
        ("URL", "http://telegram.example"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_and_not_shown(name: str, value: str) -> None:
    values = {"URL": "", "TOKEN": TOKEN, "CHAT": "@yearly"} | {name: value}
    with pytest.raises(ConfigurationError) as caught:
        Telegram(make_context("telegram", values))
    assert f"TELEGRAM_{name}" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert name != "TOKEN" or not value or value not in str(caught.value)


@pytest.mark.parametrize("with_picture", [False, True])
def test_the_first_line_is_bold_and_the_text_stays_as_it_is(
    case: TelegramCase, tmp_path: Path, *, with_picture: bool
) -> None:
    pictures = (make_picture(tmp_path),) if with_picture else ()
    text = "\U0001f680 Voyager 1 left the Earth.\n\nIt flies on."
    case.connect().publish(replace(make_post(text), pictures=pictures), KEY)
    (message,) = case.fake.messages
    marks = message.fields["caption_entities" if with_picture else "entities"]
    if isinstance(marks, str):
        marks = json.loads(marks)
    assert message.text == text
    assert marks == [{"type": "bold", "offset": 0, "length": 28}]


def test_a_post_of_one_paragraph_has_nothing_bold(case: TelegramCase) -> None:
    case.connect().publish(make_post("Voyager 1 left the Earth.\nIt flies on."), KEY)
    assert "entities" not in case.fake.messages[0].fields
