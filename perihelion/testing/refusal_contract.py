"""What every network behind an HTTP server must make of a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import Credentials, RefusedForNow
from perihelion.testing.cases import HttpCase, expect_failure, make_post
from perihelion.testing.contract_fixtures import HttpCaseFixtures
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import TOKEN

if TYPE_CHECKING:
    from perihelion.networks.base import Network
    from perihelion.testing.http_server import Request

ERROR_STATUSES = (400, 401, 403, 404, 422, 429, 500, 502, 503)


class RefusalContract(HttpCaseFixtures):
    """For every network behind an HTTP server: the part about refusals."""

    @pytest.mark.parametrize("status", ERROR_STATUSES)
    def test_a_refusal_is_sorted_and_never_sent_again(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        wire.server.break_next(Fault(Reply(status, wire.error_body)), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert type(error) is wire.errors_by_status[status]
        assert len(wire.list_create_requests()) == 1
        assert wire.list_posts() == []

    @pytest.mark.parametrize("status", [400, 403, 422])
    @pytest.mark.parametrize("body", [b"blocked", b"<html><title>blocked</title></html>"])
    def test_a_refusal_in_other_words_than_the_api_s_never_rejects_the_post(
        self, wire: HttpCase, network: Network, status: int, body: bytes
    ) -> None:
        wire.server.break_next(Fault(Reply(status, body=body)), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, RefusedForNow), (
            "an answer that is not the API's was taken for a verdict about the post; "
            "call `classify_status(status, from_api=...)`"
        )
        assert error.retry_after
        assert f"{status} blocked" in str(error)
        assert len(wire.list_create_requests()) == 1

    @pytest.mark.parametrize("status", [400, 403, 422])
    def test_a_refusal_of_the_account_too_is_a_matter_of_credentials(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        """Takahe answers a revoked token with 400 and a line of text."""

        def is_later_check(request: Request) -> bool:
            return wire.is_check(request) and bool(wire.list_create_requests())

        refusal = Fault(Reply(status, body=b"Invalid Bearer token"))
        wire.server.break_next(refusal, wire.is_create)
        wire.server.break_next(refusal, is_later_check)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, Credentials), (
            "nobody asked whether the credentials are good; put the create request into "
            "`confirm_refusals(identify)`"
        )
        assert "Invalid Bearer token" in str(error)
        assert wire.list_posts() == []

    @pytest.mark.parametrize("status", [301, 308])
    def test_a_server_that_has_moved_says_where_to(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        reply = Reply(status, {}, headers={"Location": "https://moved.example/path"})
        wire.server.break_next(Fault(reply), wire.is_create)
        error = expect_failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert "the server has moved to https://moved.example:" in str(error)
        assert "/path" not in str(error)
