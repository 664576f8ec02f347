"""An event's words in the language of a post, and which of them are said this time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.compose.parts import mark_versions
from perihelion.compose.sentences import split_sentences
from perihelion.compose.text_fitting import normalize_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event, Translation, TurnText


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """An event's words, all of them in one `language`."""

    language: str
    title: str
    text: str
    alts: tuple[str, ...] = ()
    """Of the event's pictures, in their order."""
    lead: str = ""
    texts: tuple[TurnText, ...] = ()
    short: str = ""
    long: str = ""
    people: tuple[str, ...] = ()
    now: str = ""
    """What a replay says, in the present tense; empty for an anniversary."""
    parts: tuple[str, ...] = ()
    """What further posts say."""

    @property
    def all_words(self) -> str:
        """Everything that a post may say, as one text."""
        texts = (one.text for one in self.texts)
        return "\n".join((self.title, self.lead, self.text, *texts, self.short, self.long))

    def choose_text(self, count: int) -> str:
        """The text of the `count`-th anniversary: its own, or the one whose turn it is."""
        for one in self.texts:
            if one.count == count:
                return normalize_text(one.text)
        in_turn = [one.text for one in self.texts if one.count is None]
        if self.text:
            in_turn.insert(0, self.text)
        return normalize_text(in_turn[count % len(in_turn)]) if in_turn else ""

    def list_part_wordings(self, part: int) -> tuple[str, ...]:
        """What the post says that tells the story's `part`, from the second on: longest first."""
        text = normalize_text(self.parts[part - 2])
        return (f"{text}\n\n{part}/{len(self.parts) + 1}", text)

    def mark_story(self, count: int) -> str:
        """The text of the `count`-th anniversary as a part: with `long` and shorter versions.

        `long` replaces `text`, and never a text that takes turns with it.
        """
        text = self.choose_text(count)
        is_first = text == normalize_text(self.text)
        versions = [(normalize_text(self.long), "long text")] if self.long and is_first else []
        if self.short:
            return mark_versions([*versions, (text, "sentence"), (self.short, "story")])
        sentences = split_sentences(text, self.language)
        for count_left in range(len(sentences), 0, -1):
            name = "sentence" if count_left > 1 else "story"
            versions.append((" ".join(sentences[:count_left]), name))
        return mark_versions([*versions, *self._list_shorter(sentences[:1])])

    def _list_shorter(self, told: list[str]) -> list[tuple[str, str]]:
        """A sentence of another year, where the one that should be `told` finds no room."""
        others = (self.text, *(one.text for one in self.texts if one.count is None))
        firsts = [split_sentences(normalize_text(one), self.language)[:1] for one in others if one]
        shortest = min((one[0] for one in firsts if one), key=len, default="")
        return [(shortest, "story")] if told and len(shortest) < len(told[0]) else []


def choose_localized_text(
    event: Event,
    account: Account,
    language: str,
    has_templates: Callable[[str], bool],
    *,
    is_replay: bool = False,
) -> LocalizedText:
    """The account's language if the event and the templates both have it, else `language`.

    `language` is the schedule's own, `has_templates` tells which languages have templates. A
    translation counts only if it is complete, so that no post ever mixes two languages.
    A replay takes `now` as well, if the event has one.
    """
    now = event.now if is_replay else ""
    if account.language != language and has_templates(account.language):
        translation = event.find_translation(account.language)
        is_complete = translation is not None and len(translation.parts) == len(event.parts)
        if translation is not None and is_complete and (translation.now or not now):
            said = translation.now if now else ""
            return _localize(translation, event, account.language, said)
    return LocalizedText(
        language,
        event.title,
        event.text,
        tuple(picture.alt for picture in event.pictures),
        event.lead,
        event.texts,
        event.short,
        event.long,
        event.people,
        now,
        event.parts,
    )


def _localize(translation: Translation, event: Event, language: str, now: str) -> LocalizedText:
    has_story = bool(event.text or event.texts)
    return LocalizedText(
        language,
        translation.title,
        translation.text if has_story else "",
        translation.alts if event.pictures else (),
        translation.lead,
        translation.texts,
        translation.short,
        translation.long,
        translation.people or event.people,
        now,
        translation.parts,
    )
