from __future__ import annotations

import hashlib
import json
import logging
import socket
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bech32 import bech32_decode, bech32_encode, convertbits
from coincurve import PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    PictureNotSent,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks import loader
from perihelion.networks.base import DedupeMethod
from perihelion.networks.nostr.adapter import Nostr
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import (
    PUBLISH_ERRORS,
    Case,
    StoredPost,
    assert_no_secret,
    expect_failure,
    make_picture,
    make_post,
)
from perihelion.testing.contexts import make_context
from perihelion.testing.faults import MAX_SECONDS, SHORT_PATIENCE, patience_for
from perihelion.testing.http_server import FakeServer, Reply
from perihelion.testing.network_contract import NetworkContract
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN
from tests.fakes.nostr_relay import FakeRelay, RelayFault, is_signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.base import Network

HEX = "7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a"
PUBLIC = "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917"
NSEC = "nsec10allq0gjx7fddtzef0ax00mdps9t2kmtrldkyjfs8l5xruwvh2dq0lhhkp"
NPUB = "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu"
"""The key pair that NIP-06 gives as an example."""


def tag_values(event: dict[str, Any], name: str) -> list[list[str]]:
    return [tag[1:] for tag in event["tags"] if tag[0] == name]


class NostrCase(Case):
    method = DedupeMethod.KEYED
    secrets = (HEX, NSEC)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.relay = FakeRelay().serve()
        self.web = FakeServer(lambda _request: Reply(self.media_status, body=b""))
        self.media_status = 200
        self.notebook = DictMemory()

    def connect(self, patience: float = 10, relays: str = "", *, pictures: bool = True) -> Nostr:
        values = {"RELAYS": relays or self.relay.url, "KEY": NSEC}
        options = (("media_url", f"{self.web.url}/media"),) if pictures else ()
        made = make_context(
            "nostr", values, options=options, now=lambda: self.now, patience=patience
        )
        return Nostr(replace(made, memory=self.notebook))

    def show_pages_of(self, count: int) -> None:
        self.relay.max_events = count

    def list_posts(self) -> list[StoredPost]:
        return [self._read_event(event) for event in self.relay.events]

    def _read_event(self, event: dict[str, Any]) -> StoredPost:
        fields = dict(field.split(" ", 1) for tag in tag_values(event, "imeta") for field in tag)
        text = event["content"].removesuffix(f"\n\n{fields.get('url')}")
        languages = [value for value, space in tag_values(event, "l") if space == "ISO-639-1"]
        answered: list[str | None] = [None, *(tag[0] for tag in tag_values(event, "e"))]
        return StoredPost(
            text, fields.get("alt"), languages[0] if languages else None, answered[-1]
        )

    def count_writes(self) -> int:
        return len(self.relay.offered_events())

    def close(self) -> None:
        self.relay.close()
        self.web.close()


class TestNostr(NetworkContract):
    case_type = NostrCase


