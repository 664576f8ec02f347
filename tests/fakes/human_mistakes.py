"""A mistake that people make in a schedule, and the good schedule in which it is made."""

from __future__ import annotations

from dataclasses import dataclass

GOOD = """\
defaults: {timezone: Europe/Berlin}
accounts:
  - network: mastodon
    post_at: "09:00"
    language: de
missions:
  - id: apollo-11
    name: Apollo 11
    tags: [Apollo11]
    events:
      - id: launch
        at: 1969-07-16T13:32Z
        kind: launch
        title: Three people set out for the Moon
        lead: "Apollo 11 left Earth {ago}."
        text: |
          A million people watched from the beaches.
          Two of the crew would walk on the Moon.
        links: [https://www.nasa.gov/]
        sources: [GCAT 1969-059]
      - id: landing
        at: 1969-07-20T20:17Z
        kind: landing
        title: Two people land on the Moon
        text: 'Armstrong steered past a field of boulders.'
        importance: 5
        late: 6h
        picture: {file: media/eagle.jpg, alt: A lander, credit: NASA}
        translations: {de: {title: Zwei Menschen landen auf dem Mond}}
        sources:
          - title: Apollo 11 Mission Report
            url: https://www.nasa.gov/
"""
"""A schedule without mistakes, in which each of them is made."""


@dataclass(frozen=True, slots=True)
class HumanMistake:
    """`old` becomes `new` in GOOD; `name` says what happened to whom.

    The message must stand at the line that begins with `at`, by default the first that differs.
    """

    name: str
    old: str
    new: str
    says: str
    """What the message must say, among others: what to do."""
    at: str = ""

    @property
    def data(self) -> bytes:
        """The whole schedule with this mistake; a lone surrogate is a byte that is no UTF-8."""
        return GOOD.replace(self.old, self.new, 1).encode("utf-8", "surrogateescape")

    @property
    def line(self) -> int:
        """The line, from 1, at which the message must stand."""
        lines = self.data.decode("utf-8", "replace").split("\n")
        good = GOOD.split("\n")
        for number, line in enumerate(lines):
            if line.startswith(self.at) if self.at else line != good[number]:
                return number + 1
        raise AssertionError(self.name)
