"""What a network with `edit` must do besides: a published post is changed, and stays the same post.

class TestMastodonEdits(EditContract):
    case_type = MastodonCase
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import (
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    RefusedForNow,
    Rejected,
)
from perihelion.model.posts import Receipt
from perihelion.networks.base import lease_checked_by
from perihelion.publish.corrections import EditingNetwork
from perihelion.testing.cases import expect_failure, make_picture, make_post, skip_unless
from perihelion.testing.contract_fixtures import HttpCaseFixtures
from perihelion.testing.faults import LOST_ANSWERS, patience_for
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.network_contract import raise_lease_ended
from perihelion.testing.samples import OTHER_TOKEN, TOKEN, TRICKY_TEXTS

if TYPE_CHECKING:
    from perihelion.model.posts import Post
    from perihelion.networks.base import Network
    from perihelion.testing.cases import HttpCase
    from perihelion.testing.http_server import Request


class EditContract(HttpCaseFixtures):
    """For every network behind an HTTP server that can edit. `is_edit` finds the request."""

    def is_edit(self, request: Request) -> bool:
        """Whether this is the request that changes a post."""
        return request.method in {"PUT", "PATCH"}

    def count_edits(self, wire: HttpCase) -> int:
        """How many edits arrived."""
        return sum(map(self.is_edit, wire.server.requests))

    def test_its_requests_keep_to_the_network_s_contract(
        self, wire: HttpCase, network: Network
    ) -> None:
        picture = make_picture(wire.folder) if wire.pictures else None
        for post in (make_post("a typo", picture=picture), make_post("another typo")):
            receipt = network.publish(post, TOKEN if post.picture else OTHER_TOKEN)
            edit(network, receipt, replace(post, text="no typo"))
        for request in wire.server.requests:
            wire.validate_request(request)

    @pytest.mark.parametrize("text", TRICKY_TEXTS.values(), ids=TRICKY_TEXTS.keys())
    def test_an_edit_changes_the_text_of_the_one_post(
        self, wire: HttpCase, network: Network, text: str
    ) -> None:
        receipt = network.publish(make_post("a typo"), TOKEN)
        edit(network, receipt, make_post(text))
        assert [seen.text for seen in wire.list_posts()] == [text]
        assert self.count_edits(wire) == 1

    def test_the_same_edit_twice_changes_nothing_more(
        self, wire: HttpCase, network: Network
    ) -> None:
        receipt = network.publish(make_post("a typo"), TOKEN)
        receipt = edit(network, receipt, make_post("no typo"))
        edit(network, receipt, make_post("no typo"))
        assert [seen.text for seen in wire.list_posts()] == ["no typo"]

    def test_its_picture_stays(self, wire: HttpCase, network: Network) -> None:
        skip_unless(wire.pictures, "this network takes no pictures")
        post = make_post("a typo", picture=make_picture(wire.folder))
        receipt = network.publish(post, TOKEN)
        (before,) = wire.list_posts()
        edit(network, receipt, replace(post, text="no typo"))
        assert wire.list_posts() == [replace(before, text="no typo")]

    def test_a_post_that_is_gone_is_rejected_and_not_made_anew(
        self, wire: HttpCase, network: Network
    ) -> None:
        receipt = network.publish(make_post("one"), TOKEN)
        gone = Receipt(f"{receipt.id}9")
        error = expect_failure(wire, lambda: edit(network, gone, make_post("two")))
        assert isinstance(error, Rejected)
        assert [seen.text for seen in wire.list_posts()] == ["one"]

    @pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS.keys())
    def test_a_lost_answer_is_unknown_and_never_sent_again(
        self, wire: HttpCase, fault: Fault
    ) -> None:
        network = wire.connect(patience=patience_for(fault))
        receipt = network.publish(make_post("a typo"), TOKEN)
        wire.server.break_next(fault, self.is_edit)
        error = expect_failure(wire, lambda: edit(network, receipt, make_post("no typo")))
        assert isinstance(error, OutcomeUnknown)
        assert self.count_edits(wire) == 1

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
    def test_a_refusal_is_never_unknown(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        receipt = network.publish(make_post("a typo"), TOKEN)
        wire.server.break_next(Fault(Reply(status, wire.error_body)), self.is_edit)
        error = expect_failure(wire, lambda: edit(network, receipt, make_post("no typo")))
        assert isinstance(error, (Rejected, Credentials, NotSent, RefusedForNow))
        assert self.count_edits(wire) == 1

    def test_a_text_over_the_limit_is_refused_before_any_request(
        self, wire: HttpCase, network: Network
    ) -> None:
        receipt = network.publish(make_post("a typo"), TOKEN)
        text = wire.make_text(network.limits.length + 1, network.limits)
        error = expect_failure(wire, lambda: edit(network, receipt, make_post(text)))
        assert isinstance(error, (Rejected, LocalFault))
        assert self.count_edits(wire) == 0

    def test_nothing_is_changed_once_the_lease_has_ended(
        self, wire: HttpCase, network: Network
    ) -> None:
        receipt = network.publish(make_post("a typo"), TOKEN)
        with lease_checked_by(raise_lease_ended), suppress(NotSent):
            edit(network, receipt, make_post("no typo"))
        assert [seen.text for seen in wire.list_posts()] == ["a typo"]


def edit(network: Network, receipt: Receipt, post: Post) -> Receipt:
    """The edit of a network that must know how."""
    assert isinstance(network, EditingNetwork)
    return network.edit(receipt, post)