@pytest.fixture
def case(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[NostrCase]:
    caplog.set_level(logging.DEBUG)
    made = NostrCase(tmp_path)
    yield made
    made.close()
    assert_no_secret(made, caplog.text)


LOST = {
    "no answer": RelayFault(hang=True),
    "cut": RelayFault(cut=True),
    "a notice only": RelayFault(frames=('["NOTICE","out of order"]',), hang=True),
    "garbage": RelayFault(frames=("<html>", "{", "null", "[]", '"OK"', "[1,2,3]"), hang=True),
    "bytes": RelayFault(frames=(b"\xff\xfe",), hang=True),
    "deep JSON": RelayFault(frames=("[" * 100_000,), hang=True),
    "a huge frame": RelayFault(frames=("x" * 2_000_000,), hang=True),
    "a drip": RelayFault(drip=0.05),
    "another event's word": RelayFault(frames=(f'["OK","{"0" * 64}",true,""]',), hang=True),
    "another event's refusal": RelayFault(frames=(f'["OK","{"0" * 64}",false,"no"]',), hang=True),
    "yes to no event": RelayFault(frames=('["OK","",true,""]',), hang=True),
    "no truth": RelayFault(frames=('["OK","{id}","true",""]', '["OK","{id}"]'), hang=True),
    "its own trouble": RelayFault(frames=('["OK","{id}",false,"error: database"]',)),
}
"""After each of them the relay has the event in fact."""

REFUSALS: dict[str, type[PublishError]] = {
    "invalid: too many words": Rejected,
    "invalid: created_at is too far off": RefusedForNow,
    "invalid: event creation date is too far off from the current time": RefusedForNow,
    "invalid: 1803826800 is in the future": RefusedForNow,
    "invalid: created_at too late": RefusedForNow,
    "invalid: created_at too early": RefusedForNow,
    "blocked: you are banned": RefusedForNow,
    "pow: 26 bits needed": RefusedForNow,
    "restricted: members only": Credentials,
    "mute: nobody would see it": RefusedForNow,
    "auth-required: we only take our own": Credentials,
    "rate-limited: slow down": NotSent,
    "error: no database": OutcomeUnknown,
    "come back tomorrow": NotSent,
    "": NotSent,
}


def test_success_takes_one_event_frame_and_nothing_else(case: NostrCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    assert [message[0] for message in case.relay.received] == ["EVENT"]


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_is_unknown_in_time_and_settled_to_one_note(
    case: NostrCase, fault: RelayFault
) -> None:
    hasty = case.connect(patience_for(fault))
    case.relay.break_next("EVENT", fault)
    begun = time.monotonic()
    error = expect_failure(case, lambda: hasty.publish(make_post(), TOKEN))
    assert time.monotonic() - begun < MAX_SECONDS
    assert type(error) is OutcomeUnknown
    assert case.count_writes() == 1
    first = case.relay.offered_events()[0]
    assert case.connect().publish(make_post(), TOKEN).id == first["id"]
    assert case.relay.offered_events() == [first, first]
    assert case.relay.events == [first]


@pytest.mark.parametrize("without_id", [False, True])
@pytest.mark.parametrize(("said", "kind"), REFUSALS.items(), ids=lambda x: str(x)[:30])
def test_a_refusal_is_sorted_by_its_first_word(
    case: NostrCase, said: str, kind: type[PublishError], *, without_id: bool
) -> None:
    """Some relays refuse with an empty id."""
    case.relay.refusal, case.relay.refuses_without_id = said, without_id
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is kind
    assert said in str(error)
    assert case.count_writes() == 1


def test_a_notice_before_the_answer_does_no_harm(case: NostrCase) -> None:
    say = ('["NOTICE","welcome"]', '["AUTH","challenge"]', '["OK","{id}",true,""]')
    case.relay.break_next("EVENT", RelayFault(frames=say))
    assert case.connect().publish(make_post(), TOKEN).id


@pytest.mark.parametrize("says_false", [False, True])
def test_a_duplicate_is_success_even_where_the_relay_says_false(
    case: NostrCase, *, says_false: bool
) -> None:
    case.relay.says_false_to_duplicates = says_false
    first = case.connect().publish(make_post(), TOKEN)
    assert case.connect().publish(make_post(), TOKEN) == first
    assert case.count_writes() == 2
    assert len(case.list_posts()) == 1


@pytest.mark.parametrize("says_false", [False, True])
def test_a_duplicate_that_the_relay_does_not_show_is_unknown(
    case: NostrCase, *, says_false: bool
) -> None:
    """It may have deleted the note, or have seen and not kept it."""
    case.relay.says_false_to_duplicates, case.relay.forgets = says_false, True
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is OutcomeUnknown
    assert "does not show it" in str(error)
    assert case.connect().find(make_post(), TOKEN) is None


def test_a_duplicate_that_cannot_be_asked_for_is_unknown(case: NostrCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    case.relay.break_next("REQ", RelayFault(cut=True))
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is OutcomeUnknown


def test_a_relay_that_cannot_be_reached_is_not_sent(case: NostrCase) -> None:
    network = case.connect()
    case.relay.close()
    assert type(expect_failure(case, lambda: network.publish(make_post(), TOKEN))) is NotSent


def test_a_relay_that_opens_no_conversation_is_not_sent_in_time(case: NostrCase) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network = case.connect(SHORT_PATIENCE, f"ws://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        assert type(expect_failure(case, lambda: network.publish(make_post(), TOKEN))) is NotSent
        assert time.monotonic() - begun < MAX_SECONDS


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500, 503])
def test_a_server_that_is_no_relay_is_not_sent(case: NostrCase, status: int) -> None:
    with FakeServer(lambda _request: Reply(status, body=b"hello")) as web:
        network = case.connect(relays=web.url.replace("http", "ws"))
        assert type(expect_failure(case, lambda: network.publish(make_post(), TOKEN))) is NotSent


def test_a_send_that_nobody_reads_ends_in_time(case: NostrCase) -> None:
    """A text far beyond our limits fills every buffer on the way."""
    from perihelion.networks.nostr import relay as nostr_relay  # noqa: PLC0415 - only this test goes below

    case.relay.break_next("REQ", RelayFault(hang=True))
    patience = nostr_relay.RelayTimeouts(1, 1)
    begun = time.monotonic()
    with nostr_relay._open_connection(case.relay.url, patience) as talk:
        talk._send_message(["REQ", "first"])
        with suppress(Exception):
            talk._send_message(["REQ", "x" * 30_000_000])
    assert time.monotonic() - begun < MAX_SECONDS


class TwoRelays:
    """A second relay beside the case's own."""

    def __init__(self, case: NostrCase) -> None:
        self.case, self.other = case, FakeRelay().serve()
        self.both = f"{case.relay.url}, {self.other.url}"

    def connect(self, patience: float = 10) -> Nostr:
        return self.case.connect(patience, self.both)


@pytest.fixture
def two_relays(case: NostrCase) -> Iterator[TwoRelays]:
    made = TwoRelays(case)
    yield made
    made.other.close()


def test_every_relay_gets_the_same_note_once(two_relays: TwoRelays) -> None:
    receipt = two_relays.connect().publish(make_post(), TOKEN)
    assert two_relays.case.relay.offered_events() == two_relays.other.offered_events()
    assert [event["id"] for event in two_relays.other.events] == [receipt.id]


@pytest.mark.parametrize("first", ["refuses", "hangs", "is away"])
def test_one_relay_that_takes_it_is_enough(two_relays: TwoRelays, first: str) -> None:
    network = two_relays.connect(SHORT_PATIENCE if first == "hangs" else 10)
    if first == "refuses":
        two_relays.case.relay.refusal = "blocked: not you"
    elif first == "hangs":
        two_relays.case.relay.break_next("EVENT", RelayFault(acted=False, hang=True))
    else:
        two_relays.case.relay.close()
    begun = time.monotonic()
    assert network.publish(make_post(), TOKEN).id == two_relays.other.events[0]["id"]
    assert time.monotonic() - begun < MAX_SECONDS


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("invalid: no", "invalid: no", Rejected),
        ("invalid: no", "blocked: no", RefusedForNow),
        ("auth-required: no", "blocked: no", RefusedForNow),
        ("invalid: no", "auth-required: no", Credentials),
        ("invalid: no", "rate-limited: no", NotSent),
        ("rate-limited: no", "error: no", OutcomeUnknown),
        ("error: no", "invalid: no", OutcomeUnknown),
    ],
)
def test_of_two_refusals_the_less_certain_decides(
    two_relays: TwoRelays, one: str, other: str, kind: type[PublishError]
) -> None:
    two_relays.case.relay.refusal, two_relays.other.refusal = one, other
    assert (
        type(
            expect_failure(
                two_relays.case, lambda: two_relays.connect().publish(make_post(), TOKEN)
            )
        )
        is kind
    )


