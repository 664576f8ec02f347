"""What was probably meant by a text that is not well-formed. Pure; an empty text for no guess."""

from __future__ import annotations

import re
import unicodedata

CURLY_QUOTES = "“”„‟‘’‚‛«»"  # noqa: RUF001 - it is about these very characters
_CLOCK = re.compile(
    r"([01]?\d|2[0-4])(?:[:.h]([0-5]\d))? ?(am|pm|h|Uhr)?", re.ASCII | re.IGNORECASE
)
_SPAN = re.compile(r"(\d{1,6}) ?(minutes?|mins?|hours?|hrs?|days?)", re.ASCII | re.IGNORECASE)
_LANGUAGES = {
    "english": "en", "german": "de", "deutsch": "de", "spanish": "es", "español": "es",
    "french": "fr", "français": "fr", "italian": "it", "dutch": "nl", "portuguese": "pt",
}  # fmt: skip


def describe_curly_quotes(text: str) -> str:
    """The end of a message about a `text` that stands in quotes which YAML does not know."""
    if text[:1] in CURLY_QUOTES or text[-1:] in CURLY_QUOTES:
        return '; its curly quotes are letters to YAML: type straight ones (")'
    return ""


def guess_id(text: str) -> str:
    """`Moon_Landing` as `moon-landing`, without accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def guess_tag(text: str) -> str:
    """`#Space Station` as `SpaceStation`."""
    words = re.findall(r"\w+", text)
    return "".join(one[:1].upper() + one[1:] for one in words) if len(words) > 1 else "".join(words)


def guess_url(text: str) -> str:
    """`www.esa.int` with https, and spaces as %20."""
    return ("" if "://" in text else "https://") + text.strip().replace(" ", "%20")


def guess_path(text: str) -> str:
    """A path of Windows with slashes."""
    return text.replace("\\", "/")


def guess_handle(text: str) -> str:
    """`NASA` as `@NASA`."""
    return f"@{text}"


def guess_language(text: str) -> str:
    """`German` as `de`, and `pt_BR` as `pt-BR`."""
    return _LANGUAGES.get(text.casefold()) or text.replace("_", "-")


def guess_time(text: str) -> str:
    """`9 pm` as `21:00`."""
    match = _CLOCK.fullmatch(text.strip(CURLY_QUOTES))
    if match is None or not (match[2] or match[3]):
        return ""
    hour, half = int(match[1]), (match[3] or "").lower()
    if half in {"am", "pm"}:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour % 24:02}:{match[2] or '00'}"


def guess_duration(text: str) -> str:
    """`6 hours` as `6h`."""
    match = _SPAN.fullmatch(text)
    return f"{int(match[1])}{match[2][0].lower()}" if match else ""
