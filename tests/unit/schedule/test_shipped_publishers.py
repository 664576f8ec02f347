"""The shipped schedule names only pages that a museum would show a visitor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from perihelion.schedule.load import load_schedule
from tests.fakes.bot_installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.missions import Event

SCHEDULE = load_schedule(ROOT / "schedule.yaml")


def read_publishers() -> frozenset[str]:
    """The domains of `publishers.txt`."""
    lines = (Path(__file__).parent / "publishers.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


PUBLISHERS = read_publishers()


def list_pages(event: Event) -> Iterator[str]:
    """The addresses of its sources, also those that are not https, and of its links."""
    yield from filter(None, (source.url or source.page for source in event.sources))
    yield from (link.url for link in (*event.links, *event.listen, *event.read))


def is_of_a_publisher(url: str) -> bool:
    """Whether its host is a listed domain or lies within one."""
    labels = (urlsplit(url).hostname or "").split(".")
    return any(".".join(labels[start:]) in PUBLISHERS for start in range(len(labels)))


def test_every_page_is_of_a_listed_publisher() -> None:
    pages = [(event.full_id, url) for event in SCHEDULE.events for url in list_pages(event)]
    assert len(pages) > 2000
    assert [(event, url) for event, url in pages if not is_of_a_publisher(url)] == []
