"""What is remembered: missions and their events, as schedule.yaml states them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perihelion.model.accounts import UntranslatedRule
from perihelion.model.moments import REPLAY_LATE, CountMode, LatePolicy, LeapDayRule, Tone

if TYPE_CHECKING:
    from datetime import date, timedelta

    from perihelion.model.accounts import Account
    from perihelion.model.approvals import FileApproval, Review
    from perihelion.model.cards import CardChoice
    from perihelion.model.flybys import Flyby
    from perihelion.model.moments import Clock, Moment, ObserveMode, YearlyRule
    from perihelion.model.source_location import SourceLocation
    from perihelion.model.sources import Source
    from perihelion.model.units import Milestone
    from perihelion.model.year_rules import YearsRule


MEMORIAL_KIND = "accident"
"""The kind whose template is that of every memorial."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture an event names: `file` relative to the schedule, and who made it."""

    file: str
    alt: str
    credit: str
    licence: str = ""
    focus: str = ""
    """The point that must stay in view where a network crops: "x, y", each from -1 to 1."""
    location: SourceLocation | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a post may carry; `title` is for readers of the schedule and the web page."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """The `handles`, such as @NASA, that an event's posts on `network` may mention."""

    network: str
    handles: tuple[str, ...]
    location: SourceLocation | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the people were whose day and time a post may state besides the event's own."""

    name: str
    """Such that it can follow "in": Houston, Florida, Kazakhstan."""
    zone: str
    names: tuple[tuple[str, str], ...] = ()
    """In other languages, where it has another name there."""
    day: date | None = None
    """The date there, where nobody knows the time of the event but that it was another day."""
    coordinates: str = ""
    """Latitude and longitude in degrees, north and east positive, as written: "28.6, -80.6"."""

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude as numbers, where they are known."""
        latitude, comma, longitude = self.coordinates.partition(",")
        return (float(latitude), float(longitude)) if comma else None

    def name_in(self, language: str) -> str:
        """Its name in `language`."""
        return dict(self.names).get(language, self.name)


@dataclass(frozen=True, slots=True)
class TurnText:
    """One of several texts that take turns: every year's, or only the `count`-th anniversary's."""

    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """An event's words in another language. It counts only if it is complete: see `is_complete`."""

    title: str = ""
    text: str = ""
    alts: tuple[str, ...] = ()
    """Of the event's pictures, in their order."""
    now: str = ""
    parts: tuple[str, ...] = ()
    lead: str = ""
    texts: tuple[TurnText, ...] = ()
    short: str = ""
    long: str = ""
    people: tuple[str, ...] = ()
    """The people's names as that language writes them; empty if it writes them alike."""

    def is_complete(self, event: Event) -> bool:
        """Whether it has a title, a text if `event` has one, and an alt text for each picture."""
        described = all(self.alts) and len(self.alts) == len(event.pictures)
        has_story = bool(self.text or self.texts) or not (event.text or event.texts)
        return bool(self.title and has_story and (described or not event.pictures))


@dataclass(frozen=True, slots=True)
class DayCounter:
    """Between which events of a mission its days are counted, by their ids."""

    from_event: str
    to_event: str


