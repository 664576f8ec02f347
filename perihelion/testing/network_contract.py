"""What every network must do. A network joins with one file: a case, and a class of tests.

class TestMastodon(WireContract):
    case_type = MastodonCase
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import LocalFault, NotSent, ParentGone, Rejected
from perihelion.networks.base import DedupeMethod, Network, lease_checked_by
from perihelion.testing.cases import (
    Case,
    assert_no_secret,
    assert_pictures_stored,
    expect_failure,
    make_picture,
    make_pictures,
    make_post,
    skip_unless,
)
from perihelion.testing.lookup_contract import LookupContract
from perihelion.testing.samples import OTHER_TOKEN, TOKEN, TRICKY_TEXTS

if TYPE_CHECKING:
    from perihelion.model.posts import Media


LEASE = (
    "Send each request through `HttpClient` of perihelion.networks.shared.http_client, or call "
    "`require_lease()` of perihelion.networks.base right before the create request leaves."
)


class NetworkContract(LookupContract):
    """For every network, wire or none."""

    def test_it_follows_the_protocol(self, case: Case, network: Network) -> None:
        assert isinstance(network, Network)
        assert network.name
        assert network.dedupe.method is case.method
        assert network.limits.length > 0
        assert network.not_before() is None

    @pytest.mark.parametrize("text", TRICKY_TEXTS.values(), ids=TRICKY_TEXTS.keys())
    def test_text_arrives_unchanged(self, case: Case, network: Network, text: str) -> None:
        network.publish(make_post(text), TOKEN)
        assert [seen.text for seen in case.list_posts()] == [text]

    def test_a_receipt_names_the_post(self, network: Network) -> None:
        first = network.publish(make_post("one"), TOKEN)
        second = network.publish(make_post("two"), OTHER_TOKEN)
        assert first.id
        assert second.id
        assert first.id != second.id

    def test_the_language_arrives(self, case: Case, network: Network) -> None:
        skip_unless(case.languages, "this network keeps no language")
        network.publish(make_post(), TOKEN)
        assert case.list_posts()[0].language == "de"

    def test_its_limits_say_whether_there_are_replies(self, case: Case, network: Network) -> None:
        assert network.limits.replies is case.replies

    def test_a_reply_answers_its_post(self, case: Case, network: Network) -> None:
        skip_unless(case.replies, "this network has no replies")
        first = network.publish(make_post("one"), TOKEN)
        network.publish(make_post("two", reply_to=first.id), OTHER_TOKEN)
        assert case.list_posts()[1].reply_to == first.id

    def test_an_answer_to_a_post_that_is_gone_is_told_apart(
        self, case: Case, network: Network
    ) -> None:
        skip_unless(case.refuses_missing_parents, "this network takes such an answer")
        receipt = network.publish(make_post("one"), TOKEN)
        answer = make_post("two", reply_to=f"{receipt.id}9")
        error = expect_failure(case, lambda: network.publish(answer, OTHER_TOKEN))
        assert type(error) is ParentGone
        assert len(case.list_posts()) == 1

    def test_a_text_at_the_limit_passes(self, case: Case, network: Network) -> None:
        text = case.make_text(network.limits.length, network.limits)
        network.publish(make_post(text), TOKEN)
        assert case.list_posts() == [replace(case.list_posts()[0], text=text)]

    def test_one_over_the_limit_is_refused_before_any_request(
        self, case: Case, network: Network
    ) -> None:
        text = case.make_text(network.limits.length + 1, network.limits)
        error = expect_failure(case, lambda: network.publish(make_post(text), TOKEN))
        assert isinstance(error, (Rejected, LocalFault))
        assert case.count_writes() == 0

    def test_alt_text_arrives_with_its_picture(self, case: Case, network: Network) -> None:
        skip_unless(case.pictures and case.alt_texts, "this network has no alt text")
        picture = make_picture(case.folder, alt=TRICKY_TEXTS["emoji"])
        network.publish(make_post(picture=picture), TOKEN)
        assert case.list_posts()[0].alt == TRICKY_TEXTS["emoji"]

    def test_an_alt_text_over_the_limit_is_refused_before_any_request(
        self, case: Case, network: Network
    ) -> None:
        skip_unless(case.pictures and case.alt_texts, "this network has no alt text")
        picture = make_picture(case.folder, alt="x" * (network.limits.alt_length + 1))
        error = expect_failure(case, lambda: network.publish(make_post(picture=picture), TOKEN))
        assert isinstance(error, (Rejected, LocalFault))
        assert case.count_writes() == 0

    def test_a_picture_that_cannot_be_read_makes_no_post(
        self, case: Case, network: Network
    ) -> None:
        skip_unless(case.pictures, "this network takes no pictures")
        picture = replace(make_picture(case.folder), file=str(case.folder / "missing.png"))
        error = expect_failure(case, lambda: network.publish(make_post(picture=picture), TOKEN))
        assert isinstance(error, (Rejected, NotSent))
        assert case.count_writes() == 0

    def test_several_pictures_arrive_in_order_each_with_its_alt_text(
        self, case: Case, network: Network
    ) -> None:
        pictures = make_several_pictures(case, network)
        network.publish(make_post(pictures=pictures), TOKEN)
        assert_pictures_stored(case, case.list_posts()[0], pictures)

    def test_more_pictures_than_it_takes_are_refused_before_any_request(
        self, case: Case, network: Network
    ) -> None:
        skip_unless(case.pictures, "this network takes no pictures")
        pictures = make_pictures(case.folder, network.limits.pictures + 1)
        error = expect_failure(case, lambda: network.publish(make_post(pictures=pictures), TOKEN))
        assert isinstance(error, (Rejected, LocalFault))
        assert case.count_writes() == 0

    def test_one_of_several_pictures_that_cannot_be_read_makes_no_post(
        self, case: Case, network: Network
    ) -> None:
        *good, last = make_several_pictures(case, network)
        bad = replace(last, file=str(case.folder / "missing.png"))
        error = expect_failure(
            case, lambda: network.publish(make_post(pictures=(*good, bad)), TOKEN)
        )
        assert isinstance(error, (Rejected, NotSent))
        assert case.count_writes() == 0

    def test_the_same_token_twice_gives_one_post(self, case: Case, network: Network) -> None:
        skip_unless(case.method is DedupeMethod.KEYED, "this network knows no token")
        first = network.publish(make_post(), TOKEN)
        assert case.connect().publish(make_post(), TOKEN) == first
        assert len(case.list_posts()) == 1

    def test_another_token_gives_another_post(self, case: Case, network: Network) -> None:
        skip_unless(case.method is DedupeMethod.KEYED, "this network knows no token")
        first = network.publish(make_post("one"), TOKEN)
        assert network.publish(make_post("two"), OTHER_TOKEN) != first
        assert len(case.list_posts()) == 2

    def test_nothing_is_made_once_the_lease_has_ended(self, case: Case, network: Network) -> None:
        """The worker may have stood still while the adapter got ready (rule 6)."""
        with lease_checked_by(raise_lease_ended), suppress(NotSent):
            network.publish(make_post(), TOKEN)
        if case.list_posts() or case.count_writes():
            pytest.fail(f"A request left after the lease had ended. {LEASE}")

    def test_check_names_the_account_and_writes_nothing(self, case: Case, network: Network) -> None:
        assert network.check().handle
        assert case.count_writes() == 0
        assert case.list_posts() == []

    def test_no_secret_shows_in_an_adapter(self, case: Case, network: Network) -> None:
        assert_no_secret(case, repr(network))
        assert_no_secret(case, str(network))
        assert_no_secret(case, repr(network.check()))

    def test_asking_for_limits_and_promises_writes_nothing(
        self, case: Case, network: Network
    ) -> None:
        assert network.limits == network.limits
        assert network.dedupe == network.dedupe
        assert case.count_writes() == 0


def raise_lease_ended() -> None:
    """As the worker's own check, when another one has taken the delivery over."""
    raise NotSent("the lease has ended")


def make_several_pictures(case: Case, network: Network) -> tuple[Media, ...]:
    """As many pictures as the network takes; skips a test where that is not more than one."""
    most = network.limits.pictures if case.pictures else 0
    skip_unless(most > 1, "this network takes no more than one picture")
    return make_pictures(case.folder, most)