def test_a_note_on_the_second_relay_only_is_found_and_listed(two_relays: TwoRelays) -> None:
    made = two_relays.case.connect(relays=two_relays.other.url).publish(make_post(), TOKEN)
    found = two_relays.connect().find(make_post(), TOKEN)
    assert found is not None
    assert found.id == made.id
    assert [one.receipt.id for one in two_relays.connect().recent(LONG_AGO)] == [made.id]


def test_an_absence_is_sure_only_if_every_relay_has_answered(two_relays: TwoRelays) -> None:
    network = two_relays.connect()
    assert network.find(make_post(), TOKEN) is None
    two_relays.other.close()
    assert (
        type(expect_failure(two_relays.case, lambda: network.find(make_post(), TOKEN))) is NotSent
    )
    assert network.recent(LONG_AGO) == ()
    cause = f"no connection to {two_relays.other.url} (connection refused)"
    assert network.check().notes[1].startswith(cause)


def test_the_signed_note_is_kept_before_it_leaves(case: NostrCase) -> None:
    network = case.connect()
    case.relay.close()
    expect_failure(case, lambda: network.publish(make_post(), TOKEN))
    kept = json.loads(case.notebook.values[f"note {TOKEN}"])["event"]
    assert is_signed(kept)
    assert kept["pubkey"] == PUBLIC