@dataclass(frozen=True, slots=True)
class Mission:
    """A mission: `id` never changes; `name` and `agencies` are what readers see."""

    id: str
    name: str
    agencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    advice_off: tuple[tuple[str, str], ...] = ()
    """The codes of `check`'s advice that do not apply to its events, each with the reason."""
    replay: YearsRule | None = None
    """How many years later it is replayed as it happened; None: never."""
    counter: DayCounter | None = None
    has_day_threads: bool = False
    """Whether its posts of one day answer each other."""
    names: tuple[tuple[str, str], ...] = ()
    """Its name in the languages that call it otherwise."""

    def name_in(self, language: str) -> str:
        """What readers of `language` call it."""
        return dict(self.names).get(language, self.name)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a mission; `id` is unique within it and never changes."""

    mission: Mission
    id: str
    moment: Moment
    kind: str
    title: str
    sources: tuple[Source, ...]
    text: str = ""
    now: str = ""
    """What a replay says of it, in the present tense."""
    only_replay: bool = False
    """Whether it is remembered in replays alone, without an anniversary."""
    parts: tuple[str, ...] = ()
    """The text of further posts, each of which answers the one before."""
    people: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    card: CardChoice | None = None
    """How its card looks; None: as the anniversary asks for."""
    mentions: tuple[Mention, ...] = ()
    leap_day: LeapDayRule = LeapDayRule.FEB_28
    late: LatePolicy = LatePolicy()
    replay_late: LatePolicy = REPLAY_LATE
    """The late policy in a replay."""
    observe: ObserveMode | None = None
    """None: as the account says for events of this importance, else on the day."""
    rule: YearlyRule | None = None
    """The day that is observed, where that is not the anniversary."""
    count: CountMode = CountMode.YEARS
    years: YearsRule | None = None
    """Which numbers of years are remembered; None: as the account says."""
    tone: Tone = Tone.PLAIN
    importance: int = 3
    """1 (a footnote) to 5 (everybody's history, never left out): counts in the day's ranking."""
    milestones: tuple[Milestone, ...] = ()
    """What it is remembered by besides years; each once."""
    place: Place | None = None
    """Whose local time its posts may state; it changes words only."""
    holds: date | None = None
    """The first day of the month in which a claim that may stop being true was last checked."""
    period: timedelta | None = None
    """Of the orbit, where milestones count orbits."""
    translations: tuple[tuple[str, Translation], ...] = ()
    advice_off: tuple[tuple[str, str], ...] = ()
    """The codes of `check`'s advice that do not apply to it, each with the reason."""
    location: SourceLocation | None = None
    lead: str = ""
    """Its own first sentence, with `{ago}` where it says how long ago; empty: the title is used."""
    texts: tuple[TurnText, ...] = ()
    """More texts, which take turns with `text` from year to year."""
    short: str = ""
    """What is said where not even the first sentence of a text fits."""
    long: str = ""
    """What is said instead of `text` where there is room."""
    listen: tuple[Link, ...] = ()
    """Where the moment itself can be heard or seen."""
    read: tuple[Link, ...] = ()
    """Where its transcript or its notes can be read."""
    clock: Clock | None = None
    """Whose clock the time of `moment` was read from, where that is stated."""
    flyby: Flyby | None = None
    """How low and how fast it flew by, where that is known."""
    review: Review | None = None
    approved: FileApproval | None = None

    @property
    def full_id(self) -> str:
        """The event's full id, mission/event: what a delivery's key and the JSON call `event`."""
        return f"{self.mission.id}/{self.id}"

    @property
    def speaks_as_memorial(self) -> bool:
        """Whether its posts are worded and drawn as a memorial's: by its tone, or by its kind.

        Only the tone keeps the day free of other posts.
        """
        return self.tone is Tone.MEMORIAL or self.kind == MEMORIAL_KIND

    def find_translation(self, language: str) -> Translation | None:
        """The translation into `language`, if there is one and it is complete."""
        found = dict(self.translations).get(language)
        return found if found is not None and found.is_complete(self) else None

    def is_observed_by(self, account: Account) -> bool:
        """Whether the account's language is among the event's, or does not matter to it."""
        is_skipping = account.untranslated is UntranslatedRule.SKIP
        return not is_skipping or self.find_translation(account.language) is not None

    def handles_on(self, network: str) -> tuple[str, ...]:
        """The handles that a post on `network` may mention."""
        return tuple(
            handle for one in self.mentions if one.network == network for handle in one.handles
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """All of schedule.yaml: who posts, and what is remembered."""

    accounts: tuple[Account, ...]
    missions: tuple[Mission, ...]
    events: tuple[Event, ...]
    local_account: Account
    """The built-in account that takes the posts while no other account is on, with the defaults."""
    language: str = "en"
    """The language that events are written in, unless a translation says otherwise."""
    quiet_days: tuple[date, ...] = ()
    """The days, in each account's zone, on which nothing is posted."""
    include: tuple[str, ...] = ()
    """The patterns of the files that were read as well, from the schedule's folder on."""
