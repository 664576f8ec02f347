"""What is repeated of a server's refusal."""

from __future__ import annotations

import json

import pytest

from perihelion.networks.shared.error_text import (
    MAX_DETAIL_LENGTH,
    format_error_detail,
    format_redirect,
)
from perihelion.networks.shared.redaction import Redactor

SECRET = "s3cret-token-that-must-never-show"


def format_detail(answer: object) -> str:
    """The detail of an answer: bytes as they are, everything else as JSON."""
    redact = Redactor([SECRET])
    if isinstance(answer, bytes):
        return format_error_detail(None, answer, redact)
    return format_error_detail(answer, json.dumps(answer).encode(), redact)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ({"error": "no", "error_description": "why"}, "no: why"),
        ({"error": {"message": "no", "code": 100}}, "no"),
        ({"title": "Forbidden", "detail": "not you", "errors": [{"message": "because"}]},
         "not you: Forbidden: because"),
        ({"errors": [{"title": "Invalid", "detail": "the id is dead"}]}, "the id is dead"),
        ({"message": "Invalid Form Body",
          "errors": {"content": {"_errors": [{"code": "X", "message": "too long"}]}}},
         "Invalid Form Body: content: too long"),
        (b"Invalid Bearer token\r\n", "Invalid Bearer token"),
        (b"<html><head><title>Just a &quot;moment&quot;...</title></head>", 'Just a "moment"...'),
        (b"<html><body>no title</body></html>", ""),
        (b"x" * 3000, ""),
        (b"", ""),
        (b"\xff\xfe not text", "not text"),
    ],
)  # fmt: skip
def test_a_refusal_is_repeated_on_one_line(answer: object, detail: str) -> None:
    assert format_detail(answer) == detail


@pytest.mark.parametrize("sign", ["\x1b[2J", "\r\n", "\x9b", "\u202e", "\u2066", "\0", "\x7f"])
def test_no_control_character_gets_through(sign: str) -> None:
    for answer in ({"error": f"one{sign}two"}, f"one{sign}two".encode()):
        assert format_detail(answer).isprintable()


@pytest.mark.parametrize("start", range(MAX_DETAIL_LENGTH - len(SECRET), MAX_DETAIL_LENGTH + 1))
def test_a_secret_is_hidden_also_where_the_text_is_cut(start: int) -> None:
    for answer in ({"error": "x" * start + SECRET}, b"x" * start + SECRET.encode()):
        detail = format_detail(answer)
        assert detail.rstrip("*") == "x" * start
        assert len(detail) <= MAX_DETAIL_LENGTH


@pytest.mark.parametrize(
    ("status", "location", "said"),
    [
        (301, "https://new.example/api/v1/statuses",
         "; the server has moved to https://new.example: change the account's address to that"),
        (308, "https://new.example:84/",
         "; the server has moved to https://new.example:84: change the account's address to that"),
        (307, "https://other.example/x", "; the server sends us on to https://other.example"),
        (302, "http://me:secret@other.example/", "; the server sends us on to http://other.example"),
        (302, "https://a\x1bcb.example/", "; the server sends us on to https://a cb.example"),
        (301, "/elsewhere", ""),
        (301, "", ""),
        (301, "javascript:alert(1)", ""),
        (301, "https://[bad/", ""),
        (404, "https://new.example/", ""),
    ],
)  # fmt: skip
def test_a_redirect_says_where_to_without_what_may_be_secret(
    status: int, location: str, said: str
) -> None:
    assert format_redirect(status, location) == said