def test_the_same_bytes_go_out_again_whatever_has_changed(case: NostrCase) -> None:
    """Neither the picture's file nor its address matter any more."""
    post = make_post(picture=make_picture(case.folder))
    first = case.connect().publish(post, TOKEN)
    Path(post.picture.file if post.picture else "").unlink()
    case.media_status = 404
    assert case.connect(pictures=False).publish(post, TOKEN) == first
    assert case.relay.offered_events()[0] == case.relay.offered_events()[1]


def test_the_same_post_gives_the_same_note_where_nothing_was_kept(case: NostrCase) -> None:
    first = case.connect().publish(make_post(), TOKEN)
    case.notebook.values.clear()
    assert case.connect().publish(make_post(), TOKEN) == first
    assert case.relay.offered_events()[0] == case.relay.offered_events()[1]


def test_a_note_that_a_lost_ledger_has_made_otherwise_is_found_by_its_token(
    case: NostrCase,
) -> None:
    made = case.connect().publish(make_post(), TOKEN)
    case.notebook.values.clear()
    anew = make_post("Another wording", created_at="2027-02-28T16:00:00.000Z")
    found = case.connect().find(anew, TOKEN)
    assert found == made
    assert case.connect().dedupe.then_lookup  # so that a new ledger looks first
    assert case.connect().recent(LONG_AGO)[0].token == TOKEN


def test_a_post_that_was_made_anew_gets_a_note_of_its_own(case: NostrCase) -> None:
    case.relay.refusal = "invalid: too many words"
    expect_failure(case, lambda: case.connect().publish(make_post("Too many words"), TOKEN))
    case.relay.refusal = None
    case.connect().publish(make_post("Fewer"), TOKEN)
    assert [seen.text for seen in case.list_posts()] == ["Fewer"]


