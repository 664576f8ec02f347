from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.compose.composer import compose_post
from perihelion.compose.emoji import EMOJI
from perihelion.compose.localized_text import LocalizedText
from perihelion.compose.parts import list_versions
from perihelion.compose.sample_contexts import generate_sample_contexts
from perihelion.compose.template_context import build_template_context
from perihelion.compose.templates import Templates
from perihelion.compose.text_fitting import normalize_text
from perihelion.compose.text_length import fits_limits
from perihelion.model.anniversaries import Anniversary
from perihelion.model.missions import Link, Picture, Translation
from perihelion.model.moments import CountMode, Moment, Precision
from perihelion.model.posts import Counting, Limits, hash_text
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_account, make_event, make_mission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perihelion.model.missions import Event
    from perihelion.model.posts import Post

FOLDER = Path(__file__).resolve().parents[3] / "templates"
TEMPLATES = Templates(FOLDER)
KINDS = sorted({path.stem for path in FOLDER.glob("**/*.j2") if not path.stem.startswith("_")})
LANGUAGES = {
    "en": re.compile(
        r"\b([\d,]+ (Mars )?(year|day|week|hour|minute|second|sol|orbit)s?|a century) ago\b"
    ),
    "de": re.compile(
        r"\bvor (genau )?([\d.]+ \w+"
        r"|eine[mr] (Jahr|Tag|Woche|Stunde|Minute|Sekunde|Sol|Marsjahr|Umlauf)"
        r"|einem Jahrhundert)\b|\b(\d+ Jahre|ein Jahr)( ist es heute)? her\b",
        re.IGNORECASE,
    ),
    "es": re.compile(r"\bhace (\w+ )?([\d.]+|una?) \w+", re.IGNORECASE),
}
REPLAYED = {
    "en": re.compile(r"\breplayed [\d,]+ [\w ]+ on\b"),
    "de": re.compile(r"\b[\d.]+ \w+ später\b"),
    "es": re.compile(r"\b[\d.]+ \w+( \w+)? después\b"),
}
ENGLISH = re.compile(r"\b(the|of|ago|today|on|at|this|day|years?|and|picture|was)\b", re.IGNORECASE)
GERMAN = re.compile(r"\b(vor|heute|am|um|Jahren?|und|der|die|das|Bild|Uhr|war)\b")
SPANISH = re.compile(r"\b(hace|hoy|el|la|años?|Fue|Imagen|bordo)\b", re.IGNORECASE)
OTHERS = {"en": (GERMAN, SPANISH), "de": (ENGLISH, SPANISH), "es": (ENGLISH, GERMAN)}
TIGHTEST = (
    Limits(280, Counting.WEIGHTED),
    Limits(300, Counting.GRAPHEMES, max_bytes=3000),
    Limits(500, url_length=23),
)


def list_samples(kind: str, language: str) -> Iterator[Mapping[str, object]]:
    """The samples of `check`, and one whose words are of no language."""
    for facts in generate_sample_contexts(kind, language):
        if facts["unit"] not in {"years", "days"} and kind != "launch":
            continue  # no kind but one need show them all
        yield facts
        words = {"title": "Xxx", "text": "Yyy.", "story": "Yyy.", "mission": "Zzz", "zone": "UTC"}
        yield {**facts, **words, "lead": "Xxx {ago}." if facts["lead"] else ""}


def render_versions(kind: str, language: str, facts: Mapping[str, object]) -> Iterator[str]:
    """Every text that a post of `kind` may become, each year's wording of four in a row."""
    for turn in range(4 if facts["unit"] == "years" else 1):
        for wording in TEMPLATES.render_wordings(kind, language, {**facts, "turn": turn}):
            yield from map(normalize_text, list_versions(wording))


ROOMY = Limits(4096)


def compose(event: Event, *, count: int = 11, language: str = "en", limits: Limits = ROOMY) -> Post:
    return compose_post(
        Anniversary(event, count, Unit.YEARS, date(2027, 3, 2)),
        make_account(language=language),
        limits,
        TEMPLATES,
        language="en",
        created_at=datetime(2027, 3, 2, tzinfo=UTC),
    )


def compose_anniversary(seen: Anniversary) -> str:
    now = datetime(2027, 3, 4, tzinfo=UTC)
    return compose_post(
        seen, make_account(), Limits(4096), TEMPLATES, language="en", created_at=now
    ).text


def make_anniversary(kind: str, title: str, at: str) -> Anniversary:
    remembered = make_event(
        at=at,
        kind=kind,
        title=title,
        text="Zwei S\u00e4tze. Und noch einer.",
        mission=make_mission(name="Transiting Exoplanet Survey Satellite", tags=("TESS",)),
        links=(Link("https://example.org/" + "x" * 80),),
        pictures=(Picture("a.jpg", "alt", "A photographer with quite a long name / CC BY 4.0"),),
        translations=tuple(
            (language, Translation(title, "Zwei S\u00e4tze.", ("alt",)))
            for language in ("de", "es")
        ),
    )
    return Anniversary(remembered, 100, Unit.YEARS, date(2116, 9, 29))


