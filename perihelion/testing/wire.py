"""What every network behind an HTTP server must do besides, however the server behaves."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perihelion.model.errors import Credentials, NotSent, OutcomeUnknown
from perihelion.networks.base import Method
from perihelion.testing.cases import FOUR, HttpCase, failure, make_picture, make_post
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.suite import LONG_AGO, TOKEN, TORTURE, NetworkContract, only_if

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.networks.base import Network
    from perihelion.testing.cases import Case

STATUSES = (400, 401, 403, 404, 422, 429, 500, 502, 503)
LOST = {
    "no answer": Fault(acted=True, hang=True),
    "cut before the answer": Fault(acted=True, cut_after=0),
    "cut in the headers": Fault(acted=True, cut_after=20),
    "cut in the body": Fault(acted=True, cut_after=-3),
    "a drip": Fault(acted=True, drip=0.05),
    "no JSON": Fault(acted=True, reply=Reply(200, body=b"<html>fine</html>")),
    "an empty answer": Fault(acted=True, reply=Reply(200, body=b"")),
    "JSON that names nothing": Fault(acted=True, reply=Reply(200, {})),
    "JSON of another shape": Fault(acted=True, reply=Reply(200, [["id"]])),
    "null": Fault(acted=True, reply=Reply(200, None)),
    "endless JSON": Fault(acted=True, reply=Reply(200, body=b"[" * 3_000_000)),
    "a broken encoding": Fault(
        acted=True, reply=Reply(200, body=b"{}", headers={"Content-Encoding": "gzip"})
    ),
    "see other": Fault(acted=True, reply=Reply(303, {}, headers={"Location": "/elsewhere"})),
}
"""Answers after which nobody knows: in each of them the post was in fact made."""
HASTE = 2.0
"""Seconds that an adapter waits for what never comes: longer than a busy machine stands still."""
LONGEST = 15.0
"""Seconds: far above what haste allows, far below a hanging server's 30."""


class Spoiled(Protocol):
    """Any kind of fault that may be one of silence."""

    @property
    def hang(self) -> bool: ...

    @property
    def drip(self) -> float: ...


def haste(fault: Spoiled) -> float:
    """The patience that ends in time where `fault` would not, and has time for everything else."""
    return HASTE if fault.hang or fault.drip else 10


