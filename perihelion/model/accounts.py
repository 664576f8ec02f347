"""Who posts: one identity on one network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from perihelion.model.approvals import Requirement, UnapprovedRule
from perihelion.model.cards import CardRule
from perihelion.model.moments import DayZone, MemorialRule
from perihelion.model.year_rules import EVERY_YEAR, YearsRule

if TYPE_CHECKING:
    from perihelion.model.moments import QuietHours
    from perihelion.model.source_location import SourceLocation


class LinkRule(StrEnum):
    """When an account's posts have a link."""

    ALWAYS = "always"
    ROOM = "room"
    """Where there is room for it."""
    NEVER = "never"


class UntranslatedRule(StrEnum):
    """What becomes of an event that is not in an account's language."""

    SKIP = "skip"
    """The account does not observe it."""
    ORIGINAL = "original"
    """The account posts it in the schedule's language."""


class EmojiRule(StrEnum):
    """Whether an account's posts have an emoji."""

    NONE = "none"
    KIND = "kind"
    """One before the first word, by the kind of event; memorials and replays have none."""


@dataclass(frozen=True, slots=True)
class Account:
    """One identity on one network; `name` is unique and, in capitals, prefixes its settings."""

    network: str
    name: str
    language: str = "en"
    timezone: str = "UTC"
    post_at: tuple[time, ...] = (time(15),)
    """When it posts, from the earliest on; a day's events take these times in turn."""
    max_per_day: int = 3
    days: DayZone = DayZone.EVENT
    replays: YearsRule = EVERY_YEAR
    """In the replays of how many years later it takes part."""
    links: LinkRule | None = None
    """None: where there is room, unless a link costs money on its network."""
    untranslated: UntranslatedRule = UntranslatedRule.ORIGINAL
    spacing: timedelta = timedelta(0)
    """How far apart its posts are at least."""
    quiet_hours: QuietHours | None = None
    to_the_minute: tuple[int, ...] = ()
    """How important events are that it remembers to the minute, where they do not say how."""
    years: YearsRule = EVERY_YEAR
    """Which numbers of years it remembers, where neither the event nor its mission says."""
    on_memorial_days: MemorialRule = MemorialRule.MOVE
    repeat_window: timedelta = timedelta(days=300)
    """Within this time it says the same thing once. Shorter than a year, so that next year's
    anniversary is not a repeat, and long enough for any late policy."""
    cards: CardRule = CardRule.GREAT
    emoji: EmojiRule = EmojiRule.NONE
    requires: Requirement = Requirement.NOTHING
    unapproved: UnapprovedRule = UnapprovedRule.HOLD
    """What becomes of a post that needs an approval and has none at its time."""
    options: tuple[tuple[str, str], ...] = ()
    """What only this account's network knows, for example a visibility."""
    location: SourceLocation | None = field(default=None, compare=False)
    key_locations: tuple[tuple[str, SourceLocation], ...] = field(default=(), compare=False)
    """Where single keys stand, for `place`."""

    @property
    def env_prefix(self) -> str:
        """What its environment variables begin with: `bluesky-de` → `BLUESKY_DE`."""
        return self.name.upper().replace("-", "_")

    def get_option(self, name: str, default: str = "") -> str:
        """The value of one network-specific option."""
        return dict(self.options).get(name, default)

    def locate_key(self, key: str) -> SourceLocation | None:
        """Where `network` or `options.NAME` stands; the account's beginning for all else."""
        return dict(self.key_locations).get(key, self.location)