def test_nothing_is_wrong_with_the_shipped_templates() -> None:
    assert TEMPLATES.find_errors() == []


def test_every_language_has_every_kind_and_sets_the_same_variables() -> None:
    kinds = {path.name for path in FOLDER.glob("*.j2")} - {"_ladder.j2", "_post.j2", "_replay.j2"}
    for language in TEMPLATES.languages:
        assert {path.name for path in (FOLDER / language).glob("*.j2")} == kinds
        assert list_variables(FOLDER / language) == list_variables(FOLDER)


def list_variables(folder: Path) -> set[str]:
    words = (folder / "_words.j2").read_text("utf-8")
    return set(re.findall(r"{% set ([a-z]\w*)", words))


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, "no-such-kind"])
def test_each_wording_has_the_whole_date_and_the_years_and_no_mess(
    kind: str, language: str
) -> None:
    for facts in list_samples(kind, language):
        for text in render_versions(kind, language, facts):
            assert str(facts["date"]) in text
            distance = REPLAYED if kind == "replay" else LANGUAGES
            assert bool(distance[language].search(text)) is (facts["counted"] or kind == "replay")
            assert not re.search(r" [.,:;]|\(\)|: *$|\.\.| {2}|None|Undefined|[{}\x00-\x08]", text)
            assert not re.search(r"[.!?…] [a-zà-ÿ]", text)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, "no-such-kind"])
def test_no_wording_mixes_languages(kind: str, language: str) -> None:
    for facts in list_samples(kind, language):
        if facts["title"] == "Xxx":
            for text in render_versions(kind, language, facts):
                assert not any(other.search(text) for other in OTHERS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_memorial_is_plain(language: str) -> None:
    for facts in list_samples("accident", language):
        for text in render_versions("accident", language, facts):
            assert text.startswith(str(facts["date"]))
            assert not EMOJI.search(text)
            assert not re.search(r"[!#]|https?:|\b(today|heute|hoy)\b", text, re.IGNORECASE)


def test_a_memorial_names_each_person_on_a_line_of_their_own() -> None:
    lost = make_event(
        at="1986-01-28T16:39Z",
        kind="accident",
        title="Challenger breaks apart after launch",
        lead="Challenger was lost 73 seconds after lift-off, {ago}.",
        people=("Dick Scobee", "Judith Resnik"),
    )
    said = [compose(lost, count=count).text for count in range(41, 45)]
    beginning = "28 January 1986\n\nDick Scobee\nJudith Resnik\n\nChallenger was lost 73 seconds "
    assert all(text.startswith(beginning) for text in said)
    assert "Challenger was lost 73 seconds after lift-off, 41 years ago now." in said[0]
    assert len({hash_text(text) for text in said}) == len(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, "no-such-kind"])
def test_a_title_of_160_characters_fits_everywhere(kind: str, language: str) -> None:
    title = "Abcdefg " * 19 + "Abcdefgh"
    assert len(title) == 160
    for limits in TIGHTEST:
        post = compose_post(
            make_anniversary(kind, title, "2016-09-29T20:15Z"),
            make_account(language=language),
            limits,
            TEMPLATES,
            language="en",
            created_at=datetime(2116, 9, 29, tzinfo=UTC),
        )
        assert post.language == language
        assert title in post.text
        assert fits_limits(post.text, limits, with_picture=True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "replay"])
def test_never_more_than_three_hashtags_or_one_where_the_network_wants_no_more(kind: str) -> None:
    many = make_event(kind=kind, tags=("One", "Two", "Three", "Four"))
    several = () if kind == "accident" else ("One", "Two", "SpaceHistory")
    assert compose(many).tags == several
    one = Limits(4096, several_tags=False)
    assert len(compose(many, limits=one).tags) == min(1, len(several))


@pytest.mark.parametrize(
    ("language", "tag"),
    [("en", "#YearInSpace"), ("de", "#EinJahrImAll"), ("es", "#UnAñoEnElEspacio")],
)
def test_a_replay_has_the_tags_of_its_language(language: str, tag: str) -> None:
    facts = next(list_samples("replay", language))
    wordings = TEMPLATES.render_wordings("replay", language, {**facts, "tags": ("#YearInSpace",)})
    assert tag in next(wordings)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (11, "11th"),
        (21, "21st"),
        (100, "100th"),
        (112, "112th"),
    ],
)
def test_english_ordinals_are_right(count: int, expected: str, tmp_path: Path) -> None:
    for name in ("_words.j2", "default.j2"):
        (tmp_path / name).write_text((FOLDER / name).read_text("utf-8"), "utf-8")
    (tmp_path / "launch.j2").write_text("{{ ordinal }}", "utf-8")
    facts = dict(next(iter(generate_sample_contexts("launch", "en"))), count=count)
    assert list(Templates(tmp_path).render_wordings("launch", "en", facts)) == [expected]


