"""What templates can do with words, besides what Jinja2 offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jinja2 import pass_context

from perihelion.compose.parts import mark_part, mark_versions
from perihelion.compose.phrases import join_names
from perihelion.compose.sentences import get_surname, names_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jinja2.runtime import Context

AGO_PLACE: Final = "{ago}"


def capitalize_first(text: str) -> str:
    """`text` with a capital letter at its beginning, and nothing else changed."""
    return text[:1].upper() + text[1:]


def place_ago(lead: str, ago: str) -> str:
    """`lead` with `ago` in its place, as the beginning of the sentence if it stands there."""
    before, place, after = lead.partition(AGO_PLACE)
    if not place:
        return lead
    begins = not before or before.rstrip()[-1:] in ".!?…"
    return f"{before}{capitalize_first(ago) if begins else ago}{after}"


def list_surnames(names: Iterable[str]) -> list[str]:
    """What each of the people is called for short."""
    return [get_surname(name) for name in names]


def find_unsaid(mission: str, news: str) -> str:
    """The mission's name, unless `news` has it or a telling word of it."""
    return "" if names_subject(news, mission, ()) else mission


@pass_context
def join_in_language(context: Context, names: Iterable[str]) -> str:
    """The names as one phrase of the post's language: A, B and C."""
    return join_names(tuple(names), str(context["language"]))


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "part": mark_part,
    "versions": mark_versions,
    "place_ago": place_ago,
    "capitalize_first": capitalize_first,
    "unless_in": find_unsaid,
    "surnames": list_surnames,
    "join_names": join_in_language,
}
