"""Every mistake is found, at its line and column, with what would be right."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.schedule.event_keys import EVENT
from tests.fakes.schedule_texts import (
    find_mistakes,
    find_mistakes_with_messages,
    schedule_with_one_event,
)


@pytest.mark.parametrize(
    ("key", "value", "code", "says"),
    [
        ("at", "2015-02-30", "bad-date", "February 2015 has 28 days"),
        ("at", "2015-02-29", "bad-date", "February 2015 has 28 days"),
        ("at", "1900-02-29", "bad-date", "February 1900 has 28 days"),
        ("at", "2016-12-32T10:00Z", "bad-date", "December 2016 has 31 days"),
        ("at", "2016-13-01", "bad-date", "months go from 01 to 12"),
        ("at", "2016-00-01", "bad-date", "months go from 01 to 12"),
        ("at", "2016-02-29 20:15", "bad-date", "write `T` between"),
        ("at", "29.2.2016", "bad-date", "write 2016-02-29"),
        ("at", "2016-02-29T20:15:30.5Z", "bad-date", "2016-02-29T20:15Z"),
        ("at", "١٩٥٧-10-04", "bad-date", "2016-02-29T20:15Z"),
        ("at", "1857-09-31 julian", "bad-date", "September 1857 has 30 days"),
        ("at", "1857-02-29 julian", "bad-date", "February 1857 has 28 days"),
        ("at", "1857-13-01 julian", "bad-date", "months go from 01 to 12"),
        ("at", "1857-09-05 Julian", "bad-date", "is not valid"),
        ("at", "0001-01-01 julian", "bad-date", "does not exist"),
        ("at", "0001-01-01T00:00Z", "bad-year", "too early for a time of day"),
        ("at", "2101-01-01T00:00Z", "bad-year", "0001 to 2100"),
        ("at", "0000-01-01", "bad-year", "0001 to 2100"),
        ("at", "9999-12-32", "bad-year", "0001 to 2100"),
        ("at", "2016-02-29T24:00Z", "bad-time", "00:00 to 23:59"),
        ("at", "2016-02-29T23:59:60Z", "bad-time", "00:00 to 23:59"),
        ("at", "2016-02-29T20:15+24:00", "bad-time", "-05:00"),
        ("at", "2016-02-29T20:15", "no-zone", "add `zone:`"),
        ("at", "[2016-02-29]", "wrong-type", "found a list; write a date"),
        ("clock", "earth", "bad-choice", "earth-received"),
        ("zone", "Europe/Berln", "bad-zone", "did you mean `Europe/Berlin`?"),
        ("zone", "europe/berlin", "bad-zone", "did you mean `Europe/Berlin`?"),
        ("zone", "Berlin", "bad-zone", "did you mean `Europe/Berlin`?"),
        ("zone", "New York", "bad-zone", "did you mean `America/New_York`?"),
        ("zone", "America", "bad-zone", "unknown time zone `America`"),
        ("zone", "../../etc/passwd", "bad-zone", "unknown time zone"),
        ("zone", "/etc/localtime", "bad-zone", "unknown time zone"),
        ("zone", "localtime", "bad-zone", "unknown time zone"),
        ("zone", "posixrules", "bad-zone", "unknown time zone"),
        ("zone", "right/Europe/Berlin", "bad-zone", "did you mean `Europe/Berlin`?"),
        ("zone", '"a\\0b"', "bad-zone", "unknown time zone"),
        ("zone", "+01:00", "bad-zone", "an IANA time zone such as Europe/Berlin"),
        ("id", "Landing", "bad-id", "lower-case letters"),
        ("id", "a:b", "bad-id", "lower-case letters"),
        ("id", "a/b", "bad-id", "lower-case letters"),
        ("id", "-a", "bad-id", "lower-case letters"),
        ("id", "ländung", "bad-id", "lower-case letters"),
        ("kind", "Moon landing", "bad-kind", "moon-landing"),
        ("listen", "ftp://example.org/", "bad-url", "a link such as"),
        ("read", "{title: The words}", "missing-key", "a link needs `url`"),
        ("advice_off", "exclamation", "wrong-type", "such as {exclamation: it is a quotation}"),
        (
            "lead",
            "Voyager 1 left Earth.",
            "bad-lead",
            "does not say how long ago it was; write {ago}",
        ),
        ("lead", '"{ago} and {ago}"', "bad-lead", "says it twice; write {ago} once"),
        ("lead", '"Left {since}, {ago}."', "bad-lead", "no place `{since}` in a lead; write {ago}"),
        ("texts", "[]", "empty", "at least one"),
        ("title", "[a]", "wrong-type", "found a list; write a text"),
        ("title", "{a: b}", "wrong-type", "found a mapping; write a text"),
        ("title", "''", "empty", "write a text"),
        ("title", "~", "empty", "write a text"),
        ("title", '"a\\nb"', "lines", "on one line"),
        ("title", '"a\\0b"', "character", "U+0000"),
        ("text", '"a\\eb"', "character", "U+001B"),
        ("text", '"a\\u202Eb"', "character", "U+202E"),
        ("title", '"a\\u2066b"', "character", "U+2066"),
        ("title", '"a\\uFEFFb"', "character", "U+FEFF"),
        ("people", "{a: b}", "wrong-type", "write a text"),
        ("tags", "'#ISS'", "bad-tag", "without #"),
        ("tags", "TMA-18M", "bad-tag", "one word"),
        ("tags", "Space Station", "bad-tag", "one word"),
        ("tags", "2016", "bad-tag", "one word"),
        ("links", "ftp://example.org", "bad-url", "https://"),
        ("links", "javascript:alert(1)", "bad-url", "https://"),
        ("links", "https://", "bad-url", "https://"),
        ("links", "https://user:word@example.org/", "bad-url", "https://"),
        ("links", "https://example.org/a b", "bad-url", "https://"),
        ("sources", "[]", "empty", "at least one"),
        ("sources", "{url: 'https://example.org/'}", "missing-key", "a source needs `title`"),
        ("milestones", "[]", "empty", "at least one"),
        ("milestones", "10000", "bad-milestone", "such as `10000 days`"),
        ("milestones", "'10,000 days'", "bad-milestone", "such as `10000 days`"),
        ("milestones", "0 days", "bad-milestone", "such as `10000 days`"),
        ("milestones", "10000 day", "bad-milestone", "did you mean `days`?"),
        ("milestones", "4 mars-year", "bad-milestone", "did you mean `mars-years`?"),
        ("milestones", "50 years", "bad-milestone", "observed each year"),
        ("milestones", "400000 days", "bad-milestone", "more than a thousand years"),
        ("milestones", "100 orbits", "bad-milestone", "`period: 92.9m`"),
        ("milestones", "[500 sols, 500 sols]", "bad-milestone", "stand here twice"),
        ("holds", "2026", "bad-month", "such as 2026-11"),
        ("holds", "2026-13", "bad-month", "such as 2026-11"),
        ("holds", "2026-11-28", "bad-month", "such as 2026-11"),
        ("period", "92.9", "bad-period", "92.9m, 12h or 60190d"),
        ("period", "0m", "bad-period", "92.9m, 12h or 60190d"),
        ("leap_day", "feb-29", "bad-choice", "did you mean `feb-28`?"),
        ("leap_day", "never", "bad-choice", "`feb-28`, `mar-1`, `leap-years`"),
        ("observe", "hourly", "bad-choice", "`day`, `to-the-minute`"),
        ("observe", "FREQ=DAILY;BYMONTH=4", "bad-rule", "write FREQ=YEARLY"),
        ("observe", "FREQ=YEARLY;BYHOUR=4", "bad-rule", "`BYHOUR` is not possible here"),
        ("observe", "FREQ=YEARLY;UNTIL=20301231", "bad-rule", "`UNTIL` is not possible here"),
        ("observe", "FREQ=YEARLY;BYMONTH=4", "bad-rule", "add BYDAY or BYMONTHDAY"),
        ("observe", "FREQ=YEARLY;BYDAY=4XX", "bad-rule", "'BYDAY': 4XX"),
        ("observe", "FREQ=YEARLY;BYDAY=", "bad-rule", "write one such as FREQ=YEARLY"),
        ("observe", "FREQ=YEARLY;BYMONTH=1;BYDAY=TH", "bad-rule", "4 days in 2000"),
        ("observe", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "bad-rule", "no day in any year"),
        ("observe", "FREQ=YEARLY;BYDAY=1MO;BYDAY=1TU", "bad-rule", "twice"),
        ("count", "days", "bad-choice", "`years`, `none`"),
        ("late", "tomorrow", "bad-late", "same-day"),
        ("late", "0h", "bad-late", "same-day"),
        ("late", "999999d", "bad-late", "over a year"),
        ("importance", "0", "bad-number", "from 1 to 5"),
        ("importance", "6", "bad-number", "from 1 to 5"),
        ("importance", "3.5", "bad-number", "from 1 to 5"),
        ("importance", "9" * 5000, "bad-number", "from 1 to 5"),
        ("translations", "de", "wrong-type", "a mapping of languages"),
        ("mentions", "'@NASA'", "wrong-type", 'a mapping of networks, such as {x: "@NASA"}'),
    ],
)
def test_a_wrong_value_is_told_at_its_place(key: str, value: str, code: str, says: str) -> None:
    text = schedule_with_one_event(**{key: value})
    ((line, column, found, message),) = find_mistakes_with_messages(text)
    assert (line, column) == find_position(text, f"{key}: {value}", after=f"{key}: ")
    assert found == code
    assert says in message


@pytest.mark.parametrize(
    ("item", "wrong", "code"),
    [
        ("{for: 50}", "{for: 50}", "missing-key"),
        ("{for: 0, text: a}", "0, text", "bad-number"),
        ("{text: a, four: 50}", "four", "unknown-key"),
        ("[a]", "[a]", "wrong-type"),
    ],
)
def test_a_wrong_text_among_several_is_told_at_its_place(item: str, wrong: str, code: str) -> None:
    text = schedule_with_one_event(texts=f"[b, {item}]")
    ((line, column, found, _message),) = find_mistakes_with_messages(text)
    assert (line, column, found) == (*find_position(text, wrong), code)


@pytest.mark.parametrize(
    ("at", "zone", "code", "says"),
    [
        ("2016-03-27T02:30", "Europe/Berlin", "local-gap", "did not exist in Europe/Berlin"),
        (
            "2016-11-06T01:30",
            "America/New_York",
            "local-twice",
            "write the offset: 2016-11-06T01:30-04:00 or 2016-11-06T01:30-05:00",
        ),
        # Samoa went without 30 December 2011: a whole day that never came.
        ("2011-12-30T12:00", "Pacific/Apia", "local-gap", "did not exist in Pacific/Apia"),
    ],
)
def test_a_local_time_that_is_no_single_instant_is_refused(
    at: str, zone: str, code: str, says: str
) -> None:
    text = schedule_with_one_event(at=at, zone=zone)
    ((line, column, found, message),) = find_mistakes_with_messages(text)
    assert (line, column, found) == (*find_position(text, at), code)
    assert says in message


def test_a_local_time_whose_zone_is_wrong_is_one_mistake() -> None:
    assert [
        code
        for *_, code in find_mistakes(
            schedule_with_one_event(at="2016-03-01T10:00", zone="Nowhere")
        )
    ] == ["bad-zone"]
    in_mission = schedule_with_one_event(at="2016-03-01T10:00").replace(
        "    events", "    zone: No\n    events"
    )
    assert [code for *_, code in find_mistakes(in_mission)] == ["bad-zone"]


def test_to_the_minute_needs_an_instant() -> None:
    text = schedule_with_one_event(at="2016-03-02", observe="to-the-minute")
    assert find_mistakes(text) == [(*find_position(text, "to-the-minute"), "bad-observe")]
    assert find_mistakes(schedule_with_one_event(observe="to-the-minute")) == []


@pytest.mark.parametrize("key", ["id", "at", "title", "sources"])
def test_a_missing_key_is_told_where_its_mapping_begins(key: str) -> None:
    ((line, column, code, message),) = find_mistakes_with_messages(
        schedule_with_one_event(**{key: ""})
    )
    assert (line, column, code) == (5, 9, "missing-key")
    assert f"an event needs `{key}`" in message


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        ("{file: a.jpg, credit: NASA}", "a picture needs `alt`"),
        ("{file: a.jpg, alt: A}", "a picture needs `credit`"),
        ("{alt: A, credit: NASA}", "a picture needs `file`"),
        ("{file: a.jpg, alt: '', credit: NASA}", "the value is missing"),
        ("{file: ../a.jpg, alt: A, credit: NASA}", "below the schedule's own folder"),
        ("{file: /a.jpg, alt: A, credit: NASA}", "below the schedule's own folder"),
        ("{file: 'C:\\a.jpg', alt: A, credit: NASA}", "below the schedule's own folder"),
        ("a.jpg", "found a text; write a picture"),
    ],
)
def test_a_picture_needs_a_file_alt_text_and_a_credit(picture: str, says: str) -> None:
    ((*_, message),) = find_mistakes_with_messages(schedule_with_one_event(picture=picture))
    assert says in message


PICTURE = "{file: a.jpg, alt: A, credit: NASA}"
TWO = f"[{PICTURE}, {PICTURE.replace('a.jpg', 'b.jpg')}]"


@pytest.mark.parametrize(
    ("pictures", "at", "code", "says"),
    [
        ("[]", "[]", "empty", "needs at least one"),
        (PICTURE, PICTURE, "wrong-type", "write a list"),
        ("a.jpg", "a.jpg", "wrong-type", "write a list"),
        (f"[{PICTURE}, b.jpg]", "b.jpg", "wrong-type", "write a picture"),
        (f"[{PICTURE}, {{file: b, credit: c}}]", "{file: b,", "missing-key", "needs `alt`"),
        (f"[{PICTURE}, {{file: b, alt: '', credit: c}}]", "''", "empty", "the value is missing"),
        (f"[{PICTURE}, {{file: /b, alt: b, credit: c}}]", "/b", "bad-file", "own folder"),
        (f"[{', '.join([PICTURE] * 4)}, {{file: e, alt: e, credit: e}}]", "{file: e", "too-many",
         "may have at most 4"),
    ],
)  # fmt: skip
def test_each_mistake_of_several_pictures_is_told_at_its_own_place(
    pictures: str, at: str, code: str, says: str
) -> None:
    text = schedule_with_one_event(pictures=pictures)
    ((line, column, found, message),) = find_mistakes_with_messages(text)
    assert (line, column, found) == (*find_position(text, at), code)
    assert says in message


@pytest.mark.parametrize(
    ("mentions", "at", "code", "says"),
    [
        ("{x: NASA}", "NASA", "bad-mention", 'such as "@NASA"'),
        ("{x: ['@NASA', '@E SA']}", "'@E SA'", "bad-mention", 'such as "@NASA"'),
        ("{x: []}", "[]", "empty", "at least one"),
        ("{x: {name: '@NASA'}}", "{name", "wrong-type", "write a name with its @"),
        ("{X: '@NASA'}", "X:", "bad-name", "lower-case letters"),
    ],
)
def test_a_mention_has_a_network_and_a_name(mentions: str, at: str, code: str, says: str) -> None:
    text = schedule_with_one_event(sources="a test", mentions=mentions)
    ((*place, found, message),) = find_mistakes_with_messages(text)
    assert (*place, found) == (*find_position(text, at), code)
    assert says in message


@pytest.mark.parametrize("first", ["picture", "pictures"])
def test_picture_and_pictures_cannot_both_stand_there(first: str) -> None:
    second = {"picture": "pictures", "pictures": "picture"}[first]
    values = {"picture": PICTURE, "pictures": TWO}
    text = schedule_with_one_event(**{first: values[first], second: values[second]})
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (*find_position(text, f"{second}: "), "not-both")
    assert f"`{second}` and `{first}` exclude each other" in message


@pytest.mark.parametrize(
    ("event", "words", "at", "says"),
    [
        ({"pictures": TWO}, "alts: [eins]", "[eins]", "1 alt text for 2 pictures; write one"),
        ({"pictures": TWO}, "alts: [a, b, c]", "[a, b", "3 alt texts for 2 pictures; write one"),
        ({"picture": PICTURE}, "alts: [a, b]", "[a, b", "2 alt texts for 1 picture; write one"),
        ({}, "alts: [eins]", "[eins]", "1 alt text for no picture; leave the texts out"),
        ({"pictures": TWO}, "alt: eins", "eins", "2 pictures; write `alts`"),
    ],
)
@pytest.mark.parametrize("last", [True, False], ids=["before", "after"])
def test_translated_alt_texts_are_as_many_as_the_pictures(
    event: dict[str, str], words: str, at: str, says: str, *, last: bool
) -> None:
    translations = {"translations": f"{{fr: {{title: t}}, de: {{title: t, {words}}}}}"}
    text = schedule_with_one_event(**(event | translations if last else translations | event))
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (*find_position(text, at), "bad-alts")
    assert says in message


@pytest.mark.parametrize(
    ("event", "words", "codes"),
    [
        ({"pictures": TWO}, "alts: [eins, '']", ["empty"]),
        ({"pictures": TWO}, "alts: eins", ["wrong-type"]),
        ({"pictures": TWO}, "alts: []", ["empty"]),
        ({"pictures": TWO}, "alts: [a, b, c, d, e]", ["too-many"]),
        ({"pictures": TWO}, "alt: ''", ["empty"]),
        ({"pictures": TWO}, "alt: a, alts: [a, b]", ["not-both"]),
        ({"pictures": f"[{PICTURE}, b.jpg]"}, "alts: [a, b]", ["wrong-type"]),
        ({"pictures": "[]"}, "alts: [a, b]", ["empty"]),
        ({"pictures": "b.jpg"}, "alts: [a, b]", ["wrong-type"]),
        ({"picture": "b.jpg"}, "alts: [a]", ["wrong-type"]),
        ({"picture": PICTURE, "pictures": TWO}, "alts: [a]", ["not-both"]),
        ({"pictures": f"[{', '.join([PICTURE] * 5)}]"}, "alts: [a, b, c, d]", ["too-many"]),
        ({}, "alt: eins", []),
    ],
)
def test_a_mistake_of_pictures_or_alt_texts_makes_no_second_one(
    event: dict[str, str], words: str, codes: list[str]
) -> None:
    text = schedule_with_one_event(**event, translations=f"{{de: {{{words}}}}}")
    assert [code for *_, code in find_mistakes(text)] == codes


def test_an_unknown_key_is_told_with_the_key_that_was_meant() -> None:
    ((line, column, code, message),) = find_mistakes_with_messages(
        schedule_with_one_event(tilte="x")
    )
    assert (line, column, code) == (9, 9, "unknown-key")
    assert message == "unknown key `tilte`; did you mean `title`?"
    assert (
        "did you mean `max_per_day`?"
        in find_mistakes_with_messages("missions: []\ndefaults: {max-per-day: 2}")[0][3]
    )
    assert (
        "use one of `missions`, `include`, `quiet_days`, `defaults`, `accounts`"
        in find_mistakes_with_messages("missions: []\nzzz: 1")[0][3]
    )


def test_a_key_of_absurd_length_is_quoted_in_short_and_guessed_at_by_nobody() -> None:
    ((*_, message),) = find_mistakes_with_messages(f"missions: []\n? {'x' * 100_000}\n: 1\n")
    assert message.startswith("unknown key `xxx")
    assert len(message) < 150


def test_a_key_that_stands_twice_names_the_line_of_the_first() -> None:
    text = schedule_with_one_event() + "        title: again\n"
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (9, 9, "duplicate-key")
    assert "the first is on line 7" in message
    options = "missions: []\naccounts: [{network: x, options: {a: 1, b: 2, a: 3}}]\n"
    assert find_mistakes(options) == [(2, 47, "duplicate-key")]


def test_ids_and_names_are_unique_and_the_first_is_named() -> None:
    text = """\
