"""Finding events by words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.service.folded_text import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.missions import Event, Translation


def index_events(events: Iterable[Event]) -> list[tuple[str, Event]]:
    """The events, each with the folded text in which `search_events` looks for words."""
    return [(fold_text(" ".join(_list_texts(event))), event) for event in events]


def search_events(index: Iterable[tuple[str, Event]], words: str) -> list[Event]:
    """The events of `index` in whose texts all of `words` stand, the most important first.

    Searched are title, texts, mission, people and tags in every language, and the year. Upper case
    and accents do not matter. Without a word, nothing is found.
    """
    wanted = fold_text(words).split()
    found = [event for text, event in index if wanted and all(one in text for one in wanted)]
    return sorted(found, key=lambda event: (-event.importance, event.moment.day))


def _list_texts(event: Event) -> Iterator[str]:
    mission = event.mission
    yield from (mission.name, *mission.tags, *event.tags, str(event.moment.day.year))
    yield from (name for _, name in mission.names)
    spoken: list[Event | Translation] = [event, *(one for _, one in event.translations)]
    for words in spoken:
        yield from (words.title, words.lead, words.text, words.short, words.long, words.now)
        yield from (*words.parts, *words.people, *(turn.text for turn in words.texts))
