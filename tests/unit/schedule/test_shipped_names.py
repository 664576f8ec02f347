"""A person of the shipped schedule has one spelling in each language."""

from __future__ import annotations

from collections import defaultdict
from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from perihelion.model.missions import Schedule

NEARLY_ALIKE = 0.82
"""As difflib's ratio: two spellings of one name are closer than that."""

DIFFERENT_PEOPLE = frozenset(
    {
        ("Gregory C. Johnson", "Gregory H. Johnson"),
        ("James Kelly", "James Reilly"),
        ("Jessica Meir", "Jessica Mink"),
        ("Liu Wang", "Liu Yang"),
        ("Ronald Garan", "Ronald Grabe"),
        ("Sergei Korolev", "Sergei Krikalev"),
    }
)


@pytest.mark.slow
def test_no_two_people_are_nearly_called_the_same(shipped_schedule: Schedule) -> None:
    names = sorted({name for event in shipped_schedule.events for name in event.people})
    alike = {
        pair
        for pair in combinations(names, 2)
        if pair[0][0] == pair[1][0] and SequenceMatcher(None, *pair).ratio() > NEARLY_ALIKE
    }
    assert alike == DIFFERENT_PEOPLE


@pytest.mark.parametrize("language", ["de", "es"])
def test_a_person_is_spelt_in_one_way_in_a_translation(
    shipped_schedule: Schedule, language: str
) -> None:
    spellings = defaultdict[str, set[str]](set)
    for event in shipped_schedule.events:
        translated = dict(event.translations).get(language)
        if translated and len(translated.people) == len(event.people):
            for name, spelling in zip(event.people, translated.people, strict=True):
                spellings[name].add(spelling)
    assert {name: found for name, found in spellings.items() if len(found) > 1} == {}