def test_the_guide_explains_every_variable() -> None:
    guide = (FOLDER.parent / "docs" / "templates.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
    facts = set(next(iter(generate_sample_contexts("launch", "en"))))
    assert explained == facts | list_variables(FOLDER)


@pytest.mark.parametrize(
    ("language", "count", "unit", "opening"),
    [
        ("en", 10_000, Unit.DAYS, "10,000 days ago today, on 29 February 2016: "),
        ("en", 1, Unit.MARS_YEARS, "1 Mars year ago today, on 29 February 2016: "),
        ("de", 10_000, Unit.DAYS, "Heute vor 10.000 Tagen, am 29. Februar 2016: "),
        ("de", 1, Unit.MARS_YEARS, "Heute vor einem Marsjahr, am 29. Februar 2016: "),
        ("es", 10_000, Unit.DAYS, "Hoy hace 10.000 días, el 29 de febrero de 2016: "),
    ],
)
def test_a_milestone_is_said_in_its_unit(
    language: str, count: int, unit: Unit, opening: str, tmp_path: Path
) -> None:
    seen = Anniversary(make_event(at="2016-02-29"), count, unit, date(2027, 3, 4))
    assert render_variable("opening", seen, language, tmp_path) + ": " == opening


@pytest.mark.parametrize(
    ("language", "opening"),
    [("en", "Today, 28 January 2027: "), ("de", "Heute, am 28. Januar 2027: ")],
)
def test_a_day_without_a_count_says_which_day_it_is(
    language: str, opening: str, tmp_path: Path
) -> None:
    event = make_event(at="1967-01-27", count=CountMode.NONE)
    seen = Anniversary(event, 60, Unit.YEARS, date(2027, 1, 28), moved=True)
    assert render_variable("opening", seen, language, tmp_path) + ": " == opening


@pytest.mark.parametrize(
    ("language", "opening", "old_date"),
    [
        (
            "en",
            "On this day 170 years ago, 17 September 1857 (5 September in the Julian calendar): ",
            "5 September 1857 (17 September in today's calendar)",
        ),
        (
            "de",
            "Heute vor 170 Jahren, am 17. September 1857 (5. September im julianischen Kalender): ",
            "5. September 1857 (17. September nach heutigem Kalender)",
        ),
    ],
)
def test_a_julian_date_is_said_in_both_calendars(
    language: str, opening: str, old_date: str, tmp_path: Path
) -> None:
    event = make_event(moment=Moment(date(1857, 9, 17), None, Precision.DAY, is_julian=True))
    seen = Anniversary(event, 170, Unit.YEARS, date(2027, 9, 17))
    assert render_variable("opening", seen, language, tmp_path) + ": " == opening
    assert render_variable("old_date", seen, language, tmp_path) == old_date


def render_variable(name: str, seen: Anniversary, language: str, folder: Path) -> str:
    """What `_words.j2` makes of one variable."""
    source = FOLDER if language == "en" else FOLDER / language
    (folder / "_words.j2").write_text((source / "_words.j2").read_text("utf-8"), "utf-8")
    (folder / "default.j2").write_text(f"{{{{ {name} }}}}", "utf-8")
    return next(Templates(folder).render_wordings("event", "en", make_context(seen, language)))


def test_a_milestone_and_a_day_without_a_count_begin_with_the_news() -> None:
    event = make_event(at="2016-02-29", people=("Scott Kelly",), title="Kelly lands")
    days = Anniversary(event, 10_000, Unit.DAYS, date(2027, 3, 4))
    assert "10,000 days ago today" in compose_anniversary(days).split("\n")[0]
    uncounted = replace(days, event=replace(event, count=CountMode.NONE), unit=Unit.YEARS)
    assert compose_anniversary(uncounted).startswith("Kelly lands.\n\n4 March 2027")


def test_the_sols_of_a_mars_year_are_whole() -> None:
    for count, unit, sols in (
        (8, Unit.MARS_YEARS, 5348),
        (500, Unit.SOLS, 500),
        (9, "years", None),
    ):
        seen = Anniversary(make_event(), count, Unit(unit), date(2027, 8, 23))
        assert make_context(seen, "en")["sols"] == sols


def make_context(seen: Anniversary, language: str) -> Mapping[str, object]:
    localized = LocalizedText(language, seen.event.title, "")
    return build_template_context(seen, make_account(), localized)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_posts_have_an_emoji_only_where_the_account_asks_and_never_two(
    kind: str, language: str
) -> None:
    for facts in generate_sample_contexts(kind, language):
        for wanted in (False, True):
            first = next(TEMPLATES.render_wordings(kind, language, {**facts, "emoji": wanted}))
            found = EMOJI.findall(normalize_text(first))
            assert len(found) == (wanted and kind not in {"accident", "replay"})
