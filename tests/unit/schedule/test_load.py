"""What a good schedule becomes."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import ConfigurationError
from perihelion.model.missions import Link, Picture, Translation
from perihelion.model.moments import (
    DayZone,
    LatePolicy,
    LeapDayRule,
    MemorialRule,
    Moment,
    ObserveMode,
    Precision,
    QuietHours,
    Tone,
)
from perihelion.model.source_location import SourceLocation
from perihelion.model.sources import Source, Supports
from perihelion.model.year_rules import EVERY_YEAR, ROUND_YEARS, YearsRule
from perihelion.schedule.load import load_schedule, parse_schedule
from tests.fakes.schedule_texts import schedule_with_one_event

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.missions import Event

FULL = """\
defaults:
  {post_at: "09:30", timezone: Europe/Paris, leap_day: mar-1, late: 6h, max_per_day: 2,
   language: fr, repeat_window: 90d}
accounts:
  - {network: mastodon, repeat_window: 7d}
  - network: bluesky
    name: bluesky-de
    language: de
    timezone: Europe/Berlin
    post_at: "08:00"
    max_per_day: 5
    days: account
    options: {visibility: unlisted, thread: true, top: 3}
missions:
  - id: year-in-space
    name: One-Year Mission
    agencies: [NASA, Roscosmos]
    tags: YearInSpace
    zone: America/New_York
    kind: flight
    leap_day: leap-years
    late: 90m
    events:
      - id: command-handover
        at: 2016-02-29T15:15
        kind: command
        title: Scott Kelly hands over
        text: |
          Two
          lines.
        people: [Scott Kelly, Tim Kopra]
        links: [https://example.org/a?b=c#d, {url: http://example.org, title: More}]
        tags: [ISS, Zürich_1]
        picture: {file: media/kelly.jpg, alt: A handshake, credit: NASA, licence: PD}
        sources: NASA
        zone: Asia/Tokyo
        leap_day: feb-28
        late: 2d
        observe: to-the-minute
        importance: 5
        translations: {de: {title: Kelly, text: Zwei, alt: Hände}, pt-BR: {title: Kelly}}
      - {id: plain, at: 2016-03-01, title: "803", sources: [a, b]}
"""


def parse_only_event(text: str) -> Event:
    (event,) = parse_schedule(text.encode(), "schedule.yaml").events
    return event


def test_every_key_of_an_event_reaches_its_value() -> None:
    event = parse_schedule(FULL.encode(), "s.yaml").events[0]
    assert event.full_id == "year-in-space/command-handover"
    assert event.moment == Moment(
        date(2016, 2, 29), datetime(2016, 2, 29, 6, 15, tzinfo=UTC), Precision.MINUTE, "Asia/Tokyo"
    )
    assert (event.kind, event.title, event.text) == (
        "command",
        "Scott Kelly hands over",
        "Two\nlines.",
    )
    assert event.people == ("Scott Kelly", "Tim Kopra")
    assert event.links == (Link("https://example.org/a?b=c#d"), Link("http://example.org", "More"))
    assert event.tags == ("ISS", "Zürich_1")
    assert event.pictures == (Picture("media/kelly.jpg", "A handshake", "NASA", "PD"),)
    assert event.sources == (Source("NASA"),)
    assert (event.leap_day, event.late) == (LeapDayRule.FEB_28, LatePolicy(2 * 86400))
    assert (event.observe, event.importance) == (ObserveMode.TO_THE_MINUTE, 5)
    assert event.translations == (
        ("de", Translation("Kelly", "Zwei", ("Hände",))),
        ("pt-BR", Translation("Kelly")),
    )
    assert event.location == SourceLocation("s.yaml", 24, 9)


def test_an_event_may_lead_to_the_moment_itself() -> None:
    keys = {"listen": "https://example.org/a", "read": "[{url: 'https://example.org/b', title: B}]"}
    event = parse_only_event(schedule_with_one_event(**keys))
    assert event.listen == (Link("https://example.org/a"),)
    assert event.read == (Link("https://example.org/b", "B"),)


def test_a_source_is_a_text_or_a_mapping() -> None:
    record = "{title: Apollo 11, url: 'https://example.org/', supports: date, read: 2026-11-28}"
    event = parse_only_event(schedule_with_one_event(sources=f"[GCAT 1969-059, {record}]"))
    assert event.sources == (
        Source("GCAT 1969-059"),
        Source("Apollo 11", "https://example.org/", Supports.DATE, date(2026, 11, 28)),
    )


def test_several_pictures_stand_in_the_order_of_the_file_each_with_its_mark() -> None:
    written = schedule_with_one_event(
        translations="{de: {alts: [Eins, Zwei]}}",
        pictures="[{file: b.jpg, alt: One, credit: ESA}, {file: a.jpg, alt: Two, credit: NASA}]",
    )
    event = parse_only_event(written)
    assert event.pictures == (Picture("b.jpg", "One", "ESA"), Picture("a.jpg", "Two", "NASA"))
    line, start = next(
        (number, text) for number, text in enumerate(written.splitlines(), 1) if "b.jpg" in text
    )
    places = [
        SourceLocation("schedule.yaml", line, start.index(f"{name}.jpg") + 1) for name in "ba"
    ]
    assert [picture.location for picture in event.pictures] == places
    assert event.translations == (("de", Translation(alts=("Eins", "Zwei"))),)


@pytest.mark.parametrize("alts", ["{alt: Eins}", "{alts: [Eins]}"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("picture", "{file: a.jpg, alt: One, credit: NASA}"),
        ("pictures", "[{file: a.jpg, alt: One, credit: NASA}]"),
    ],
)
def test_the_only_picture_may_be_written_and_translated_either_way(
    key: str, value: str, alts: str
) -> None:
    event = parse_only_event(
        schedule_with_one_event(**{key: value, "translations": f"{{de: {alts}}}"})
    )
    assert event.pictures == (Picture("a.jpg", "One", "NASA"),)
    assert event.translations == (("de", Translation(alts=("Eins",))),)


def test_an_event_takes_what_it_does_not_say_from_its_mission() -> None:
    event = parse_schedule(FULL.encode(), "s.yaml").events[1]
    assert event.moment == Moment(date(2016, 3, 1), None, Precision.DAY, "America/New_York")
    assert event.kind == "flight"
    assert (event.leap_day, event.late) == (LeapDayRule.LEAP_YEARS, LatePolicy(90 * 60))
    assert (event.title, event.sources) == ("803", (Source("a"), Source("b")))
    assert event.mission.agencies == ("NASA", "Roscosmos")
    assert event.mission.tags == ("YearInSpace",)


def test_accounts_take_what_they_do_not_say_from_the_defaults() -> None:
    schedule = parse_schedule(FULL.encode(), "s.yaml")
    plain, german = schedule.accounts
    assert (plain.name, plain.language, plain.timezone) == ("mastodon", "fr", "Europe/Paris")
    assert (plain.post_at, plain.max_per_day, plain.days) == ((time(9, 30),), 2, DayZone.EVENT)
    assert [one.repeat_window.days for one in schedule.accounts] == [7, 90]
    assert plain.location == SourceLocation("s.yaml", 5, 5)
    assert (german.name, german.language, german.timezone) == ("bluesky-de", "de", "Europe/Berlin")
    assert (german.post_at, german.max_per_day, german.days) == ((time(8),), 5, DayZone.ACCOUNT)
    assert german.options == (("visibility", "unlisted"), ("thread", "true"), ("top", "3"))
    assert schedule.local_account.network == schedule.local_account.name == "local"
    assert (schedule.local_account.timezone, schedule.language) == ("Europe/Paris", "fr")


DAYS = """\
quiet_days: [2027-04-01, 2028-04-01]
defaults:
  {post_at: ["18:00", "09:00"], quiet_hours: "22:00-07:00", to_the_minute: 5, years: round,
   on_memorial_days: skip}
accounts:
  - {network: a}
  - {network: b, post_at: "12:00", spacing: 0m, quiet_hours: "23:30-06:00", to_the_minute: [],
     years: [1, 10], on_memorial_days: move}
missions:
  - id: m
    name: M
    observe: to-the-minute
    years: [25]
    events:
      - {id: a, at: "2016-02-29T20:15Z", title: t, sources: s, tone: memorial}
      - {id: b, at: "2016-02-29", title: t, sources: s, observe: day, years: every}
  - {id: n, name: N, events: [{id: a, at: "2016-02-29", title: t, sources: s}]}
"""


def test_accounts_and_events_have_rules_for_days_and_years() -> None:
    schedule = parse_schedule(DAYS.encode(), "s.yaml")
    common, own = schedule.accounts
    assert schedule.quiet_days == (date(2027, 4, 1), date(2028, 4, 1))
    assert (common.post_at, common.spacing) == ((time(9), time(18)), timedelta(minutes=20))
    assert common.quiet_hours == QuietHours(time(22), time(7))
    assert (common.to_the_minute, common.years) == ((5,), ROUND_YEARS)
    assert common.on_memorial_days is MemorialRule.SKIP
    assert (own.post_at, own.spacing) == ((time(12),), timedelta(0))
    assert own.quiet_hours == QuietHours(time(23, 30), time(6))
    assert (own.to_the_minute, own.years) == ((), YearsRule((1, 10)))
    assert own.on_memorial_days is MemorialRule.MOVE
    mission, event, nothing = schedule.events
    assert (mission.observe, mission.years) == (ObserveMode.TO_THE_MINUTE, YearsRule((25,)))
    assert (event.observe, event.years) == (ObserveMode.DAY, EVERY_YEAR)
    assert (nothing.observe, nothing.years) == (None, None)
    assert [one.tone for one in schedule.events] == [Tone.MEMORIAL, Tone.PLAIN, Tone.PLAIN]


def test_the_order_of_keys_does_not_matter() -> None:
    head, events = FULL.split("    events:\n")
    defaults, rest = head.split("accounts:\n")
    accounts, mission = rest.split("missions:\n")
    mission = mission.replace("  - id: year-in-space\n", "    id: year-in-space\n")
    turned = f"missions:\n  - events:\n{events}{mission}accounts:\n{accounts}{defaults}"
    straight, other = parse_schedule(FULL.encode(), "a"), parse_schedule(turned.encode(), "a")
    assert [event.moment for event in straight.events] == [event.moment for event in other.events]
    assert [event.late for event in straight.events] == [event.late for event in other.events]
    assert straight.local_account == other.local_account
    assert straight.missions == other.missions


@pytest.mark.parametrize(
    ("at", "zone", "day", "instant", "precision"),
    [
        ("2016-02-29", "", date(2016, 2, 29), None, "day"),
        ("1957-10-04", "Asia/Almaty", date(1957, 10, 4), None, "day"),
        ("2016-02-29T20:15Z", "", date(2016, 2, 29), "2016-02-29T20:15:00+00:00", "minute"),
        ("2015-03-27T19:42:57Z", "", date(2015, 3, 27), "2015-03-27T19:42:57+00:00", "second"),
        ("2016-02-29T15:15-05:00", "", date(2016, 2, 29), "2016-02-29T20:15:00+00:00", "minute"),
        ("2016-02-29T23:30-05:00", "", date(2016, 3, 1), "2016-03-01T04:30:00+00:00", "minute"),
        # The landing of 2 March, UTC, was on the evening of 1 March in New York.
        (
            "2016-03-02T04:26Z",
            "America/New_York",
            date(2016, 3, 1),
            "2016-03-02T04:26:00+00:00",
            "minute",
        ),
        (
            "2016-02-29T15:15",
            "America/New_York",
            date(2016, 2, 29),
            "2016-02-29T20:15:00+00:00",
            "minute",
        ),
        (
            "2015-03-28T01:42:57",
            "Asia/Almaty",
            date(2015, 3, 28),
            "2015-03-27T19:42:57+00:00",
            "second",
        ),
        ("1900-01-01T00:00+14:00", "", date(1899, 12, 31), "1899-12-31T10:00:00+00:00", "minute"),
        ("2100-12-31T23:59:59Z", "", date(2100, 12, 31), "2100-12-31T23:59:59+00:00", "second"),
    ],
)
def test_a_moment_has_its_day_its_utc_instant_and_its_precision(
    at: str, zone: str, day: date, instant: str | None, precision: str
) -> None:
    moment = parse_only_event(schedule_with_one_event(at=at, zone=zone)).moment
    assert moment.day == day
    assert (moment.instant.isoformat() if moment.instant else None) == instant
    assert moment.precision == precision
    assert moment.zone == (zone or "UTC")


def test_an_offset_settles_a_local_time_that_came_twice() -> None:
    event = parse_only_event(
        schedule_with_one_event(at="2016-11-06T01:30-05:00", zone="America/New_York")
    )
    assert event.moment.instant == datetime(2016, 11, 6, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("written", ["[]", "[ISS]", "ISS"])
def test_one_value_alone_is_a_list_of_one(written: str) -> None:
    assert parse_only_event(schedule_with_one_event(tags=written)).tags == (
        () if written == "[]" else ("ISS",)
    )


def test_a_schedule_without_events_is_fine() -> None:
    schedule = parse_schedule(b"missions: []\n", "s.yaml")
    assert (schedule.missions, schedule.events, schedule.accounts) == ((), (), ())
    assert schedule.local_account.post_at == (time(15),)


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("defaults", "\ufeffdefaults")])
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(change: tuple[str, str]) -> None:
    changed = FULL.replace(*change, 1 if change[0] == "defaults" else -1)
    assert parse_schedule(changed.encode(), "s.yaml") == parse_schedule(FULL.encode(), "s.yaml")


def test_equal_values_are_kept_once() -> None:
    body = "{at: 2016-01-01, kind: launch, title: x, sources: [GCAT, NASA], people: [Kelly], id: "
    text = f"missions: [{{id: m, name: n, events: [{body}a}}, {body}b}}]}}]\n"
    first, second = parse_schedule(text.encode(), "s.yaml").events
    assert first.people is second.people
    assert first.sources is second.sources
    assert first.kind is second.kind


def test_load_reads_a_file_and_names_it_in_marks(tmp_path: Path) -> None:
    file = tmp_path / "schedule.yaml"
    file.write_text(FULL, encoding="utf-8")
    assert load_schedule(file) == parse_schedule(FULL.encode(), str(file))


@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(*, was_on: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        parse_schedule(b"missions: []", "s.yaml")
        with pytest.raises(ConfigurationError):
            parse_schedule(b"missions: {", "s.yaml")
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_without_libyaml_the_same_schedule_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FULL.replace("?b=c", "")  # PyYAML's own parser takes no `?` inside [...]
    fast = parse_schedule(text.encode(), "s.yaml")
    monkeypatch.setattr("yaml.__with_libyaml__", False)
    assert parse_schedule(text.encode(), "s.yaml") == fast
    with pytest.raises(ConfigurationError) as caught:
        parse_schedule(b"missions: []\nx: \xff\n", "s.yaml")
    assert {mistake.code for mistake in caught.value.mistakes} == {"encoding", "unknown-key"}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("1846-09-23", date(1846, 9, 23)),
        ("1610-01-07", date(1610, 1, 7)),
        ("0001-01-01", date(1, 1, 1)),
        ("1857-09-05 julian", date(1857, 9, 17)),
        ("1900-02-29 julian", date(1900, 3, 13)),
        ("1582-10-04 julian", date(1582, 10, 14)),
    ],
)
def test_days_before_1900_are_days_of_today_s_calendar(at: str, day: date) -> None:
    (event,) = parse_schedule(schedule_with_one_event(at=at).encode(), "a").events
    assert event.moment == Moment(day, None, Precision.DAY, "UTC", is_julian="julian" in at)


def test_a_local_time_before_time_zones_is_the_place_s_own_mean_time() -> None:
    text = schedule_with_one_event(at="1846-09-23T22:00", zone="Europe/Berlin")
    (event,) = parse_schedule(text.encode(), "a").events
    assert event.moment.instant == datetime(1846, 9, 23, 21, 6, 32, tzinfo=UTC)
    assert event.moment.day == date(1846, 9, 23)


def test_a_julian_day_may_have_a_time() -> None:
    text = schedule_with_one_event(at="1908-06-17T00:14Z julian")
    (event,) = parse_schedule(text.encode(), "a").events
    assert event.moment.instant == datetime(1908, 6, 30, 0, 14, tzinfo=UTC)


def test_an_account_has_emoji_as_it_or_the_defaults_say() -> None:
    text = """\
defaults: {emoji: kind}
accounts:
  - {network: mastodon}
  - {network: bluesky, emoji: none}
missions: []
"""
    schedule = parse_schedule(text.encode(), "schedule.yaml")
    assert [one.emoji for one in schedule.accounts] == ["kind", "none"]
    assert parse_schedule(b"missions: []", "schedule.yaml").local_account.emoji == "none"


def test_an_account_takes_over_what_to_do_with_untranslated_events() -> None:
    text = """\
defaults: {untranslated: skip}
accounts:
  - {network: mastodon}
  - {network: bluesky, language: de, links: always}
  - {network: x, language: de, untranslated: original}
missions: []
"""
    accounts = parse_schedule(text.encode(), "schedule.yaml").accounts
    assert [one.untranslated for one in accounts] == ["original", "skip", "original"]
    assert [one.links for one in accounts] == [None, "always", None]
