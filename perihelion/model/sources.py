"""Where an event is recorded, and the page on which a reader can look it up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date


class Supports(StrEnum):
    """What a source says of an event, if it does not say both."""

    DATE = "date"
    CLAIM = "claim"


class Reference(NamedTuple):
    """A work that a source may name instead of a page; docs/sources.md describes each.

    A text that begins as `start` does must match `form`; `page` takes its first group.
    """

    name: str
    start: str
    form: str
    example: str
    page: str

    def find_page(self, text: str) -> str:
        """The page of what `text` names; empty if it is not in the reference's form."""
        match = re.match(self.form, text)
        return self.page.format(*match.groups()) if match else ""


REFERENCES = (
    Reference("GCAT", "GCAT", "GCAT", "GCAT 1969-059", "https://planet4589.org/space/gcat/"),
    Reference(
        "McDowell's population log",
        "space population log",
        "space population log",
        "space population log",
        "https://planet4589.org/space/astro/web/pop.html",
    ),
    Reference(
        "NSSDCA",
        "NSSDCA",
        r"NSSDCA (\d{4}-\d{3}[A-Z]{1,3})\b",
        "NSSDCA 1969-059A",
        "https://nssdc.gsfc.nasa.gov/nmc/spacecraft/display.action?id={}",
    ),
    Reference(
        "NASA History Series",
        "NASA SP-4",
        r"NASA SP-(?:\d{4}-)?4\d{3}\b",
        "NASA SP-4205",
        "https://www.nasa.gov/history/history-publications-and-resources/nasa-history-series/",
    ),
    Reference(
        "Beyond Earth",
        "Beyond Earth",
        "Beyond Earth",
        "Beyond Earth, p. 57",
        "https://www.nasa.gov/wp-content/uploads/2018/09/beyond-earth-tagged.pdf",
    ),
    Reference(
        "mission reports",
        "NTRS",
        r"NTRS (\d{8,14})\b",
        "NTRS 19710015566",
        "https://ntrs.nasa.gov/citations/{}",
    ),
    Reference(
        "journals by DOI",
        "doi:",
        r"doi:(10\.\d{4,9}/\S+)",
        "doi:10.1126/science.177.4046.307",
        "https://doi.org/{}",
    ),
)

_PAGE = re.compile(r"https://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A document or page; `read` is the day on which somebody read the page."""

    title: str
    url: str = ""
    supports: Supports | None = None
    """None: both the date and the claim."""
    read: date | None = None

    @property
    def page(self) -> str:
        """The https page where a reader finds it; empty if there is none."""
        if self.url:
            return self.url if self.url.startswith("https:") else ""
        reference = self.reference
        if reference:
            return reference.find_page(self.title)
        written = _PAGE.search(self.title)
        return written.group() if written else ""

    @property
    def reference(self) -> Reference | None:
        """The standard reference that it names, in the right form or not."""
        if self.url:
            return None
        return next((one for one in REFERENCES if self.title.startswith(one.start)), None)