missions:
  - id: a
    name: A
    events:
      - {id: x, at: 2016-01-01, title: t, sources: s}
      - {id: x, at: 2016-01-01, title: t, sources: s}
  - {id: b, name: B, events: [{id: x, at: 2016-01-01, title: t, sources: s}]}
  - {id: a, name: C}
accounts: [{network: x}, {network: y}, {network: y, name: x}, {network: x}]
"""
    reported = find_mistakes_with_messages(text)
    assert [mistake[:3] for mistake in reported] == [
        (6, 14, "duplicate-id"),
        (8, 10, "duplicate-id"),
        (9, 59, "duplicate-name"),
        (9, 73, "duplicate-name"),
    ]
    firsts = [message.partition("used on ")[2].partition(";")[0] for *_, message in reported]
    assert firsts == ["line 5", "line 2", "line 9", "line 9"]


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("{name: x}", "missing-key"),
        ("{network: My Network}", "bad-name"),
        ("{network: x, name: a_b}", "bad-name"),
        ("{network: x, post_at: '9:00'}", "bad-time"),
        ("{network: x, post_at: '24:00'}", "bad-time"),
        ("{network: x, post_at: ['09:00', 18h]}", "bad-time"),
        ("{network: x, post_at: []}", "empty"),
        ("{network: x, spacing: 20}", "bad-spacing"),
        ("{network: x, spacing: 13h}", "bad-spacing"),
        ("{network: x, quiet_hours: '22:00'}", "bad-hours"),
        ("{network: x, quiet_hours: '22:00-22:00'}", "bad-hours"),
        ("{network: x, quiet_hours: '22:00-24:00'}", "bad-hours"),
        ("{network: x, quiet_hours: '14:00-16:00'}", "quiet-slot"),
        ("{network: x, post_at: ['09:00', '23:00'], quiet_hours: '22:00-07:00'}", "quiet-slot"),
        ("{network: x, to_the_minute: [5, 6]}", "bad-number"),
        ("{network: x, years: sometimes}", "bad-years"),
        ("{network: x, years: [0]}", "bad-number"),
        ("{network: x, years: []}", "empty"),
        ("{network: x, on_memorial_days: keep}", "bad-choice"),
        ("{network: x, timezone: Mars}", "bad-zone"),
        ("{network: x, language: german}", "bad-language"),
        ("{network: x, max_per_day: 0}", "bad-number"),
        ("{network: x, repeat_window: 0d}", "bad-days"),
        ("{network: x, repeat_window: 361d}", "bad-days"),
        ("{network: x, repeat_window: 6h}", "bad-days"),
        ("{network: x, links: maybe}", "bad-choice"),
        ("{network: x, untranslated: maybe}", "bad-choice"),
        ("{network: x, emoji: many}", "bad-choice"),
        ("{network: x, days: mine}", "bad-choice"),
        ("{network: x, options: [a]}", "wrong-type"),
        ("{network: x, options: {a: [b]}}", "wrong-type"),
        ("{network: x, options: {A: b}}", "bad-option"),
        ("{network: x, options: {[a]: b}}", "wrong-type"),
        ("{network: x, {a: b}: c}", "wrong-type"),
        ("x", "wrong-type"),
    ],
)
def test_a_wrong_account_is_one_mistake(account: str, code: str) -> None:
    assert [found for *_, found in find_mistakes(f"missions: []\naccounts: [{account}]")] == [code]


def test_a_time_to_post_in_quiet_hours_is_told_where_it_stands() -> None:
    text = """\
