"""What a card says and shows: plain values, already in the language of its post."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

WIDE: Final = (1200, 675)
SQUARE: Final = (1080, 1080)
"""The two sizes of a card: width and height in pixels."""


class CardKind(StrEnum):
    """How a card looks."""

    NIGHT = "night"
    """A large count, a title, and something that was in the sky or on the Earth that day."""
    YEARS = "years"
    """A ruler of the years that have passed, for 25 of them and their multiples."""
    MEMORIAL = "memorial"
    """The names of those who died, a light for each."""
    REPLAY = "replay"
    """A day of a mission that is replayed, and how far the mission has come."""


@dataclass(frozen=True, slots=True)
class Planets:
    """The planets where they stood around the Sun at an aware instant, seen from the north.

    `labels` has pairs of a planet's English name and what it is called on the card. Those up to
    Mars are shown, and on to the farthest that has a label.
    """

    at: datetime
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MoonPhase:
    """The Moon at `angle` degrees: 0 is new, 90 the first quarter, 180 full."""

    angle: float


@dataclass(frozen=True, slots=True)
class Globe:
    """A place on the Earth, in degrees, lit as the Sun stood at an aware instant.

    Without a known instant, the whole globe is lit.
    """

    latitude: float
    longitude: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MarsYears:
    """Whole circles of Mars around the Sun, as a ring."""


@dataclass(frozen=True, slots=True)
class Hyperbola:
    """The path of a flyby, to scale, around `planet` (its English name).

    `disc` is the planet's radius as a part of the closest distance. `altitude` (in kilometres) and
    `turn` (in degrees) are numbers as the language of the card writes them.
    """

    planet: str
    disc: float
    eccentricity: float
    altitude: str
    turn: str


Motif = Planets | MoonPhase | Globe | MarsYears | Hyperbola


@dataclass(frozen=True, slots=True)
class Card:
    """A card. Every text is complete and localized; an empty one is left out.

    `count_words` has one or two lines that stand next to the count. `years` are the first and the
    last year of the ruler. `day` and `days` say how far a replay has come, `span` has the words at
    the two ends of its bar. `alt` says what the card says and shows.
    """

    kind: CardKind
    size: tuple[int, int]
    title: str
    date: str = ""
    mission: str = ""
    count: str = ""
    count_words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    day: int = 0
    days: int = 0
    span: tuple[str, str] = ("", "")
    event_kind: str = ""
    motif: Motif | None = None
    caption: str = ""
    """What the motif is."""
    alt: str = ""

    @property
    def is_square(self) -> bool:
        """Whether it is as high as wide."""
        return self.size == SQUARE

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is drawn."""
        labels = self.motif.labels if isinstance(self.motif, Planets) else ()
        return (
            *(self.title, self.date, self.mission, self.count, self.caption),
            *(*self.count_words, *self.names, *self.span, *(label for _, label in labels)),
        )
