"""The codes of `check`'s advice, by which a schedule can turn one off."""

from __future__ import annotations

from enum import StrEnum


class AdviceCode(StrEnum):
    """What an advice is about; docs/the-schedule.md explains each."""

    ALIKE = "alike"
    ANIMATED = "animated"
    APPROVAL = "approval"
    CROPPED = "cropped"
    EMOJI = "emoji"
    EXCLAMATION = "exclamation"
    FACTS = "facts"
    """A disagreement with a table that `check --facts` was given: a mistake, and no advice."""
    FUTURE = "future"
    HOLDS = "holds"
    KIND = "kind"
    LANGUAGE = "language"
    LINK = "link"
    LOST_ID = "lost-id"
    LOST_QUOTE = "lost-quote"
    MARKUP = "markup"
    MENTION = "mention"
    NEVER_POSTED = "never-posted"
    ODD_LETTERS = "odd-letters"
    OTHER_DATE = "other-date"
    RELATIVE_DATE = "relative-date"
    REPEATED_TEXT = "repeated-text"
    RETURNING_TEXT = "returning-text"
    SOURCE = "source"
    TRANSLATION = "translation"
    TWIN = "twin"
    UNUSED = "unused-advice-off"
    WEEKDAY = "weekday"
