"""What `check` advises: each finding once, at its event, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.sources import REFERENCES
from perihelion.schedule.load import parse_schedule
from perihelion.service.advice.collect import collect_advice, find_event_advice
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import ManualClock
from tests.fakes.schedule_texts import schedule_with_one_event

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def advise_on(folder: Path, text: str) -> list[tuple[int, str, str]]:
    """Line, code and message of each advice about the schedule `text`, on NOW."""
    file = folder / "schedule.yaml"
    file.write_text(text, encoding="utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(file),
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    app = replace(open_app(environ), clock=ManualClock(NOW))
    found = collect_advice(app, find_event_advice(app, NOW.date()))
    return [(one.location.line, one.code, one.message) for one in found]


def schedule_with_events(*events: str, mission: str = "") -> str:
    """A mission of these events, each on a line of its own from line 6 on."""
    head = f"missions:\n  - id: m\n    name: M\n{mission or '    tags: []'}\n    events:\n"
    return head + "".join(f"      - {{{event}}}\n" for event in events)


def one_event(**keys: str) -> str:
    """An event in flow style, on 20 July 1969 unless `at` says otherwise."""
    good = {"id": "a", "at": "1969-07-20", "title": "A title", "sources": "GCAT"}
    return ", ".join(f"{name}: {value}" for name, value in (good | keys).items())


def test_an_approval_of_other_words_is_named_where_it_stands_with_the_right_fingerprint(
    folder: Path,
) -> None:
    approved = 'approved: {by: Ada, words: "3f9c2a7e1b04"}'
    ((line, code, says),) = (
        one
        for one in advise_on(folder, schedule_with_events(f"{one_event()}, {approved}"))
        if one[1] == "approval"
    )
    assert (line, code) == (6, "approval")
    words = says.partition('write `words: "')[2][:12]
    right = approved.replace("3f9c2a7e1b04", words)
    found = advise_on(folder, schedule_with_events(f"{one_event()}, {right}"))
    assert "approval" not in [one[1] for one in found]


def test_a_good_event_needs_no_advice(folder: Path) -> None:
    text = schedule_with_one_event(
        text="It came down on 2 March, 340 days after its launch on 27 March 2015 (“a long year”).",
        links='["https://www.nasa.gov/?a=b&c=d"]',
        sources="GCAT",
        kind="landing",
    )
    assert advise_on(folder, text) == []


@pytest.mark.parametrize(
    ("keys", "code", "says"),
    [
        ({"text": "'It was <b>big</b>.'"}, "markup", "the text holds `<b>`"),
        ({"text": "'It was big &amp; red.'"}, "markup", "the text holds `&amp;`"),
        ({"title": "'It was **big**'"}, "markup", "the title holds `**big**`"),
        ({"text": "'See [NASA](https://nasa.gov).'"}, "markup", "`[NASA](https://nasa.gov)`"),
        ({"text": "'Run `ls`.'"}, "markup", "the text holds ``ls``"),
        ({"text": "'It landed!'"}, "exclamation", "the text holds an exclamation mark"),
        (
            {"text": "It \U0001d5f9\U0001d5ee\U0001d5fb\U0001d5f1\U0001d5f2\U0001d5f1."},
            "odd-letters",
            "screen readers cannot read",
        ),
        ({"text": "'It landed 🚀.'"}, "emoji", "the text holds the emoji 🚀"),
        ({"title": "'It landed ☀️'"}, "emoji", "the title holds the emoji ☀"),
        ({"text": "It flies today."}, "relative-date", "the text says “today”"),
        ({"text": "It flew last year."}, "relative-date", "the text says “last year”"),
        ({"text": "It landed on Sunday."}, "relative-date", "the text says “on Sunday”"),
        ({"text": "It landed on 20 June."}, "other-date", "“20 June”, and `at` is 1969-07-20"),
        ({"text": "It landed on June 20th."}, "other-date", "“June 20th”, and `at` is 1969-07-20"),
        ({"text": "'On June 20, 1969, it landed.'"}, "other-date", "“June 20, 1969”"),
        ({"lead": "'It landed {ago}, on 20 June.'"}, "other-date", "`lead` says “20 June”"),
        ({"lead": "'It landed in June {ago}.'"}, "other-date", "`lead` says “June”"),
        ({"at": "1969-07-06", "text": "It landed on 7 June."}, "other-date", "says “7 June”"),
        ({"text": "'It was Monday, 20 July 1969.'"}, "weekday", "1969”, which was a Sunday"),
        ({"text": "'It came on Monday, July 20.'"}, "weekday", "which was a Sunday; correct one"),
        (
            {"translations": "{de: {title: 'Gelandet am Montag, dem 20. Juli'}}"},
            "weekday",
            "the title (de) says “Montag, dem 20. Juli”, which was a Sonntag",
        ),
        ({"text": "It landed on the sea.'"}, "lost-quote", "the text holds a lone '"),
        ({"text": "'It landed,\" he said.'"}, "lost-quote", 'the text holds a lone "'),
        ({"texts": "[It flies today.]", "text": "x"}, "relative-date", "one of the texts says"),
        ({"long": "It landed!"}, "exclamation", "`long` holds an exclamation mark"),
        ({"short": "'It landed 🚀.'"}, "emoji", "`short` holds the emoji 🚀"),
        ({"now": "'It lands!'"}, "exclamation", "`now` holds an exclamation mark"),
        ({"links": "'http://example.org/'"}, "link", "the link http://example.org/ is not https"),
        ({"listen": "'http://example.org/'"}, "link", "the link http://example.org/ is not https"),
        ({"at": "2026-06-02"}, "future", "`at` is 2026-06-02, which is yet to come"),
        ({"kind": "laning"}, "kind", "`laning` has no template templates/laning.j2; did you mean"),
        ({"kind": "walk"}, "kind", "`walk` has no template templates/walk.j2; correct it"),
        (
            {"translations": "{de: {title: Heute vor 50 Jahren gelandet}}"},
            "relative-date",
            "the title (de) says “Heute vor”",
        ),
        (
            {"translations": "{de: {title: Am 20. Juni gelandet}}"},
            "other-date",
            "the title (de) says “20. Juni”",
        ),
        (
            {"text": "x", "translations": "{de: {title: Gelandet}}"},
            "translation",
            "the translation `de` lacks its text, so no post uses it",
        ),
        (
            {"translations": "{fi: {title: Laskeutuminen}}"},
            "language",
            "there are no templates in `fi`, so no post uses that translation of 1 event",
        ),
    ],
)
def test_what_is_probably_not_meant_is_advised_at_its_event(
    folder: Path, keys: dict[str, str], code: str, says: str
) -> None:
    ((line, found, message),) = advise_on(folder, schedule_with_events(one_event(**keys)))
    assert (line, found) == (6, code)
    assert message.startswith("m/a: ")
    assert says in message


@pytest.mark.parametrize(
    "text",
    [
        "It is under a © and a ™ of its owner.",
        "A Long March 20 rose.",
        "It was launched on 20 June 1968.",
        "It was launched on 16 June.",
        "It was a Sunday in July, and there were 20 of them.",
        "They said it was 3 < 4 and 5 > 4, so a*b*c and snake_case_name.",
        "In May 20 people came.",
        "It was launched on Sunday, 20 July 1969.",
        "It was Monday, 14 July.",
        "The crew had asked for 'Eagle'.",
        "A dish of 64'' came home with the boys'",
    ],
)
def test_what_only_looks_like_a_slip_is_let_alone(folder: Path, text: str) -> None:
    event = one_event(text=f'"{text}"', at="1969-05-20" if "May" in text else "1969-07-20")
    assert advise_on(folder, schedule_with_events(event)) == []


def test_what_a_text_says_is_told_at_the_line_of_that_text(folder: Path) -> None:
    text = schedule_with_one_event(
        kind="laning", text="|\n          It is up\n          today.", sources="GCAT"
    )
    assert [one[:2] for one in advise_on(folder, text)] == [(9, "kind"), (10, "relative-date")]


def test_a_replay_may_say_tomorrow(folder: Path) -> None:
    assert advise_on(folder, schedule_with_events(one_event(now="It lands tomorrow."))) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"title": "Apollo 11 lands on the Moon"}, {"title": "Apollo 11 lands on the moon"}),
        ({"title": "Apollo 11 lands on the Moon"}, {"title": "Apollo 11 has landed on the Moon"}),
        (
            {"at": "1969-07-20T20:17Z", "kind": "landing", "title": "Eagle is down"},
            {"at": "1969-07-20T20:17Z", "kind": "landing", "title": "The first people arrive"},
        ),
    ],
)
def test_two_events_of_a_day_that_look_the_same_are_told_at_the_later_one(
    folder: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    text = schedule_with_events(one_event(**first), one_event(id="b", **second))
    ((line, code, message),) = advise_on(folder, text)
    assert (line, code) == (7, "twin")
    assert message.startswith("m/b: looks the same as m/a (")
    assert "schedule.yaml:6:9" in message


def test_alike_events_of_two_days_are_no_twins(folder: Path) -> None:
    events = (one_event(), one_event(id="b", at="1969-07-21"), one_event(id="c", at="1970-07-20"))
    assert advise_on(folder, schedule_with_events(*events)) == []


def test_a_text_that_stands_twice_is_told_at_its_second_place(folder: Path) -> None:
    events = (
        one_event(text="The same words."),
        one_event(id="b", at="1969-07-22", text="The same words."),
    )
    ((line, code, message),) = advise_on(folder, schedule_with_events(*events))
    assert (line, code) == (7, "repeated-text")
    assert "has a text of m/a" in message


def test_a_kind_that_several_events_have_needs_no_template(folder: Path) -> None:
    events = (one_event(kind="walk"), one_event(id="b", at="1969-07-22", kind="walk"))
    assert advise_on(folder, schedule_with_events(*events)) == []


def test_an_event_that_the_cap_drops_every_year_is_told(folder: Path) -> None:
    events = [
        one_event(id=f"e{n}", title=f"{n}" * 9, importance=grade) for n, grade in enumerate("5552")
    ]
    text = schedule_with_events(*events)
    ((line, code, message),) = advise_on(folder, text)
    assert (line, code) == (9, "never-posted")
    assert "no account posts it in the coming twelve years" in message
    generous = "accounts:\n  - {network: local}\n  - {network: x, max_per_day: 4}\n"
    assert advise_on(folder, generous + text) == []


def test_an_account_in_a_language_without_templates_is_told_at_its_place(folder: Path) -> None:
    text = "accounts:\n  - {network: x, language: fi}\n" + schedule_with_events(one_event())
    ((line, code, message),) = advise_on(folder, text)
    assert (line, code) == (2, "language")
    assert "account x: there are no templates in `fi`, so it posts in `en`" in message


@pytest.mark.parametrize(
    ("sources", "page"),
    [
        ("GCAT launch log 1969-059", "https://planet4589.org/space/gcat/"),
        (
            "NSSDCA 1969-059A",
            "https://nssdc.gsfc.nasa.gov/nmc/spacecraft/display.action?id=1969-059A",
        ),
        ("NTRS 19710015566", "https://ntrs.nasa.gov/citations/19710015566"),
        ("doi:10.1126/science.1", "https://doi.org/10.1126/science.1"),
        ("'Luna 9, ESA, https://www.esa.int/luna'", "https://www.esa.int/luna"),
        ("{title: Luna 9, url: 'https://www.esa.int/'}", "https://www.esa.int/"),
        ("{title: Luna 9, url: 'https://esa.int/', supports: claim}", "https://esa.int/"),
    ],
)
def test_a_source_that_a_reader_can_follow_needs_no_advice(
    folder: Path, sources: str, page: str
) -> None:
    text = schedule_with_events(one_event(sources=f"[a book, {sources}]"))
    assert advise_on(folder, text) == []
    (event,) = parse_schedule(text.encode(), "s.yaml").events
    assert [source.page for source in event.sources] == ["", page]


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ("a book", "none of its sources has an https page"),
        ("{title: Luna 9, url: 'http://example.org/'}", "none of its sources has an https page"),
        ("{title: Luna 9, read: 2026-11-28}", "none of its sources has an https page"),
        ("[GCAT, NSSDCA 1969-59]", "`NSSDCA 1969-59` names NSSDCA; write `NSSDCA 1969-059A`"),
        ("[GCAT, 'doi:science.1']", "names journals by DOI; write `doi:10."),
        (
            "{title: Luna 9, url: 'https://example.org/', supports: claim}",
            "none of its sources supports its date",
        ),
    ],
)
def test_a_source_that_no_reader_can_follow_is_told(folder: Path, sources: str, says: str) -> None:
    ((line, code, message),) = advise_on(folder, schedule_with_events(one_event(sources=sources)))
    assert (line, code) == (6, "source")
    assert says in message


def test_every_standard_reference_stands_on_the_page_of_sources_in_its_form() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    section = page.partition("\n## Standard references\n")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| ")][1:]
    assert [(row[1].strip(), row[3].strip(" `")) for row in rows] == [
        (one.name, one.example) for one in REFERENCES
    ]
    assert all(one.find_page(one.example).startswith("https://") for one in REFERENCES)


REASON = "advice_off: {exclamation: it is a quotation}"


def test_an_event_or_its_mission_turns_an_advice_off(folder: Path) -> None:
    cry = one_event(title="'Contact!'")
    assert len(advise_on(folder, schedule_with_events(cry))) == 1
    assert advise_on(folder, schedule_with_events(f"{cry}, {REASON}")) == []
    assert advise_on(folder, schedule_with_events(cry, mission=f"    {REASON}")) == []


def test_it_turns_off_no_other_advice_and_none_of_another_event(folder: Path) -> None:
    events = (
        one_event(title="'Contact, today!'") + f", {REASON}",
        one_event(id="b", title="'Again!'", at="1970-01-01"),
    )
    found = advise_on(folder, schedule_with_events(*events))
    assert [(line, code) for line, code, _ in found] == [
        (6, "relative-date"),
        (7, "exclamation"),
    ]


def test_turning_off_what_is_not_advised_is_advised_itself(folder: Path) -> None:
    events = (f"{one_event()}, {REASON}", one_event(id="b", at="1970-01-01"))
    found = advise_on(folder, schedule_with_events(*events, mission=f"    {REASON}"))
    assert [(line, code) for line, code, _ in found] == [(6, "unused-advice-off")]
    assert "`advice_off` names `exclamation`, and there is no such advice; remove it" in found[0][2]


def test_every_code_stands_in_the_guide_once_with_an_explanation() -> None:
    guide = (ROOT / "docs" / "the-schedule.md").read_text(encoding="utf-8")
    section = guide.partition("\n### advice\n")[2].partition("\n#")[0]
    rows = [row.split("|")[1:3] for row in section.splitlines() if row.startswith("| `")]
    assert sorted(code.strip(" `") for code, _ in rows) == sorted(AdviceCode)
    assert all(len(explanation.strip()) > 15 for _, explanation in rows)


@pytest.mark.parametrize(
    ("holds", "advised"),
    [("2025-06", True), ("2025-07", False), ("2026-05", False)],
)
def test_a_claim_is_to_be_checked_again_a_year_later(
    folder: Path, holds: str, *, advised: bool
) -> None:
    found = advise_on(folder, schedule_with_events(one_event(holds=holds)))
    message = f"was last checked in {holds}, over a year before its post of 2026-07-20"
    assert [code for _, code, _ in found] == (["holds"] if advised else [])
    assert all(message in each for *_, each in found)


def test_a_milestone_s_claim_is_checked_for_its_own_day(folder: Path) -> None:
    claim = one_event(at="1999-01-14", milestones="[10000 days]", holds="2025-05")
    ((_, code, message),) = advise_on(folder, schedule_with_events(claim))
    assert code == "holds"
    assert "its post of 2026-06-01" in message
