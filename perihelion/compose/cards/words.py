"""The words on cards and in their alt texts, in the languages that have cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perihelion.compose.phrases import format_day
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class CardWords:
    """One language's. `{}` stands for what is named in the comment above the value."""

    # A singular and a plural for each unit.
    units: dict[Unit, tuple[str, str]]
    # Next to the count, with the unit: on the day itself, on another day, and for units of time
    # that nobody says "ago" of.
    today: tuple[str, str]
    moved: tuple[str, str]
    since: tuple[str, str]
    # On a memorial, with the count and the unit.
    ago: str
    # Around the number of a replay's day, with the number of all days.
    day: tuple[str, str]
    planets: dict[str, str]
    planets_caption: str
    moon_caption: str
    mars_caption: str
    # The altitude and the angle; a line may end between them.
    flyby_caption: str
    # In alt texts: what the card says; the planets that are named; the phase; the place; the years;
    # past which planet, the altitude and the angle of a flyby.
    card: str
    planets_alt: str
    moon_alt: str
    globe_alt: str
    lit_globe_alt: str
    mars_alt: str
    flyby_alt: str
    # Past each planet: "" stands for those that are not listed, with their name.
    past: dict[str, str]
    ruler_alt: str
    lights_alt: str
    bar_alt: str
    # From new moon on, in eighths.
    phases: tuple[str, ...]
    conjunction: str