def test_what_memory_holds_is_not_trusted_blindly(case: NostrCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    kept = json.loads(case.notebook.values[f"note {TOKEN}"])
    for broken in ("", "[]", "{}", json.dumps(kept | {"event": kept["event"] | {"sig": "00"}})):
        case.notebook.values[f"note {TOKEN}"] = broken
        assert case.connect().publish(make_post(), TOKEN).id == kept["event"]["id"]


def test_a_note_is_a_short_text_note_of_its_post_s_second(case: NostrCase) -> None:
    case.connect().publish(make_post(created_at="2027-02-28T15:00:00.750Z"), TOKEN)
    event = case.relay.events[0]
    assert event["kind"] == 1
    assert event["created_at"] == 1_803_826_800
    assert event["pubkey"] == PUBLIC


def test_hashtags_become_lower_case_t_tags(case: NostrCase) -> None:
    case.connect().publish(make_post("#ISS #Ånd", tags=("ISS", "Ånd")), TOKEN)
    assert tag_values(case.relay.events[0], "t") == [["iss"], ["ånd"]]


def test_the_language_is_a_label_where_iso_639_1_knows_it(case: NostrCase) -> None:
    for number, language in enumerate(["pt-BR", "haw"]):
        case.connect().publish(make_post(language=language), f"{number:032x}")
    labels = [
        [value for value, space in tag_values(event, "l") if space == "ISO-639-1"]
        for event in case.relay.events
    ]
    assert labels == [["pt"], []]


def test_a_picture_is_a_url_at_the_end_and_described_by_imeta(case: NostrCase) -> None:
    picture = make_picture(case.folder, alt="A capsule\nunder its parachute")
    case.connect().publish(make_post("Landed", picture=picture), TOKEN)
    event, url = case.relay.events[0], f"{case.web.url}/media/landing.png"
    digest = hashlib.sha256(Path(picture.file).read_bytes()).hexdigest()
    assert event["content"] == f"Landed\n\n{url}"
    assert tag_values(event, "imeta") == [
        [
            f"url {url}",
            "m image/png",
            f"x {digest}",
            "dim 8x8",
            "alt A capsule\nunder its parachute",
        ]
    ]
    assert case.connect().recent(LONG_AGO)[0].text == "Landed"


def test_a_picture_s_name_is_quoted_in_its_address(case: NostrCase) -> None:
    picture = make_picture(case.folder)
    odd = Path(picture.file).rename(case.folder / "one & only?ü.png")
    case.connect().publish(make_post(picture=replace(picture, file=str(odd))), TOKEN)
    assert case.relay.events[0]["content"].endswith("/media/one%20%26%20only%3F%C3%BC.png")


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500])
def test_a_picture_that_is_not_served_makes_no_note(case: NostrCase, status: int) -> None:
    case.media_status = status
    post = make_post(picture=make_picture(case.folder))
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert type(error) is PictureNotSent
    assert case.count_writes() == 0


def test_a_host_that_knows_no_head_is_taken_at_its_word(case: NostrCase) -> None:
    case.media_status = 405
    assert case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN).id


def test_a_file_that_is_no_picture_makes_no_note(case: NostrCase) -> None:
    picture = make_picture(case.folder)
    Path(picture.file).write_bytes(b"no picture")
    post = make_post(picture=picture)
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is LocalFault
    assert case.count_writes() == 0


def test_without_a_media_url_an_account_takes_no_pictures(case: NostrCase) -> None:
    network = case.connect(pictures=False)
    assert network.limits.pictures == 0
    assert case.connect().limits.pictures == 1
    post = make_post(picture=make_picture(case.folder))
    assert type(expect_failure(case, lambda: network.publish(post, TOKEN))) is LocalFault
    assert case.count_writes() == 0


def test_a_thread_s_third_note_names_its_root_and_its_parent(case: NostrCase) -> None:
    network = case.connect()
    one = network.publish(make_post("one"), f"{1:032x}").id
    two = network.publish(make_post("two", reply_to=one), f"{2:032x}").id
    case.connect().publish(make_post("three", reply_to=two), f"{3:032x}")
    marked = [tag_values(event, "e") for event in case.relay.events]
    assert marked == [
        [],
        [[one, "", "root", PUBLIC]],
        [[one, "", "root", PUBLIC], [two, "", "reply", PUBLIC]],
    ]
    assert tag_values(case.relay.events[2], "p") == [[PUBLIC]]


def test_an_answer_to_what_is_no_event_is_refused(case: NostrCase) -> None:
    post = make_post(reply_to="https://example.org/1")
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is Rejected
    assert case.count_writes() == 0


