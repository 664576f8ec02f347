from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.model.errors import NotSent
from perihelion.networks.shared.http_client import ApiResponse
from perihelion.networks.shared.timeline_reader import read_timeline
from perihelion.networks.x.timeline import fetch_tweets
from perihelion.testing.contexts import NOW

_NAMES = st.sampled_from(
    [
        "id",
        "text",
        "created_at",
        "entities",
        "urls",
        "url",
        "expanded_url",
        "note_post",
        "next_token",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("https://t.co/a"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=9,
)
_URLS = st.fixed_dictionaries(
    {"url": st.just("https://t.co/a") | _JSON}, optional={"expanded_url": _JSON, "media_key": _JSON}
)
_POSTS = st.fixed_dictionaries(
    {
        "id": st.just("5"),
        "text": st.just("no https://t.co/a"),
        "created_at": st.just(NOW.isoformat()),
    },
    optional={
        "entities": st.fixed_dictionaries({"urls": st.lists(_URLS | _JSON, max_size=2) | _JSON})
        | _JSON,
        "note_post": _JSON,
        "note_tweet": _JSON,
    },
)
_PAGES = (
    st.fixed_dictionaries({"data": st.lists(_POSTS, max_size=2) | _JSON, "meta": _JSON}) | _JSON
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(page=_PAGES)
def test_any_page_is_read_or_is_no_answer(page: Any) -> None:  # noqa: ANN401 - JSON is anything
    def answer_page(_query: dict[str, str]) -> ApiResponse:
        return ApiResponse(200, {"Date": "soon"}, page)

    with suppress(NotSent):
        fetch = partial(fetch_tweets, answer_page)
        for one in read_timeline("x", fetch, NOW - timedelta(days=1), lambda: NOW):
            assert one.id == "5"
            assert one.item.matches_text(one.item.text)