_ENGLISH: Final = CardWords(
    units={
        Unit.YEARS: ("year", "years"),
        Unit.DAYS: ("day", "days"),
        Unit.WEEKS: ("week", "weeks"),
        Unit.HOURS: ("hour", "hours"),
        Unit.MINUTES: ("minute", "minutes"),
        Unit.SECONDS: ("second", "seconds"),
        Unit.SOLS: ("sol", "sols"),
        Unit.MARS_YEARS: ("Mars year", "Mars years"),
        Unit.ORBITS: ("orbit", "orbits"),
    },
    today=("{} ago", "today"),
    moved=("{}", "ago"),
    since=("{}", "since then"),
    ago="{} {} ago",
    day=("Day", "of {}"),
    planets={
        name: name
        for name in (
            *("Mercury", "Venus", "Earth", "Mars", "Jupiter"),
            *("Saturn", "Uranus", "Neptune", "Pluto"),
        )
    },
    planets_caption="The planets that day",
    moon_caption="The Moon that day",
    mars_caption="Once around the Sun",
    flyby_caption="{}\xa0km\xa0up, turn of {}°",
    card="Drawn card: {}.",
    planets_alt="It shows the planets where they stood around the Sun that day; marked: {}.",
    moon_alt="It shows the Moon as it was that day: {}.",
    globe_alt="It shows the globe as the Sun lit it then, with a light in {}.",
    lit_globe_alt="It shows the globe, with a light in {}.",
    mars_alt="It shows Mars inside a ring, its way around the Sun.",
    flyby_alt="It shows, to scale, the path past {}: a hyperbola that comes as close as {} "
    "kilometres to the surface and turns by {}°.",
    past={"Earth": "the Earth", "": "{}"},
    ruler_alt="A ruler runs from {} to {}.",
    lights_alt="A light stands by each name: {}.",
    bar_alt="A bar shows how far the mission has come: day {} of {}.",
    phases=(
        *("new", "a waxing crescent", "at first quarter", "waxing gibbous"),
        *("full", "waning gibbous", "at last quarter", "a waning crescent"),
    ),
    conjunction="and",
)
_GERMAN: Final = CardWords(
    units={
        Unit.YEARS: ("Jahr", "Jahre"),
        Unit.DAYS: ("Tag", "Tage"),
        Unit.WEEKS: ("Woche", "Wochen"),
        Unit.HOURS: ("Stunde", "Stunden"),
        Unit.MINUTES: ("Minute", "Minuten"),
        Unit.SECONDS: ("Sekunde", "Sekunden"),
        Unit.SOLS: ("Sol", "Sols"),
        Unit.MARS_YEARS: ("Marsjahr", "Marsjahre"),
        Unit.ORBITS: ("Umlauf", "Umläufe"),
    },
    today=("{}", "ist es her"),
    moved=("{}", "ist es her"),
    since=("{}", "seitdem"),
    ago="vor {} {}",
    day=("Tag", "von {}"),
    planets={
        "Mercury": "Merkur",
        "Venus": "Venus",
        "Earth": "Erde",
        "Mars": "Mars",
        "Jupiter": "Jupiter",
        "Saturn": "Saturn",
        "Uranus": "Uranus",
        "Neptune": "Neptun",
        "Pluto": "Pluto",
    },
    planets_caption="Die Planeten an jenem Tag",
    moon_caption="Der Mond an jenem Tag",
    mars_caption="Einmal um die Sonne",
    flyby_caption="{}\xa0km\xa0hoch, Kurve {}°",
    card="Gezeichnete Karte: {}.",
    planets_alt="Zu sehen sind die Planeten, wo sie an jenem Tag um die Sonne standen; "
    "hervorgehoben: {}.",
    moon_alt="Zu sehen ist der Mond, wie er an jenem Tag war: {}.",
    globe_alt="Zu sehen ist die Erde, wie die Sonne sie damals beschien, mit einem Licht in {}.",
    lit_globe_alt="Zu sehen ist die Erde, mit einem Licht in {}.",
    mars_alt="Zu sehen ist der Mars in einem Ring, seinem Weg um die Sonne.",
    flyby_alt="Zu sehen ist maßstäblich die Bahn {} vorbei: eine Hyperbel, die sich der Oberfläche "
    "auf {} Kilometer nähert und um {}° abbiegt.",
    past={"Earth": "an der Erde", "Venus": "an der Venus", "": "am {}"},
    ruler_alt="Ein Lineal reicht von {} bis {}.",
    lights_alt="Neben jedem Namen steht ein Licht: {}.",
    bar_alt="Ein Balken zeigt, wie weit die Mission ist: Tag {} von {}.",
    phases=(
        *("Neumond", "eine zunehmende Sichel", "zunehmender Halbmond", "zunehmend, fast voll"),
        *(
            "Vollmond",
            "abnehmend, noch fast voll",
            "abnehmender Halbmond",
            "eine abnehmende Sichel",
        ),
    ),
    conjunction="und",
)
_SPANISH: Final = CardWords(
    units={
        Unit.YEARS: ("año", "años"),
        Unit.DAYS: ("día", "días"),
        Unit.WEEKS: ("semana", "semanas"),
        Unit.HOURS: ("hora", "horas"),
        Unit.MINUTES: ("minuto", "minutos"),
        Unit.SECONDS: ("segundo", "segundos"),
        Unit.SOLS: ("sol", "soles"),
        Unit.MARS_YEARS: ("año marciano", "años marcianos"),
        Unit.ORBITS: ("órbita", "órbitas"),
    },
    today=("{}", "de aquel día"),
    moved=("{}", "de aquel día"),
    since=("{}", "desde entonces"),
    ago="hace {} {}",
    day=("Día", "de {}"),
    planets={
        "Mercury": "Mercurio",
        "Venus": "Venus",
        "Earth": "Tierra",
        "Mars": "Marte",
        "Jupiter": "Júpiter",
        "Saturn": "Saturno",
        "Uranus": "Urano",
        "Neptune": "Neptuno",
        "Pluto": "Plutón",
    },
    planets_caption="Los planetas aquel día",
    moon_caption="La Luna aquel día",
    mars_caption="Una vuelta al Sol",
    flyby_caption="A\xa0{}\xa0km, giro de {}°",
    card="Tarjeta dibujada: {}.",
    planets_alt="Muestra los planetas donde estaban alrededor del Sol aquel día; destacan: {}.",
    moon_alt="Muestra la Luna como estaba aquel día: {}.",
    globe_alt="Muestra la Tierra como la iluminaba el Sol entonces, con una luz en {}.",
    lit_globe_alt="Muestra la Tierra, con una luz en {}.",
    mars_alt="Muestra Marte dentro de un anillo, su camino alrededor del Sol.",
    flyby_alt="Muestra a escala la trayectoria junto a {}: una hipérbola que pasa a {} kilómetros "
    "de la superficie y gira {}°.",
    past={"Earth": "la Tierra", "": "{}"},
    ruler_alt="Una regla va de {} a {}.",
    lights_alt="Hay una luz junto a cada nombre: {}.",
    bar_alt="Una barra muestra cuánto ha avanzado la misión: día {} de {}.",
    phases=(
        *("luna nueva", "luna creciente", "cuarto creciente", "gibosa creciente"),
        *("luna llena", "gibosa menguante", "cuarto menguante", "luna menguante"),
    ),
    conjunction="y",
)
_LANGUAGES: Final = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH}


def find_words(language: str) -> CardWords | None:
    """The words of a language tag, by its first part; None if cards do not speak it."""
    return _LANGUAGES.get(language.partition("-")[0])


def format_date(day: date, time: str, language: str) -> str:
    """The whole date, and the time if there is one."""
    written = format_day(day, language)
    return f"{written}, {time}" if time else written