class WireContract(NetworkContract):
    """For every network behind an HTTP server."""

    case_type: ClassVar[type[HttpCase]]

    @pytest.fixture
    def wire(self, case: Case) -> HttpCase:
        assert isinstance(case, HttpCase)
        return case

    def test_success_takes_exactly_one_create_request(
        self, wire: HttpCase, network: Network
    ) -> None:
        network.publish(make_post(), TOKEN)
        assert len(wire.creates()) == 1

    @pytest.mark.parametrize("status", STATUSES)
    def test_a_refusal_is_sorted_and_never_sent_again(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        wire.server.break_next(Fault(Reply(status, wire.error_body)), wire.is_create)
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert type(error) is wire.sorting[status]
        assert len(wire.creates()) == 1
        assert wire.posts() == []

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
    def test_a_server_error_without_json_is_unknown(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        page = Reply(status, body=b"<html>oops</html>")
        wire.server.break_next(Fault(page, acted=True), wire.is_create)
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, OutcomeUnknown)
        assert len(wire.creates()) == 1

    @pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
    def test_a_lost_answer_is_unknown_in_time_and_never_sent_again(
        self, wire: HttpCase, fault: Fault
    ) -> None:
        network = wire.connect(patience=haste(fault))
        wire.server.break_next(fault, wire.is_create)
        begun = time.monotonic()
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert time.monotonic() - begun < LONGEST
        assert isinstance(error, OutcomeUnknown)
        assert len(wire.creates()) == 1

    @pytest.mark.parametrize("fault", ["no answer", "cut in the body", "no JSON"])
    def test_a_lost_answer_is_settled_to_one_post(self, wire: HttpCase, fault: str) -> None:
        only_if(wire.method is not Method.NONE, "this network cannot tell")
        network = wire.connect(patience=haste(LOST[fault]))
        wire.server.break_next(LOST[fault], wire.is_create)
        failure(wire, lambda: network.publish(make_post(), TOKEN))
        if wire.method is Method.KEYED:
            assert wire.connect().publish(make_post(), TOKEN).id
        else:
            assert wire.connect().find(make_post(), TOKEN) is not None
        assert len(wire.posts()) == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_never_followed(
        self, wire: HttpCase, network: Network, status: int
    ) -> None:
        reply = Reply(status, {}, headers={"Location": f"{wire.server.url}/elsewhere"})
        wire.server.break_next(Fault(reply), wire.is_create)
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, (NotSent, OutcomeUnknown))
        assert len(wire.creates()) == 1
        assert not any(request.path == "/elsewhere" for request in wire.server.requests)

    def test_a_refused_connection_is_not_sent(self, wire: HttpCase, network: Network) -> None:
        wire.server.close()
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)

    def test_a_rate_limit_says_until_when(self, wire: HttpCase, network: Network) -> None:
        reply = Reply(429, wire.error_body, headers={"Retry-After": "90.5"})
        wire.server.break_next(Fault(reply), wire.is_create)
        error = failure(wire, lambda: network.publish(make_post(), TOKEN))
        assert isinstance(error, NotSent)
        assert error.retry_after == timedelta(seconds=90.5)
        assert network.not_before() is not None

    @pytest.mark.parametrize("status", [401, 413, 422, 429, 500])
    def test_no_picture_no_post(self, wire: HttpCase, network: Network, status: int) -> None:
        wire.server.break_next(Fault(Reply(status, wire.error_body)), wire.is_upload)
        self._no_post_without_picture(wire, network)

    @pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
    def test_a_lost_upload_makes_no_post_and_is_never_unknown(
        self, wire: HttpCase, fault: Fault
    ) -> None:
        wire.server.break_next(fault, wire.is_upload)
        self._no_post_without_picture(wire, wire.connect(patience=haste(fault)))

    def _no_post_without_picture(self, wire: HttpCase, network: Network) -> None:
        only_if(wire.pictures, "this network takes no pictures")
        only_if(wire.uploads, "the picture goes with the post")
        post = make_post(picture=make_picture(wire.folder))
        begun = time.monotonic()
        error = failure(wire, lambda: network.publish(post, TOKEN))
        assert time.monotonic() - begun < LONGEST
        unknown_is_fair = any(map(wire.is_create, wire.server.requests))
        assert unknown_is_fair or not isinstance(error, OutcomeUnknown)
        assert wire.posts() == []

    def test_check_tells_dead_credentials(self, wire: HttpCase, network: Network) -> None:
        wire.server.break_next(Fault(Reply(401, wire.error_body)), wire.is_check)
        assert isinstance(failure(wire, network.check), Credentials)

    @pytest.mark.parametrize("fault", ["no answer", "a drip", "cut in the body", "no JSON"])
    def test_check_ends_in_time_whatever_comes(self, wire: HttpCase, fault: str) -> None:
        network = wire.connect(patience=haste(LOST[fault]))
        wire.server.break_next(LOST[fault], wire.is_check)
        begun = time.monotonic()
        assert isinstance(failure(wire, network.check), (NotSent, OutcomeUnknown))
        assert time.monotonic() - begun < LONGEST

    @pytest.mark.parametrize("fault", ["no answer", "a drip", "no JSON", "null"])
    def test_a_look_up_without_an_answer_is_no_absence(
        self, wire: HttpCase, network: Network, fault: str
    ) -> None:
        only_if(wire.lists, "this network cannot be read back")
        network.publish(make_post(), TOKEN)
        wire.server.break_next(LOST[fault], wire.is_lookup)
        hasty = wire.connect(patience=haste(LOST[fault]))
        error = failure(wire, lambda: hasty.find(make_post(), TOKEN))
        assert isinstance(error, NotSent)

    def test_a_dead_server_spoils_no_limits(self, wire: HttpCase) -> None:
        network = wire.connect()
        wire.server.close()
        assert network.limits.length > 0
        assert network.dedupe.method in Method

    def test_every_request_keeps_to_the_official_contract(
        self, wire: HttpCase, network: Network
    ) -> None:
        network.check()
        first = network.publish(make_post(TORTURE["links and tags"]), TOKEN)
        reply_to = first.id if wire.replies else None
        picture = make_picture(wire.folder) if wire.pictures else None
        network.publish(make_post(picture=picture, reply_to=reply_to), TOKEN[::-1])
        if wire.lists:
            network.find(make_post(), TOKEN)
            network.recent(LONG_AGO)
        for request in wire.server.requests:
            wire.validate(request)

    def test_fuzzed_answers_never_escape_nor_repeat(self, tmp_path: Path) -> None:
        wire = self.case_type(tmp_path)
        try:
            _fuzz(wire)
        finally:
            wire.close()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "url", "uri", "cid", "error", "ok", "result", "data", "errors"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Retry-After",
            "X-RateLimit-Reset",
            "X-RateLimit-Remaining",
            "Location",
            "Deprecation",
            "Link",
            "Date",
            "Content-Type",
            "Mastodon-Async-Refresh",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
    | st.sampled_from(["0", "-1", "1e9", "99999999999999999999", "Sun, 06 Nov 1994", "<x>; rel=y"]),
    max_size=4,
)
_STATUS = st.sampled_from([200, 201, 202, 204, 206, 299, 300, 304, 307, 400, 402, 409, 418, 429])
_BODIES = _JSON.map(lambda data: json.dumps(data).encode()) | st.binary(max_size=60)
_REPLIES = st.builds(
    lambda status, body, headers: Reply(status, body=body, headers=headers),
    _STATUS | st.integers(200, 599),
    _BODIES,
    _HEADERS,
)


def _fuzz(wire: HttpCase) -> None:
    network = wire.connect()

    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(reply=_REPLIES, cut=st.none() | st.integers(0, 200), number=st.integers(0, 2**64))
    def run(reply: Reply, cut: int | None, number: int) -> None:
        before = len(wire.creates())
        wire.server.break_next(Fault(reply, cut_after=cut), wire.is_create)
        with suppress(*FOUR):
            assert network.publish(make_post(f"fuzz {number}"), f"{number:032x}").id
        assert len(wire.creates()) == before + 1

    run()
