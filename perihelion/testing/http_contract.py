"""What every network behind an HTTP server must do besides, however the server behaves."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import Credentials, NotSent, OutcomeUnknown
from perihelion.networks.base import DedupeMethod
from perihelion.testing.cases import (
    HttpCase,
    assert_pictures_stored,
    expect_failure,
    make_picture,
    make_pictures,
    make_post,
    skip_unless,
)
from perihelion.testing.faults import (
    LOST_ANSWERS,
    MAX_SECONDS,
    UPLOAD_FAULTS,
    patience_for,
    skip_first,
)
from perihelion.testing.fuzz import fuzz_create_answers
from perihelion.testing.http_lookup_contract import HttpLookupContract
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.network_contract import NetworkContract, make_several_pictures
from perihelion.testing.proxy_contract import ProxyContract
from perihelion.testing.refusal_contract import RefusalContract
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN, TRICKY_TEXTS

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.networks.base import Network


class HttpContract(HttpLookupContract, ProxyContract, RefusalContract, NetworkContract):
    """For every network behind an HTTP server."""

    def test_success_takes_exactly_one_create_request(
        self, wire: HttpCase, network: Network
    ) -> None:
        network.publish(make_post(), TOKEN)
        assert len(wire.list_create_requests()) == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
    def test_a_server_error_without_json_is_unknown(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        page = Reply(status, body=b"<html>oops</html>")
        wire.server.break_next(Fault(page, acted=True), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, OutcomeUnknown)
        assert len(wire.list_create_requests()) == 1

    @pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS.keys())
    def test_a_lost_answer_is_unknown_in_time_and_never_sent_again(
        self, wire: HttpCase, fault: Fault
    ) -> None:
        network = wire.connect(patience=patience_for(fault))
        wire.server.break_next(fault, wire.is_create)
        begun = time.monotonic()
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert time.monotonic() - begun < MAX_SECONDS
        assert isinstance(error, OutcomeUnknown)
        assert len(wire.list_create_requests()) == 1

    @pytest.mark.parametrize("fault", ["no answer", "cut in the body", "no JSON"])
    def test_a_lost_answer_is_settled_to_one_post(self, wire: HttpCase, fault: str) -> None:
        skip_unless(wire.method is not DedupeMethod.NONE, "this network cannot tell")
        network = wire.connect(patience=patience_for(LOST_ANSWERS[fault]))
        wire.server.break_next(LOST_ANSWERS[fault], wire.is_create)
        expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        if wire.method is DedupeMethod.KEYED:
            assert wire.connect().publish(make_post(), TOKEN).id
        else:
            assert wire.connect().find(make_post(), TOKEN) is not None
        assert len(wire.list_posts()) == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_never_followed(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        reply = Reply(status, {}, headers={"Location": f"{wire.server.url}/elsewhere"})
        wire.server.break_next(Fault(reply), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, (NotSent, OutcomeUnknown))
        assert len(wire.list_create_requests()) == 1
        assert not any(request.path == "/elsewhere" for request in wire.server.requests)

    def test_a_refused_connection_is_not_sent(self, wire: HttpCase, network: Network) -> None:
        wire.server.close()
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)

    def test_a_rate_limit_says_until_when(self, wire: HttpCase, network: Network) -> None:
        reply = Reply(429, wire.error_body, headers={"Retry-After": "90.5"})
        wire.server.break_next(Fault(reply), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)
        assert error.retry_after == timedelta(seconds=90.5)
        assert network.not_before() is not None

    @pytest.mark.parametrize("status", [401, 413, 422, 429, 500])
    def test_no_picture_no_post(self, wire: HttpCase, network: Network, status: int) -> None:
        wire.server.break_next(Fault(Reply(status, wire.error_body)), wire.is_upload)
        self._no_post_without_picture(wire, network)

    @pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS.keys())
    def test_a_lost_upload_makes_no_post_and_is_never_unknown(
        self, wire: HttpCase, fault: Fault
    ) -> None:
        wire.server.break_next(fault, wire.is_upload)
        self._no_post_without_picture(wire, wire.connect(patience=patience_for(fault)))

    def _no_post_without_picture(self, wire: HttpCase, network: Network) -> None:
        skip_unless(wire.pictures, "this network takes no pictures")
        skip_unless(wire.uploads_first, "the picture goes with the post")
        post = make_post(picture=make_picture(wire.folder))
        begun = time.monotonic()
        error = expect_failure(wire, lambda: network.publish(post, TOKEN))
        assert time.monotonic() - begun < MAX_SECONDS
        unknown_is_fair = any(map(wire.is_create, wire.server.requests))
        assert unknown_is_fair or not isinstance(error, OutcomeUnknown)
        assert wire.list_posts() == []

    @pytest.mark.parametrize("fault", UPLOAD_FAULTS.values(), ids=UPLOAD_FAULTS.keys())
    def test_a_failing_second_upload_makes_no_post_and_the_next_try_makes_one(
        self, wire: HttpCase, network: Network, fault: Fault
    ) -> None:
        pictures = make_several_pictures(wire, network)
        skip_unless(wire.uploads_first, "the pictures go with the post")
        network.publish(make_post(pictures=pictures), OTHER_TOKEN)
        for position in range(1, sum(map(wire.is_upload, wire.server.requests))):
            post, token = make_post(f"post {position}", pictures=pictures), f"{position:032x}"
            wire.server.break_next(fault, skip_first(position, wire.is_upload))
            error = expect_failure(wire, partial(network.publish, post, token))
            assert not isinstance(error, OutcomeUnknown)
            assert len(wire.list_posts()) == len(wire.list_create_requests()) == position
            network.publish(post, token)
            assert len(wire.list_posts()) == position + 1
            assert_pictures_stored(wire, wire.list_posts()[-1], pictures)

    @pytest.mark.parametrize("fault", ["cut in the body", "no JSON"])
    def test_a_lost_answer_to_several_pictures_is_settled_to_one_post(
        self, wire: HttpCase, network: Network, fault: str
    ) -> None:
        skip_unless(wire.method is not DedupeMethod.NONE, "this network cannot tell")
        post = make_post(
            TRICKY_TEXTS["links and tags"], pictures=make_several_pictures(wire, network)
        )
        wire.server.break_next(LOST_ANSWERS[fault], wire.is_create)
        assert isinstance(
            expect_failure(wire, lambda: network.publish(post, TOKEN)), OutcomeUnknown
        )
        again = wire.connect()
        found = (
            again.publish(post, TOKEN)
            if wire.method is DedupeMethod.KEYED
            else again.find(post, TOKEN)
        )
        assert found is not None
        (seen,) = wire.list_posts()
        assert_pictures_stored(wire, seen, post.pictures)

    def test_check_tells_dead_credentials(self, wire: HttpCase, network: Network) -> None:
        wire.server.break_next(Fault(Reply(401, wire.error_body)), wire.is_check)
        assert isinstance(expect_failure(wire, network.check), Credentials)

    @pytest.mark.parametrize("fault", ["no answer", "a drip", "cut in the body", "no JSON"])
    def test_check_ends_in_time_whatever_comes(self, wire: HttpCase, fault: str) -> None:
        network = wire.connect(patience=patience_for(LOST_ANSWERS[fault]))
        wire.server.break_next(LOST_ANSWERS[fault], wire.is_check)
        begun = time.monotonic()
        assert isinstance(expect_failure(wire, network.check), (NotSent, OutcomeUnknown))
        assert time.monotonic() - begun < MAX_SECONDS

    def test_a_dead_server_spoils_no_limits(self, wire: HttpCase) -> None:
        network = wire.connect()
        wire.server.close()
        assert network.limits.length > 0
        assert network.dedupe.method in DedupeMethod

    def test_every_request_keeps_to_the_official_contract(
        self, wire: HttpCase, network: Network
    ) -> None:
        network.check()
        first = network.publish(make_post(TRICKY_TEXTS["links and tags"]), TOKEN)
        reply_to = first.id if wire.replies else None
        pictures = make_pictures(wire.folder, network.limits.pictures if wire.pictures else 0)
        network.publish(make_post(pictures=pictures, reply_to=reply_to), TOKEN[::-1])
        if wire.can_read_back:
            network.find(make_post(), TOKEN)
            network.recent(LONG_AGO)
        for request in wire.server.requests:
            wire.validate_request(request)

    def test_fuzzed_answers_never_escape_nor_repeat(self, tmp_path: Path) -> None:
        wire = self.case_type(tmp_path)
        try:
            fuzz_create_answers(wire)
        finally:
            wire.close()
