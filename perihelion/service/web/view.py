"""What the pages, feeds and calendars share: the site, the day, and an event made readable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import request

from perihelion.service.web.collections import Collections
from perihelion.service.web.texts import choose_event_text
from perihelion.service.web.words import LANGUAGES, Words

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from perihelion.model.missions import Event
    from perihelion.publish.context import Clock
    from perihelion.service.web.site import Site

from perihelion.service.web.texts import EventText


@dataclass(frozen=True)
class WebContext:
    """The site, the clock that says what day it is (UTC), and the folder of the pictures."""

    site: Site
    clock: Clock
    media_root: Path
    address: str = ""
    """The site's own address, without a slash at its end; empty: whatever was asked for."""
    as_files: bool = False
    """Whether the pages are written as files, so that a script has to search."""

    @property
    def root(self) -> str:
        """The address that links from elsewhere begin with, without a slash at its end."""
        return self.address or request.url_root.rstrip("/")

    @property
    def has_cards(self) -> bool:
        """Whether pages name their cards: a link preview needs the whole address of its picture."""
        return bool(self.address) or not self.as_files

    @cached_property
    def collections(self) -> Collections:
        """The agencies and the places of the site."""
        return Collections(self.site)

    def today(self) -> date:
        """The day in UTC."""
        return self.clock.now().date()

    def choose_text(self, event: Event, language: str) -> EventText:
        """The event's words for a page in `language`."""
        return choose_event_text(event, language, self.site.schedule.language)

    def shared(self, language: str) -> dict[str, object]:
        """What every template may use."""
        return {
            "language": language,
            "languages": [(one, Words(one)) for one in LANGUAGES],
            "today": self.today(),
            "root": self.root,
            "as_files": self.as_files,
            "prefix": find_prefix(language),
            "text_of": lambda event: self.choose_text(event, language),
        }


def find_prefix(language: str) -> str:
    """What the addresses of the pages in `language` begin with: nothing for the first one."""
    return "" if language == LANGUAGES[0] else f"/{language}"
