"""Bluesky: the suite, the record key, and reading back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perihelion.model.errors import NotSent, OutcomeUnknown
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import (
    PUBLISH_ERRORS,
    expect_failure,
    make_picture,
    make_pictures,
    make_post,
)
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import LONG_AGO, TOKEN, TRICKY_TEXTS
from tests.contract.networks.bluesky_case import BlueskyCase, fail_next_put, requests_to
from tests.contract.networks.lexicons import validate_output
from tests.fakes.bluesky_server import DID, HANDLE, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request


class TestBluesky(HttpContract):
    case_type = BlueskyCase


@pytest.fixture
def case(tmp_path: Path) -> Iterator[BlueskyCase]:
    made = BlueskyCase(tmp_path)
    yield made
    made.close()


def test_a_post_is_put_only_where_nothing_is(case: BlueskyCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    body = requests_to(case, "putRecord")[0].json
    assert "swapRecord" in body
    assert body["swapRecord"] is None
    assert not requests_to(case, "createRecord")


def test_createRecord_would_answer_500_to_a_repeat(case: BlueskyCase) -> None:  # noqa: N802 - the method's name
    case.connect().publish(make_post(), TOKEN)
    put = requests_to(case, "putRecord")[0]
    again = replace(put, path="/xrpc/com.atproto.repo.createRecord")
    assert case.fake.handle_request(again).status == 500


def test_the_same_token_makes_one_post_whatever_the_text_has_become(case: BlueskyCase) -> None:
    first = case.connect().publish(make_post("one"), TOKEN)
    mended = make_post("one, mended", created_at="2028-01-01T00:00:00Z")
    assert case.connect().publish(mended, TOKEN) == first
    assert [seen.text for seen in case.list_posts()] == ["one"]
    assert len(requests_to(case, "putRecord")) == 2


def test_a_repeat_makes_one_post_even_years_later(case: BlueskyCase) -> None:
    network = case.connect()
    first = network.publish(make_post(), TOKEN)
    case.now += timedelta(days=3650)
    assert network.publish(make_post("again"), TOKEN) == first
    assert case.connect().find(make_post("again"), TOKEN) == first
    assert len(case.list_posts()) == 1


def test_a_swap_refused_with_nothing_to_see_is_unknown(case: BlueskyCase) -> None:
    fail_next_put(case, 400, "InvalidSwap")
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, OutcomeUnknown)


def test_a_swap_refused_by_a_server_that_then_fails_is_unknown(case: BlueskyCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    case.server.break_next(Fault(Reply(500)), case.is_lookup)
    error = expect_failure(case, lambda: case.connect().publish(make_post("other"), TOKEN))
    assert isinstance(error, OutcomeUnknown)


def test_an_answer_about_another_record_is_no_proof(case: BlueskyCase) -> None:
    strange = Reply(
        200, {"uri": f"at://{DID}/{POSTS}/2222222222222", "cid": "bafyreiaaaaaaaaaaaaa"}
    )
    case.server.break_next(Fault(strange), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, OutcomeUnknown)


def test_every_try_sends_the_same_bytes(case: BlueskyCase) -> None:
    post = make_post(TRICKY_TEXTS["links and tags"], pictures=make_pictures(case.folder, 4))
    case.connect().publish(post, TOKEN)
    case.now += timedelta(days=1)
    case.fake.delete_post(case.fake.post_keys[0])
    case.memory = DictMemory()
    case.connect().publish(post, TOKEN)
    first, second = requests_to(case, "putRecord")
    assert first.body == second.body


def test_a_receipt_is_the_address_and_the_public_page(case: BlueskyCase) -> None:
    receipt = case.connect().publish(make_post(), TOKEN)
    key = case.fake.post_keys[0]
    assert receipt.id == f"at://{DID}/{POSTS}/{key}"
    assert receipt.url == f"https://bsky.app/profile/{DID}/post/{key}"


def test_a_post_is_found_by_its_key_whatever_it_says(case: BlueskyCase) -> None:
    made = case.connect().publish(make_post("one"), TOKEN)
    assert case.connect().find(make_post("quite another text"), TOKEN) == made


def test_only_RecordNotFound_is_an_absence(case: BlueskyCase) -> None:  # noqa: N802 - the error's name
    case.connect().publish(make_post(), TOKEN)
    for status, name in ((400, "InvalidRequest"), (404, "RecordNotFound"), (501, "NotHere")):
        reply = Reply(status, {"error": name, "message": "no"})
        case.server.break_next(Fault(reply), case.is_lookup)
        error = expect_failure(case, lambda: case.connect().find(make_post(), TOKEN))
        assert isinstance(error, NotSent)


def test_a_post_is_found_while_no_sign_in_is_left(case: BlueskyCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    case.now += timedelta(hours=3)
    case.server.requests.clear()
    assert case.connect().find(make_post(), TOKEN)
    assert not any(map(case.is_sign_in, case.server.requests))


def test_all_pages_are_read_back_and_other_clients_oddities_passed_over(case: BlueskyCase) -> None:
    for number in range(230):
        value = {
            "text": f"post {number}",
            "createdAt": f"2027-01-01T00:{number // 60:02}:00.123456789Z",
        }
        case.fake.put_record(
            POSTS, f"3{number:012}".translate(str.maketrans("0189", "wxyz")), value
        )
    odds: list[dict[str, Any]] = [{"text": "no date"}, {"createdAt": "2027"}, {"text": 1}]
    for number, odd in enumerate(odds):
        case.fake.put_record(POSTS, f"3zzzzzzzzzzz{'abc'[number]}", odd)
    found = case.connect().recent(LONG_AGO)
    assert len(found) == 230
    assert [one.posted_at for one in found] == sorted((o.posted_at for o in found), reverse=True)
    assert len(requests_to(case, "listRecords")) == 4


def test_a_list_that_never_ends_is_no_answer(case: BlueskyCase) -> None:
    case.connect().publish(make_post(), TOKEN)
    page = {"records": [{"uri": "at://x/y/z", "cid": "c", "value": {}}]}
    serial = iter(range(10_000))
    case.server.app = lambda _request: Reply(200, page | {"cursor": str(next(serial))})
    error = expect_failure(case, lambda: case.connect().recent(LONG_AGO))
    assert isinstance(error, NotSent)


def test_doctor_is_told_of_the_label_and_of_the_kind_of_password(case: BlueskyCase) -> None:
    notes = case.connect().check().notes
    assert any("lacks the self-label bot" in note for note in notes)
    assert any("with an app password" in note for note in notes)
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    case.fake.put_record("app.bsky.actor.profile", "self", {"labels": labels})
    case.fake.scope, case.memory = "com.atproto.access", DictMemory()
    notes = case.connect().check().notes
    assert any("has the self-label bot" in note for note in notes)
    assert any("make an app password" in note for note in notes)


def test_doctor_renews_an_ended_session_itself(case: BlueskyCase) -> None:
    case.connect().check()
    case.fake.access.clear()
    assert case.connect().check().handle == f"@{HANDLE}"
    assert len(requests_to(case, "createSession")) == 1


def test_the_fake_answers_as_the_lexicons_say(case: BlueskyCase) -> None:
    answers: list[tuple[str, Reply]] = []
    app = case.server.app

    def record_answer(request: Request) -> Reply:
        reply = app(request)
        answers.append((request.path.removeprefix("/xrpc/"), reply))
        return reply

    case.server.app = record_answer
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    case.now += timedelta(hours=3)
    case.connect().check()
    case.connect().find(make_post(), TOKEN)
    case.connect().recent(LONG_AGO)
    good = [(name, reply.data) for name, reply in answers if reply.status == 200]
    assert len({name for name, _ in good}) == 7
    for name, data in good:
        validate_output(name, data)


_NAMES = st.sampled_from(
    ["InvalidSwap", "RecordNotFound", "ExpiredToken", "InvalidToken", "AccountTakedown", "x", ""]
)
_PARTS: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, "", "x", [], [{}], {}, {"ref": {"$link": "x"}}, {"val": "bot"}]
)
_SAID = st.fixed_dictionaries(
    {},
    optional={"error": _NAMES | _PARTS}
    | dict.fromkeys(("uri", "cid", "value", "records", "cursor", "blob", "message"), _PARTS)
    | dict.fromkeys(("accessJwt", "refreshJwt", "did", "handle", "active", "didDoc"), _PARTS),
)


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    which=st.integers(0, 4),
    status=st.sampled_from([200, 202, 400, 401, 403, 404, 409, 429, 500, 502]),
    said=_SAID | _PARTS,
)
def test_no_odd_answer_to_any_request_escapes_or_repeats(
    case: BlueskyCase, which: int, status: int, said: object
) -> None:
    """Sign-in, the post it answers, the upload and the post itself, each answered oddly."""
    network, puts = case.connect(), len(case.list_create_requests())
    parent = case.fake.put_record(POSTS, "3aaaaaaaaaaaa", {"text": "a", "createdAt": "2027-01-01"})
    assert parent
    if which == 0:
        case.memory.values.clear()
    paths = ("createSession", "getRecord", "uploadBlob", "putRecord", "getSession")
    fault = Fault(Reply(status, said))
    case.server.break_next(fault, lambda request: request.path.endswith(paths[which]))
    post = make_post(
        picture=make_picture(case.folder), reply_to=f"at://{DID}/{POSTS}/3aaaaaaaaaaaa"
    )
    for call in (lambda: network.publish(post, TOKEN), network.check):
        with suppress(*PUBLISH_ERRORS):
            call()
    assert len(case.list_create_requests()) <= puts + 1
