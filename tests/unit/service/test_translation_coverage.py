from __future__ import annotations

from perihelion.model.accounts import UntranslatedRule
from perihelion.model.missions import Translation
from perihelion.service.translation_coverage import describe_coverage
from tests.fakes.model_builders import make_account, make_event, make_schedule

TRANSLATED = make_event(id="one", translations=(("de", Translation("Landung")),))
SCHEDULE = make_schedule(TRANSLATED, make_event(id="two"))


def test_each_account_of_another_language_says_how_much_it_tells_in_it() -> None:
    accounts = (
        make_account(name="mastodon"),
        make_account(name="bluesky-de", language="de"),
        make_account(name="x-es", language="es", untranslated=UntranslatedRule.SKIP),
    )
    assert list(describe_coverage(SCHEDULE, accounts)) == [
        "bluesky-de: 1 of 2 events in German, the others in English",
        "x-es: 0 of 2 events in Spanish, the others are left out",
    ]


def test_what_is_told_whole_has_no_others() -> None:
    whole = make_schedule(TRANSLATED)
    (line,) = describe_coverage(whole, [make_account(name="bluesky-de", language="de")])
    assert line == "bluesky-de: 1 of 1 event in German"