missions: []
defaults: {quiet_hours: "22:00-07:00", post_at: ["06:30", "15:00"]}
accounts:
  - {network: x}
  - {network: y, post_at: "23:00"}
  - {network: z, quiet_hours: "14:00-15:30"}
"""
    found = find_mistakes_with_messages(text)
    assert [mistake[:3] for mistake in found] == [
        (2, 49, "quiet-slot"),
        (5, 27, "quiet-slot"),
        (6, 31, "quiet-slot"),
    ]
    assert "`post_at` 06:30 lies in the quiet hours 22:00-07:00" in found[0][3]


@pytest.mark.parametrize("day", ["2027-02-29", "1 April", "20270401", "2027-W13-4"])
def test_a_quiet_day_must_be_a_date_of_the_calendar(day: str) -> None:
    assert find_mistakes(f"missions: []\nquiet_days: [2027-04-01, {day}]") == [(2, 26, "bad-date")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tone": "sad"}, "bad-choice"),
        ({"years": "often"}, "bad-years"),
        ({"years": "[1, x]"}, "bad-number"),
    ],
)
def test_a_wrong_rule_of_an_event_is_told(fields: dict[str, str], code: str) -> None:
    ((_, _, found),) = find_mistakes(schedule_with_one_event(**fields))
    assert found == code


@pytest.mark.parametrize("top", ["a", "[]", "- a: b", '"missions: []"'])
def test_a_top_level_that_is_no_mapping_is_a_mistake(top: str) -> None:
    assert find_mistakes(top) == [(1, 1, "wrong-type")]


def test_missions_must_be_there_and_be_a_list() -> None:
    assert find_mistakes("accounts: []") == [(1, 1, "missing-key")]
    assert find_mistakes("missions: {a: b}") == [(1, 11, "wrong-type")]
    assert find_mistakes("missions:\naccounts: []") == [(1, 10, "empty")]


def test_a_list_or_mapping_whose_lines_are_all_comments_is_told_as_empty() -> None:
    text = "missions: []\naccounts:\n#  - {network: x}\ndefaults: ~\n"
    reported = find_mistakes_with_messages(text)
    assert [mistake[:3] for mistake in reported] == [(2, 10, "empty"), (4, 11, "empty")]
    assert all(message.startswith("the value is missing; write ") for *_, message in reported)
    assert find_mistakes("missions: []\naccounts: '~'") == [(2, 11, "wrong-type")]


THIRTY = """\
defaults: {post_at: 15h, timezne: UTC}
accounts:
  - {name: nobody}
  - {network: mastodon, days: mine}
  - {network: mastodon}