def test_control_characters_are_refused_because_clients_disagree_on_their_hash(
    case: NostrCase,
) -> None:
    post = make_post("bell\x07")
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is LocalFault


def test_a_receipt_leads_any_client_to_the_note(case: NostrCase) -> None:
    receipt = case.connect().publish(make_post(), TOKEN)
    assert receipt.url is not None
    prefix, bits = bech32_decode(receipt.url.removeprefix("nostr:"))
    assert prefix == "nevent"
    data = bytes(convertbits(bits or [], 5, 8, False) or [])  # noqa: FBT003 - the library's own
    assert data[:34] == b"\x00\x20" + bytes.fromhex(receipt.id)
    assert case.relay.url.encode() in data
    assert data.endswith(b"\x02\x20" + bytes.fromhex(PUBLIC))


def test_a_stranger_s_or_forged_note_is_neither_found_nor_listed(case: NostrCase) -> None:
    network = case.connect()
    network.publish(make_post(), TOKEN)
    true = case.relay.events.pop()
    forged = [true | {"content": "no"}, true | {"sig": "0" * 128}, true | {"pubkey": "0" * 64}]
    case.relay.break_next("REQ", _events_fault(*forged, {"id": 1}, None, [], "x"))
    assert network.recent(LONG_AGO) == ()
    case.relay.break_next("REQ", _events_fault(*forged))
    assert network.find(make_post(), TOKEN) is None


def _events_fault(*events: object) -> RelayFault:
    say = [json.dumps(["EVENT", "perihelion", event]) for event in events]
    return RelayFault(frames=(*say, '["EOSE","perihelion"]'))


def test_a_relay_that_gives_few_notes_at_once_is_asked_again(case: NostrCase) -> None:
    case.relay.max_events = 3
    for n in range(8):
        post = make_post(f"post {n}", created_at=f"2027-02-28T15:00:0{n}.000Z")
        case.connect().publish(post, f"{n:032x}")
    found = case.connect().recent(LONG_AGO)
    assert [one.text for one in found] == [f"post {n}" for n in range(7, -1, -1)]
    assert case.connect().recent(found[2].posted_at) == found[:3]


@pytest.mark.parametrize(
    "fault",
    [
        RelayFault(hang=True),
        RelayFault(cut=True),
        RelayFault(drip=0.05),
        RelayFault(frames=('["CLOSED","perihelion","auth-required: sign in"]',)),
        RelayFault(frames=("x" * 2_000_000,)),
    ],
    ids=["no answer", "cut", "a drip", "closed", "a huge frame"],
)
def test_a_look_up_without_an_answer_is_no_absence(case: NostrCase, fault: RelayFault) -> None:
    case.connect().publish(make_post(), TOKEN)
    hasty = case.connect(patience_for(fault))
    for look in (lambda: hasty.find(make_post(), TOKEN), lambda: hasty.recent(LONG_AGO)):
        case.relay.break_next("REQ", fault)
        begun = time.monotonic()
        assert type(expect_failure(case, look)) is NotSent
        assert time.monotonic() - begun < MAX_SECONDS
    case.relay.break_next("REQ", fault)
    assert type(expect_failure(case, hasty.check)) is NotSent


def test_check_tells_the_npub_and_what_relays_ask_for(case: NostrCase) -> None:
    case.relay.rules = {"payment_required": True, "min_pow_difficulty": 20, "auth_required": False}
    identity = case.connect().check()
    assert identity.handle == NPUB
    assert identity.url == f"nostr:{NPUB}"
    rules = "a payment, proof of work (20 bits), which Perihelion does not support"
    assert identity.notes == (f"{case.relay.url} answers; it requires {rules}",)


@pytest.mark.parametrize("key", [NSEC, NSEC.upper(), HEX, HEX.upper(), f" {NSEC}\n"])
def test_a_key_may_be_an_nsec_or_hexadecimal(key: str) -> None:
    made = Nostr(make_context("nostr", {"RELAYS": "wss://relay.example", "KEY": key}))
    assert NPUB in repr(made)


