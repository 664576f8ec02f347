"""An event's words in a page's language, or in its own where it was not translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perihelion.model.missions import Event, TurnText


@dataclass(frozen=True, slots=True)
class EventText:
    """The words of an event, all in `language`; `story` is the longest telling there is."""

    language: str
    title: str
    text: str
    story: str
    alts: tuple[str, ...]
    people: tuple[str, ...]
    """As that language writes them, in the event's order."""
    now: str = ""
    """What a replay says, in the present tense."""


def choose_event_text(event: Event, language: str, own_language: str) -> EventText:
    """The event's words in `language` if they are complete, else in the schedule's own."""
    translated = event.find_translation(language)
    if translated is None:
        alts = tuple(one.alt for one in event.pictures)
        text = event.text or _first_text(event.texts)
        return EventText(
            own_language, event.title, text, event.long or text, alts, event.people, event.now
        )
    text = translated.text or _first_text(translated.texts)
    people = translated.people or event.people
    story = translated.long or text
    return EventText(
        language, translated.title, text, story, translated.alts, people, translated.now
    )


def _first_text(texts: tuple[TurnText, ...]) -> str:
    return next((one.text for one in texts if one.count is None), "")