missions:
  - id: Year in Space
    name: [One-Year Mission]
    zone: America/NewYork
    events:
      - at: 2016-02-30
        title: No id, no source
      - id: first
        at: 2015-02-29T10:00
        titel: Hidden title
        sources: []
        importance: 9
      - id: first
        at: 2016-02-29T25:00Z
        title:
        sources: NASA
        links: [ftp://example.org, https://example.org, {title: No address}]
      - id: second
        at: 2016-02-29
        title: Twice
        title: Thrice
        sources: &source NASA
        observe: to-the-minute
        picture: {file: a.jpg, credit: NASA}
      - just a text
      - {id: third, at: 2016-03-13T02:30, zone: America/New_York, title: t, sources: *source}
      - {id: fourth, at: 2166-10-14, title: t, sources: s, late: soon}
"""


def test_a_clock_needs_a_time_of_day() -> None:
    text = schedule_with_one_event(at="2014-11-12", clock="spacecraft")
    ((*place, code, message),) = find_mistakes_with_messages(text)
    assert (*place, code) == (*find_position(text, "spacecraft"), "bad-clock")
    assert "write the time into `at`" in message


def test_thirty_mistakes_are_reported_in_one_run_each_at_its_place() -> None:
    assert find_mistakes(THIRTY) == [
        (1, 21, "bad-time"),
        (1, 26, "unknown-key"),
        (3, 5, "missing-key"),
        (4, 31, "bad-choice"),
        (5, 15, "duplicate-name"),
        (7, 9, "bad-id"),
        (8, 11, "wrong-type"),
        (9, 11, "bad-zone"),
        (11, 9, "missing-key"),
        (11, 9, "missing-key"),
        (11, 13, "bad-date"),
        (14, 13, "bad-date"),
        (15, 9, "unknown-key"),
        (16, 18, "empty"),
        (17, 21, "bad-number"),
        (18, 13, "duplicate-id"),
        (19, 13, "bad-time"),
        (20, 15, "empty"),
        (22, 17, "bad-url"),
        (22, 57, "missing-key"),
        (26, 9, "duplicate-key"),
        (27, 18, "anchor"),
        (28, 18, "bad-observe"),
        (29, 18, "missing-key"),
        (30, 9, "wrong-type"),
        (31, 25, "local-gap"),
        (31, 86, "alias"),
        (32, 26, "bad-year"),
        (32, 66, "bad-late"),
    ]


PIECES = (
    "missions: |events: |accounts: |picture: |id: a|at: 2016-01-01|title: t|sources: s|network: x"
    "|zone: |- |  |\n|[|]|{|}|, |&a |*a |!!str |? |: |'|\"|>\n|\t|---\n|...\n|%YAML 1.1\n|<<|#"
    "|\x00|\ufeff|\u2028|\\|missions:\n  - events:\n      - "
)


@settings(deadline=None)  # the first wrong zone reads the list of all zones
@given(st.lists(st.sampled_from(PIECES.split("|")) | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_raises_anything_but_a_configuration_error(text: str) -> None:
    assert all(line >= 1 and column >= 1 for line, column, _ in find_mistakes(encode_text(text)))


@settings(deadline=None)  # the first wrong zone reads the list of all zones
@given(st.binary(max_size=200) | st.binary(max_size=20).map(b"missions: []\nx: ".__add__))
def test_no_bytes_raise_anything_but_a_configuration_error(data: bytes) -> None:
    assert all(line >= 1 and column >= 1 for line, column, _ in find_mistakes(data))


@settings(deadline=None)  # the first wrong zone reads the list of all zones
@given(st.text(max_size=30))
def test_no_value_of_any_key_raises_anything_but_a_configuration_error(value: str) -> None:
    quoted = json.dumps(value)
    for key in EVENT.keys:
        find_mistakes(encode_text(schedule_with_one_event(**{key.name: quoted})))


def encode_text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def find_position(text: str, part: str, after: str = "") -> tuple[int, int]:
    """Line and column, from 1, of what comes after `after` in the only `part` of `text`."""
    position = text.rindex(part) + len(after)
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


@pytest.mark.parametrize(
    ("value", "column", "code", "says"),
    [
        ("{exlamation: a cry}", 22, "bad-choice", "did you mean `exclamation`?"),
        ("{exclamation: ''}", 35, "empty", "the value is missing"),
        ("{exclamation: [a]}", 35, "wrong-type", "found a list; write a text"),
    ],
)
def test_advice_is_turned_off_by_its_code_and_with_a_reason(
    value: str, column: int, code: str, says: str
) -> None:
    text = schedule_with_one_event(advice_off=value)
    ((line, found_column, found_code, message),) = find_mistakes_with_messages(text)
    assert (line, found_column, found_code) == (9, column, code)
    assert says in message


@pytest.mark.parametrize(
    ("key", "value", "code", "says"),
    [
        ("read", "2026-02-29", "bad-date", "February 2026 has 28 days"),
        ("read", "yesterday", "bad-date", "write a date such as 2026-11-28"),
        ("read", "2026-11-28T10:00Z", "bad-date", "write a date such as 2026-11-28"),
        ("supports", "dates", "bad-choice", "did you mean `date`?"),
        ("url", "example.org", "bad-url", "a link such as"),
        ("page", "x", "unknown-key", "use one of `title`, `url`, `supports`, `read`"),
    ],
)
def test_a_mistake_in_a_source_is_told_at_its_place(
    key: str, value: str, code: str, says: str
) -> None:
    text = schedule_with_one_event(sources=f"[{{title: t, {key}: {value}}}]")
    ((line, column, found, message),) = find_mistakes_with_messages(text)
    place = len(f"        sources: [{{title: t, {key}: ") + 1
    if code == "unknown-key":
        place -= len(f"{key}: ")
    assert (line, column, found) == (8, place, code)
    assert says in message
