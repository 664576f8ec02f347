"""Tokens, instants and texts that the tests of every network use."""

from __future__ import annotations

from datetime import UTC, datetime

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_TOKEN = "fedcba9876543210fedcba9876543210"
LONG_AGO = datetime(1957, 10, 4, tzinfo=UTC)

TRICKY_TEXTS = {
    "quotes and markup": "5 < 6 && \"a\" 'b' <b>&amp;</b> %20 + = ; \\n $x {{y}} `z`",
    "lines and tabs": "one\n\ntwo\n\tthree",
    "decomposed": "cafe\u0301 A\u030a \u1112\u1161\u11ab",
    "composed": "café Å 한",
    "emoji": "👩🏽‍🚀 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇺🇳 ❤️ 1️⃣ 🫩",
    "right to left": "مِير \u202b\u05e9\u05dc\u05d5\u05dd\u202c \u2067عربي\u2069 end",
    "unseen": "zero\u200bwidth\u200djoin\ufeffbom\u00adsoft\u2060word\u2028line",
    "indic and thai": "क्षत्रिय ข้าวน้ำ 𑄣𑄋𑄴",
    "beyond the first plane": "\U0001d518\U0001d52b𠮷野家 \U0010fffd",
    "links and tags": "https://example.org/ä?q=1&r=ü#x #Ånd #宇宙 @nobody",
}
