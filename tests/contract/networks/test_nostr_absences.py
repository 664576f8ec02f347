"""No post is taken for absent before every relay was read to its end (rule 2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.errors import NotSent
from perihelion.publish.look_ups import TimelineNetwork
from perihelion.testing.cases import expect_failure, make_post
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.test_nostr_contract import NostrCase
from tests.fakes.nostr_relay import RelayFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def look(case: NostrCase) -> object:
    return case.connect().find(make_post("never made"), OTHER_TOKEN)


@pytest.fixture
def nostr(tmp_path: Path) -> Iterator[NostrCase]:
    made = NostrCase(tmp_path)
    for number in range(3):
        post = make_post(f"post {number}", created_at=f"2027-02-28T15:00:0{number}Z")
        made.connect().publish(post, f"{number:032x}")
    yield made
    made.close()


def show(*events: dict[str, Any]) -> RelayFault:
    frames = [json.dumps(["EVENT", "perihelion", event]) for event in events]
    return RelayFault(frames=(*frames, '["EOSE","perihelion"]'))


def test_a_relay_that_ignores_until_proves_no_absence(nostr: NostrCase) -> None:
    for _ in range(2):
        nostr.relay.break_next("REQ", show(*nostr.relay.events[1:]))
    error = expect_failure(nostr, lambda: look(nostr))
    assert "repeats a page" in str(error)


def test_a_relay_that_fails_at_its_second_page_proves_no_absence(nostr: NostrCase) -> None:
    nostr.relay.break_next("REQ", show(*nostr.relay.events))
    nostr.relay.break_next("REQ", RelayFault(cut=True))
    assert type(expect_failure(nostr, lambda: look(nostr))) is NotSent


def test_a_relay_that_cuts_its_pages_within_a_second_proves_no_absence(nostr: NostrCase) -> None:
    for token in ("a", "b"):
        post = make_post(f"post {token}", created_at="2027-02-28T15:00:02Z")
        nostr.connect().publish(post, token * 32)
    nostr.relay.max_events = 2
    error = expect_failure(nostr, lambda: look(nostr))
    assert "more posts than the server shows" in str(error)


def test_a_relay_that_is_read_to_its_end_tells(nostr: NostrCase) -> None:
    nostr.relay.max_events = 2
    network = nostr.connect()
    assert network.find(make_post("never made"), OTHER_TOKEN) is None
    assert network.find(make_post("whatever"), TOKEN) is None


def test_look_ups_that_share_a_timeline_ask_each_relay_once(nostr: NostrCase) -> None:
    network = nostr.connect()
    assert isinstance(network, TimelineNetwork)
    find = network.open_timeline()
    nostr.relay.received.clear()
    assert find(make_post("never made"), OTHER_TOKEN) is None
    asked = len(nostr.relay.received)
    for number in range(3):
        later = make_post(f"post {number}", created_at=f"2027-02-28T16:00:0{number}Z")
        assert find(later, f"{number:032x}")
    assert len(nostr.relay.received) == asked > 0
