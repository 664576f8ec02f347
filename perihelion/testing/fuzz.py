"""Answers that nobody would think of, for one adapter after the other."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perihelion.testing.cases import PUBLISH_ERRORS, make_post
from perihelion.testing.http_server import Fault, Reply

if TYPE_CHECKING:
    from perihelion.testing.cases import HttpCase

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


def fuzz_create_answers(case: HttpCase) -> None:
    """Whatever a create request is answered, there is one, and one of the four errors at most."""
    network = case.connect()

    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(reply=_REPLIES, cut=st.none() | st.integers(0, 200), number=st.integers(0, 2**64))
    def publish_once(reply: Reply, cut: int | None, number: int) -> None:
        before = len(case.list_create_requests())
        case.server.break_next(Fault(reply, cut_after=cut), case.is_create)
        with suppress(*PUBLISH_ERRORS):
            assert network.publish(make_post(f"fuzz {number}"), f"{number:032x}").id
        assert len(case.list_create_requests()) == before + 1

    publish_once()
