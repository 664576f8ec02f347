from __future__ import annotations

from datetime import date

import pytest

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_on_day
from perihelion.model.accounts import UntranslatedRule
from perihelion.model.missions import Translation
from tests.fakes.model_builders import make_account, make_event

TRANSLATED = make_event(id="landing", translations=(("de", Translation("Landung")),))
HALF = make_event(id="half", text="They landed.", translations=(("de", Translation("Halb")),))
PLAIN = make_event(id="plain")


@pytest.mark.parametrize(
    ("rule", "language", "observed"),
    [
        (UntranslatedRule.ORIGINAL, "de", {"landing", "half", "plain"}),
        (UntranslatedRule.SKIP, "de", {"landing"}),
        (UntranslatedRule.SKIP, "fr", set()),
    ],
)
def test_an_account_that_skips_observes_what_is_whole_in_its_language(
    rule: UntranslatedRule, language: str, observed: set[str]
) -> None:
    account = make_account(language=language, untranslated=rule)
    dues = list_due_on_day(Calendar([TRANSLATED, HALF, PLAIN]), account, date(2027, 3, 2))
    assert {due.anniversary.event.id for due in dues} == observed


def test_what_is_skipped_takes_no_place_under_the_daily_cap() -> None:
    best = make_event(id="best", importance=5)
    account = make_account(language="de", untranslated=UntranslatedRule.SKIP, max_per_day=1)
    (due,) = list_due_on_day(Calendar([best, TRANSLATED]), account, date(2027, 3, 2))
    assert due.is_chosen
