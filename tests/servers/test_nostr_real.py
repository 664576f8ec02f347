"""Against real relays: two processes of nostr-relay on loopback."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from perihelion.model.errors import NotSent, RefusedForNow
from perihelion.networks.nostr.adapter import Nostr
from perihelion.networks.nostr.events import event_id
from perihelion.networks.nostr.keys import parse_key
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import make_picture, make_post
from perihelion.testing.contexts import make_context
from perihelion.testing.http_server import FakeServer, Reply
from perihelion.testing.samples import TOKEN, TRICKY_TEXTS
from tests.fakes.real_nostr_relay import running_relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.posts import Post

NOW = datetime.now(UTC).replace(microsecond=0)
CREATED = NOW.isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_relay(tmp_path_factory.mktemp("one")) as url:
        yield url


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_relay(tmp_path_factory.mktemp("other")) as url:
        yield url


@pytest.fixture
def secret(request: pytest.FixtureRequest) -> str:
    """A key of each test's own, so that no test sees another's notes."""
    name: str = request.node.name
    return name.encode().hex()[-64:].rjust(64, "1")


def connect_adapter(relays: str, secret: str, notebook: DictMemory, media: str = "") -> Nostr:
    options = (("media_url", media),) if media else ()
    made = make_context("nostr", {"RELAYS": relays, "KEY": secret}, options=options, patience=20)
    return Nostr(replace(made, memory=notebook))


def make_note(text: str = "Eleven years ago today", created_at: str = CREATED) -> Post:
    return make_post(text, created_at=created_at)


def test_torture_texts_come_back_unchanged(relay: str, secret: str) -> None:
    network = connect_adapter(relay, secret, DictMemory())
    for index, text in enumerate(TRICKY_TEXTS.values()):
        network.publish(make_note(text), f"{index:032x}")
    found = network.recent(NOW - timedelta(days=1))
    assert {one.text for one in found} == set(TRICKY_TEXTS.values())
    assert {one.token for one in found} == {f"{n:032x}" for n in range(len(TRICKY_TEXTS))}
    for index, text in enumerate(TRICKY_TEXTS.values()):
        assert network.find(make_note(text), f"{index:032x}") is not None
    assert network.find(make_note(), "f" * 32) is None


def test_the_same_note_again_is_a_duplicate_and_a_success(relay: str, secret: str) -> None:
    """This relay says OK false, `duplicate: exists`."""
    notebook = DictMemory()
    first = connect_adapter(relay, secret, notebook).publish(make_note(), TOKEN)
    assert connect_adapter(relay, secret, notebook).publish(make_note(), TOKEN) == first
    notebook.values.clear()
    assert connect_adapter(relay, secret, notebook).publish(make_note(), TOKEN) == first
    assert len(connect_adapter(relay, secret, notebook).recent(NOW - timedelta(days=1))) == 1


def test_a_refusal_arrives_with_an_empty_id_and_is_told(relay: str, secret: str) -> None:
    network = connect_adapter(relay, secret, DictMemory())
    with pytest.raises(RefusedForNow, match="too old"):
        network.publish(make_note(created_at="2004-01-04T04:35:00Z"), TOKEN)
    assert network.find(make_note(), TOKEN) is None


def test_a_note_from_a_clock_that_runs_ahead_is_not_sent_but_may_be_later(
    relay: str, secret: str
) -> None:
    ahead = (NOW + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    with pytest.raises(NotSent, match="future"):
        connect_adapter(relay, secret, DictMemory()).publish(make_note(created_at=ahead), TOKEN)


def test_one_of_two_relays_is_enough_and_both_get_the_note(
    relay: str, other: str, secret: str
) -> None:
    both = connect_adapter(f"{relay},{other}", secret, DictMemory())
    first = both.publish(make_note("to both"), TOKEN)
    for one in (relay, other):
        found = connect_adapter(one, secret, DictMemory()).find(make_note(), TOKEN)
        assert found is not None
        assert found.id == first.id
    dead = connect_adapter(f"ws://127.0.0.1:9,{other}", secret, DictMemory())
    made = dead.publish(make_note("to one"), TOKEN[::-1])
    assert {one.receipt.id for one in both.recent(NOW - timedelta(days=1))} == {first.id, made.id}


def test_a_picture_s_note_and_a_thread_are_taken(relay: str, secret: str, tmp_path: Path) -> None:
    with FakeServer(lambda _request: Reply(200, body=b"")) as web:
        network = connect_adapter(relay, secret, DictMemory(), web.url)
        picture = make_picture(tmp_path, alt=TRICKY_TEXTS["emoji"])
        one = network.publish(replace(make_note("one"), pictures=(picture,)), f"{1:032x}")
        two = network.publish(replace(make_note("two"), reply_to=one.id), f"{2:032x}")
        three = network.publish(replace(make_note("three"), reply_to=two.id), f"{3:032x}")
    texts = {note.receipt.id: note.text for note in network.recent(NOW - timedelta(days=1))}
    assert texts == {one.id: "one", two.id: "two", three.id: "three"}


def test_check_proves_the_relay_and_writes_nothing(relay: str, secret: str) -> None:
    network = connect_adapter(relay, secret, DictMemory())
    identity = network.check()
    assert identity.handle.startswith("npub1")
    assert identity.notes[0].startswith(f"{relay} answers")
    assert network.recent(NOW - timedelta(days=365)) == ()


def test_a_deleted_note_would_come_back_if_it_were_sent_again(relay: str, secret: str) -> None:
    """A relay hides what a deletion (kind 5) names, but takes the same event anew.

    So nothing may be sent again that is known to have been sent; the ledger sees to that.
    """
    notebook = DictMemory()
    network = connect_adapter(relay, secret, notebook)
    made = network.publish(make_note(), TOKEN)
    _delete_note(relay, secret, made.id)
    assert network.find(make_note(), TOKEN) is None
    assert network.publish(make_note(), TOKEN) == made
    assert network.find(make_note(), TOKEN) is not None


def _delete_note(relay: str, secret: str, number: str) -> None:
    key = parse_key(secret)
    event = {
        "pubkey": key.public,
        "created_at": int(NOW.timestamp()) + 1,
        "kind": 5,
        "tags": [["e", number]],
        "content": "",
    }
    signed = {"id": event_id(event), **event, "sig": key.sign(event_id(event))}
    with connect(relay) as connection:
        connection.send(json.dumps(["EVENT", signed]))
        assert json.loads(connection.recv(timeout=20))[2] is True
