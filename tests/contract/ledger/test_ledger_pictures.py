"""A card's bytes are kept from the claim on until the delivery is settled."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import ClaimPrepared
from perihelion.model.deliveries import State
from perihelion.model.posts import Media, Post
from tests.fakes.ledger_testbed import NOON, LedgerTestbed, make_key, make_planned, make_result

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim
    from perihelion.model.deliveries import Delivery

DATA = bytes(range(256)) * 400
CARD = Media("", "a card", sha256=sha256(DATA).hexdigest(), data=DATA)
POST = Post("text", "en", "2027-03-02T12:00:00Z", pictures=(Media("a.png", "a file"), CARD))


def prepare_card(delivery: Delivery) -> ClaimPrepared:
    return ClaimPrepared(delivery.post or POST)


def claim_card(testbed: LedgerTestbed, ledger: Ledger, number: int = 1) -> Claim:
    testbed.promise_deliveries(ledger, make_planned(number))
    return testbed.claim_deliveries(ledger, prepare=prepare_card)[0]


def count_kept(testbed: LedgerTestbed) -> int:
    return int(testbed.execute_sql("SELECT count(*) FROM pictures")[0][0])


def load(ledger: Ledger, number: int = 1) -> bytes | None:
    post = ledger.get_delivery(make_key(number)).post
    assert post is not None
    assert post.pictures[1].data is None, "the post itself holds no bytes"
    return ledger.load_cards(make_key(number), post).pictures[1].data


def test_another_process_reads_the_same_bytes(testbed: LedgerTestbed) -> None:
    claim_card(testbed, testbed.open_worker())
    assert load(testbed.open_ledger()) == DATA


def test_a_post_without_a_card_is_as_it_was(testbed: LedgerTestbed) -> None:
    plain = replace(POST, pictures=POST.pictures[:1])
    assert testbed.open_worker().load_cards(make_key(), plain) is plain


@pytest.mark.parametrize("state", [State.SENT, State.REJECTED])
def test_the_bytes_are_deleted_once_the_delivery_is_settled(
    testbed: LedgerTestbed, state: State
) -> None:
    ledger = testbed.open_worker()
    claim = claim_card(testbed, ledger)
    ledger.delete_settled_pictures()
    assert count_kept(testbed) == 1
    testbed.settle_claims(ledger, make_result(claim, state))
    ledger.delete_settled_pictures()
    assert count_kept(testbed) == 0


@pytest.mark.parametrize("state", [State.UNKNOWN, State.WAITING, State.HELD])
def test_the_bytes_stay_while_the_delivery_is_not_settled(
    testbed: LedgerTestbed, state: State
) -> None:
    ledger = testbed.open_worker()
    claim = claim_card(testbed, ledger)
    testbed.settle_claims(ledger, make_result(claim, state, ready_at=NOON))
    ledger.delete_settled_pictures()
    assert load(ledger) == DATA


def test_one_delivery_s_bytes_outlive_those_of_another(testbed: LedgerTestbed) -> None:
    """The same card on two accounts, or twice on one: each has its own copy."""
    ledger = testbed.open_worker()
    first = claim_card(testbed, ledger, 1)
    testbed.settle_claims(ledger, make_result(first))
    claim_card(testbed, ledger, 2)
    ledger.delete_settled_pictures()
    assert (load(ledger, 1), load(ledger, 2)) == (None, DATA)