@pytest.mark.parametrize(
    "key",
    [
        "",
        NPUB,
        NSEC[:-1],
        NSEC[:-1] + "q",
        HEX[:-1],
        "0" * 64,
        "f" * 64,
        "ncryptsec1qqqq",
        bech32_encode("nsec", convertbits(b"short", 8, 5) or []),
        NSEC + "é",
    ],
)
def test_a_key_that_is_none_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Nostr(make_context("nostr", {"RELAYS": "wss://relay.example", "KEY": key}))
    assert "NOSTR_KEY " in str(caught.value)
    assert not key or key not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "relays",
    [
        "",
        " , ",
        "relay.example",
        "https://relay.example",
        "ws://relay.example",
        "wss://me:word@relay.example",
        "wss://relay.example:none",
        "wss://relay.example#x",
        "wss://",
        "wss://fine.example ws://bad.example",
    ],
)
def test_a_relay_that_is_none_or_not_secret_is_a_mistake(relays: str) -> None:
    with pytest.raises(ConfigurationError, match="NOSTR_RELAYS "):
        Nostr(make_context("nostr", {"RELAYS": relays, "KEY": NSEC}))


def test_a_media_url_that_is_not_secure_is_a_mistake() -> None:
    values = {"RELAYS": "wss://relay.example", "KEY": NSEC}
    with pytest.raises(ConfigurationError, match="media_url"):
        Nostr(make_context("nostr", values, options=(("media_url", "http://example.org/m"),)))


def test_relays_may_be_apart_by_commas_spaces_or_lines_and_count_once(case: NostrCase) -> None:
    url = case.relay.url
    case.connect(relays=f"{url},{url}/\n {url}").publish(make_post(), TOKEN)
    assert case.count_writes() == 1


def test_the_loader_knows_nostr(case: NostrCase) -> None:
    known = loader.load_spec("nostr")
    assert known.limits.pictures == 0
    assert [one.name for one in known.variants[0] if one.secret] == ["KEY"]
    made: Network = known.connect(make_context("nostr", {"RELAYS": case.relay.url, "KEY": HEX}))
    assert made.check().handle == NPUB


def test_signatures_are_the_same_each_time_and_valid(case: NostrCase) -> None:
    case.connect().publish(make_post(), OTHER_TOKEN)
    event = case.relay.events[0]
    again = PrivateKey(bytes.fromhex(HEX)).sign_schnorr(bytes.fromhex(event["id"]), bytes(32))
    assert event["sig"] == again.hex()


_WORDS = st.sampled_from(["OK", "EVENT", "EOSE", "CLOSED", "NOTICE", "AUTH", "{id}", ""])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)
_FRAMES = (
    st.tuples(_WORDS, _VALUES, _VALUES, _VALUES).map(lambda parts: json.dumps(list(parts)))
    | _VALUES.map(json.dumps)
    | st.binary(max_size=40)
)


def test_fuzzed_answers_never_escape_nor_repeat(tmp_path: Path) -> None:
    case = NostrCase(tmp_path)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(say=st.lists(_FRAMES, max_size=4), number=st.integers(0, 2**64))
    def publish_with_frames(say: list[str | bytes], number: int) -> None:
        before = case.count_writes()
        case.relay.break_next("EVENT", RelayFault(frames=tuple(say), cut=True))
        with suppress(*PUBLISH_ERRORS):
            assert case.connect().publish(make_post(f"fuzz {number}"), f"{number:032x}").id
        assert case.count_writes() == before + 1
        case.relay.break_next("REQ", RelayFault(frames=tuple(say), cut=True))
        with suppress(NotSent):
            case.connect().recent(LONG_AGO + timedelta(days=number % 1000))

    try:
        publish_with_frames()
    finally:
        case.close()
