"""Values are read out of JSON of any shape, and are missing where the shape is another."""

from __future__ import annotations

import pytest

from perihelion.networks.shared.json_values import (
    get_int,
    get_list,
    get_object,
    get_text,
    get_value,
    parse_json,
)

DATA = {"post": {"id": 7, "text": "Year", "tags": ["a"], "pinned": True, "reply": None}}


def test_a_value_is_found_at_its_path() -> None:
    assert get_value(DATA, "post", "pinned") is True
    assert get_text(DATA, "post", "text") == "Year"
    assert get_text(DATA, "post", "id") == "7"
    assert get_int(DATA, "post", "id") == 7
    assert get_list(DATA, "post", "tags") == ["a"]
    assert get_object(DATA, "post") == DATA["post"]


@pytest.mark.parametrize("data", [DATA, None, [], "post", 7, {"post": []}])
@pytest.mark.parametrize("path", [("post", "reply"), ("post", "missing"), ("post", "text", "id")])
def test_what_is_missing_or_of_another_kind_is_empty(data: object, path: tuple[str, ...]) -> None:
    assert get_value(data, *path) is None
    assert get_text(data, *path) == ""
    assert get_int(data, *path) == 0
    assert get_list(data, *path) == []
    assert get_object(data, *path) == {}


def test_true_is_neither_a_text_nor_a_number() -> None:
    assert get_text(DATA, "post", "pinned") == ""
    assert get_int(DATA, "post", "pinned") == 0


@pytest.mark.parametrize("text", [None, "", b"\xff", "{", "[" * 100_000])
def test_what_is_not_json_is_none(text: str | bytes | None) -> None:
    assert parse_json(text) is None
