"""`check` finds every mistake at once, each at its place."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.fakes.bot_installation import ROOT, BotInstallation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.bot_installation import CommandResult

LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)")
GOOD = {"at": "2016-03-02", "title": "A good title", "sources": "GCAT"}
MISTAKES = (
    {"at": "2015-02-30"},
    {"at": "2015-02-29"},
    {"at": "2016-13-01"},
    {"at": "2016-03-02T24:10Z"},
    {"at": "2016-03-02T20:15"},
    {"at": "02.03.2016"},
    {"at": "2101-01-01"},
    {"at": "2016-03-27T02:30", "zone": "Europe/Berlin"},
    {"zone": "Europe/Berln"},
    {"zone": "New York"},
    {"at": ""},
    {"title": ""},
    {"title": "[a, b]"},
    {"title": "''"},
    {"sources": ""},
    {"sources": "[]"},
    {"tilte": "A typo"},
    {"kind": "Moon landing"},
    {"tags": "['#ISS']"},
    {"tags": "two words"},
    {"links": "ftp://example.org/"},
    {"importance": "9"},
    {"leap_day": "feb-30"},
    {"late": "sometimes"},
    {"observe": "yearly"},
    {"picture": "{file: media/a.jpg, credit: NASA}"},
    {"picture": "{file: ../../etc/passwd, alt: a file, credit: nobody}"},
    {"translations": "{german: {title: Landung}}"},
    {"id": "Capital"},
    {"id": "event-0"},
)


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    return tmp_path / "schedule.yaml"


def event_line(number: int, **keys: str) -> str:
    """One event on a line of its own."""
    said = {"id": f"event-{number}"} | GOOD | keys
    return "      - {" + ", ".join(f"{k}: {v}" for k, v in said.items() if v) + "}\n"


def write_schedule(schedule: Path, *events: str, accounts: str = "") -> None:
    head = "missions:\n  - id: m\n    name: Mission\n    events:\n"
    schedule.write_text(accounts + head + "".join(events), encoding="utf-8")


def parse_mistakes(said: CommandResult) -> list[tuple[int, str]]:
    """The line and the message of every mistake; every line must have the promised form."""
    lines = [line for line in said.out.splitlines() if ": advice: " not in line]
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), said.out
    assert said.code == 1
    return [(int(match["line"]), match["message"]) for match in matches if match]


def test_thirty_mistakes_are_told_in_one_run_each_in_its_line(
    bot: BotInstallation, schedule: Path
) -> None:
    assert len(MISTAKES) == 30
    wrong = [event_line(number + 1, **keys) for number, keys in enumerate(MISTAKES)]
    write_schedule(schedule, event_line(0), *wrong)
    reported = parse_mistakes(bot("check", "--schedule", str(schedule)))
    assert [line for line, _message in reported] == [6 + number for number in range(30)]


def test_no_floor_s_mistakes_hide_those_of_another(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    (templates / "launch.j2").write_text("{{ date }}\n\n{{ nosuch }}\n", encoding="utf-8")
    long = '"' + "A title that is far too long for anybody to read. " * 12 + '"'
    accounts = (
        "accounts:\n"
        "  - {network: mastadon}\n"
        "  - {network: mastodon, options: {visibilty: public}}\n"
        "  - {network: mastodon, name: second, options: {visibility: pubic}}\n"
    )
    picture = "{file: media/none.jpg, alt: nothing to see, credit: nobody}"
    write_schedule(
        schedule,
        event_line(1, at="2016-02-30"),
        event_line(2, title=long),
        event_line(3, picture=picture),
        accounts=accounts,
    )
    settings = {"PERIHELION_TEMPLATES": str(templates)}
    said = BotInstallation(bot.folder, settings)("check", "--schedule", str(schedule))
    reported = parse_mistakes(said)
    wanted = [
        (2, "did you mean `mastodon`?"),
        (3, "did you mean `visibility`?"),
        (4, "did you mean `public`?"),
        (9, "February 2016 has 29 days"),
        (10, "shorten the event's title"),
        (11, "there is no picture"),
        (3, "nosuch"),
    ]
    for line, part in wanted:
        assert any(line == at and part in message for at, message in reported), (
            line,
            part,
            reported,
        )
    assert {line for line, _message in reported} == {line for line, _part in wanted}
    assert f"{templates / 'launch.j2'}:3:1: " in said.out


def test_accounts_and_pictures_are_told_where_the_wrong_key_stands(
    bot: BotInstallation, schedule: Path
) -> None:
    accounts = """\
accounts:
  - name: first
    network: mastadon
  - network: mastodon
    options:
      content_warning: space
      visibilty: public
      visibility: pubic
  - network: x
    options:
      budget: a lot
  - network: nostr
    options: {media_url: here}
  - network: x
    name: second
    options: {over_budget: wait}
"""
    picture = "\n          alt: a\n          credit: c\n          file: none.jpg"
    block = f"      - id: e\n        at: 2016-03-02\n        title: t\n        picture:{picture}\n"
    write_schedule(schedule, block + "        sources: GCAT\n", accounts=accounts)
    said = bot("check", "--json", "--schedule", str(schedule))
    reported = [(one["line"], one["column"], one["code"]) for one in json.loads(said.out)]
    assert said.code == 1
    assert reported == [
        (3, 14, "network"),
        (7, 7, "option"),
        (8, 7, "option"),
        (11, 7, "option"),
        (13, 15, "option"),
        (16, 15, "option"),
        (27, 17, "picture"),
    ]


BAD_VARIABLES = {
    "TELEGRAM_TOKEN": "abc",
    "TELEGRAM_CHAT": "a b",
    "NOSTR_KEY": "nsec1xyz",
    "NOSTR_RELAYS": "ws://127.0.0.1:9",
    "THREADS_USER": "me",
    "THREADS_TOKEN": "t0ken",
}


@pytest.mark.parametrize("verb", ["check", "once"])
def test_variables_that_cannot_be_right_are_told_for_all_accounts_at_once(
    bot: BotInstallation, schedule: Path, verb: str
) -> None:
    accounts = "accounts: [{network: telegram}, {network: nostr}, {network: threads}]\n"
    write_schedule(schedule, event_line(1), accounts=accounts)
    said = BotInstallation(bot.folder, BAD_VARIABLES)(verb, "--schedule", str(schedule))
    assert said.code == 1
    reported = said.out if verb == "check" else said.err
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_CHAT", "NOSTR_KEY", "THREADS_USER"):
        assert f"environment: {name} " in reported
    assert "nsec1xyz" not in said.out + said.err


def test_a_good_schedule_is_told_with_what_was_looked_at(
    bot: BotInstallation, schedule: Path
) -> None:
    write_schedule(schedule, event_line(1))
    said = bot("check", "--schedule", str(schedule))
    assert said.code == 0
    assert said.out.startswith("No mistakes: 1 event, ")


def test_our_own_schedule_is_well_and_needs_no_advice(bot: BotInstallation) -> None:
    said = bot("check", "--strict")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("No mistakes: ")


def test_what_is_no_picture_is_found(bot: BotInstallation, schedule: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("I am no picture", encoding="utf-8")
    whole = tmp_path / "whole.png"
    Image.new("RGB", (64, 64), "navy").save(whole)
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "scan.tiff")
    (tmp_path / "torn.png").write_bytes(whole.read_bytes()[:-40])
    names = ("text.jpg", "torn.png", "whole.png", "scan.tiff", "x" * 300, "whole.png/none.jpg")
    pictures = [f"{{file: {name}, alt: a test, credit: nobody}}" for name in names]
    write_schedule(
        schedule, *(event_line(number, picture=one) for number, one in enumerate(pictures))
    )
    reported = parse_mistakes(bot("check", "--schedule", str(schedule)))
    assert [line for line, _message in reported] == [5, 6, 9, 10]
    assert "is not a picture" in reported[0][1]
    assert "cannot be read" in reported[1][1]
    assert all("there is no picture" in message for _line, message in reported[2:])


SERVED = """\
accounts:
  - {network: threads, options: {media_url: "https://example.org/media"}}
"""


def check_picture(
    bot: BotInstallation, schedule: Path, file: str, *, alt: str = "a test", accounts: str = ""
) -> list[tuple[str, str]]:
    """Code and message of every finding about a picture, each at its file's place."""
    picture = f"{{file: {file}, alt: {alt}, credit: nobody}}"
    write_schedule(schedule, event_line(1, picture=picture), accounts=accounts)
    line = len(schedule.read_text(encoding="utf-8").splitlines())
    column = schedule.read_text(encoding="utf-8").splitlines()[-1].index(file) + 1
    found = bot("check", "--json", "--schedule", str(schedule)).json
    assert all((one["line"], one["column"]) == (line, column) for one in found)
    return [(one["code"], one["message"]) for one in found]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), {"telegram": "1 x 1 pixels, and needs at least 2", "x": "at least 4"}),
        ((3, 9), {"x": "has 3 x 9 pixels, and needs at least 4 each way; replace it"}),
        ((420, 20), {"telegram": "has 420 x 20 pixels, and may be 20 times as long as wide"}),
        ((64, 64), {}),
    ],
)
def test_a_picture_whose_shape_a_network_refuses_is_told_at_its_file(
    bot: BotInstallation,
    schedule: Path,
    tmp_path: Path,
    size: tuple[int, int],
    expected: dict[str, str],
) -> None:
    Image.new("RGB", size, "navy").save(tmp_path / "a.png")
    found = dict(
        message.removeprefix("m/event-1: on ").split(", ", 1)
        for _code, message in check_picture(bot, schedule, "a.png")
    )
    assert found.keys() == expected.keys()
    assert all(says in found[network] for network, says in expected.items())


def test_a_picture_that_can_be_made_to_fit_is_no_mistake_unless_its_network_fetches_it(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (3000, 2500)).save(tmp_path / "heavy.bmp")
    assert (tmp_path / "heavy.bmp").stat().st_size > 16 * 1024 * 1024
    assert check_picture(bot, schedule, "heavy.bmp") == []
    found = check_picture(bot, schedule, "heavy.bmp", accounts=SERVED)
    assert "on threads, " in found[0][1]
    assert any("is BMP; save it as JPEG or PNG" in message for _code, message in found)
    assert any("bytes of 8000000; shrink it" in message for _code, message in found)


def test_a_name_that_does_not_say_the_format_matters_only_where_the_network_fetches_it(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg", "PNG")
    assert check_picture(bot, schedule, "a.jpg") == []
    ((_code, message),) = check_picture(bot, schedule, "a.jpg", accounts=SERVED)
    assert "is PNG, which its name does not say; rename it" in message


def test_an_animated_picture_is_noted(bot: BotInstallation, schedule: Path, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    ((code, message),) = check_picture(bot, schedule, "a.gif")
    assert (code, message.endswith("a.gif is animated; posts show its first frame")) == (
        "animated",
        True,
    )
    assert bot("check", "--schedule", str(schedule)).code == 0


def test_an_alt_text_that_is_too_long_for_a_network_is_told_at_its_picture(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    found = check_picture(bot, schedule, "a.png", alt="word " * 220 + "end")
    assert [message.split(", ")[0] for _code, message in found] == [
        "m/event-1: on discord",
        "m/event-1: on x",
    ]
    assert all("1103 of 10" in message for _code, message in found)


def test_every_file_of_several_pictures_is_looked_at(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8), "navy").save(tmp_path / "whole.png")
    (tmp_path / "text.jpg").write_text("I am no picture", encoding="utf-8")
    names = ("whole.png", "none.jpg", "text.jpg")
    pictures = [f"{{file: {name}, alt: a test, credit: nobody}}" for name in names]
    lines = ",\n          ".join(pictures)
    write_schedule(schedule, event_line(1, pictures=f"[\n          {lines}]"))
    said = bot("check", "--json", "--schedule", str(schedule))
    reported = [(one["line"], one["column"], one["code"], one["message"]) for one in said.json]
    assert [place for *place, _message in reported] == [[7, 18, "picture"], [8, 18, "picture"]]
    assert "there is no picture" in reported[0][3]
    assert "is not a picture" in reported[1][3]


def test_a_name_that_networks_would_take_for_a_mention_is_told_and_is_no_mistake(
    bot: BotInstallation, schedule: Path
) -> None:
    write_schedule(schedule, event_line(1, title="'@NASA lands'"), event_line(2))
    said = bot("check", "--schedule", str(schedule))
    advice, summary = said.out.splitlines()
    assert (said.code, summary.partition(":")[0]) == (0, "No mistakes")
    assert advice.startswith(f"{schedule}:5:9: advice: m/event-1: @NASA would mention somebody on ")
    assert advice.endswith(" [mention]")
    assert all(name in advice for name in ("mastodon", "telegram", "threads", "x"))
    assert "bluesky" not in advice
    told = bot("check", "--json", "--schedule", str(schedule)).json
    assert [(one["level"], one["code"], one["line"]) for one in told] == [("advice", "mention", 5)]


def test_advice_fails_the_check_only_where_it_is_to_be_strict(
    bot: BotInstallation, schedule: Path
) -> None:
    write_schedule(schedule, event_line(1, title="'Contact!'"))
    assert bot("check", str(schedule)).code == 0
    assert bot("check", "--strict", str(schedule)).code == 1
    off = "{exclamation: it is a quotation}"
    write_schedule(schedule, event_line(1, title="'Contact!'", advice_off=off))
    said = bot("check", "--strict", str(schedule))
    assert (said.code, len(said.out.splitlines())) == (0, 1)


def test_an_event_that_disagrees_with_a_table_of_facts_fails_the_check(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    write_schedule(schedule, event_line(1, kind="landing"))
    table = tmp_path / "facts.csv"
    table.write_text("date,name,kind\n2016-03-01,Mission,landing\n", encoding="utf-8")
    said = bot("check", "--facts", str(table), str(schedule))
    assert said.code == 1
    assert said.out == (
        f"{schedule}:5:9: m/event-1: `at` is 2016-03-02, and {table}:2:1 has 2016-03-01\n"
    )
    assert bot("check", str(schedule)).code == 0


def test_mistakes_come_before_the_advice(bot: BotInstallation, schedule: Path) -> None:
    write_schedule(schedule, event_line(1, title="'Contact!'"), event_line(2, at="2015-02-29"))
    said = bot("check", str(schedule))
    assert [": advice: " in line for line in said.out.splitlines()] == [False, True]
    assert [one["level"] for one in bot("check", "--json", str(schedule)).json] == [
        "mistake",
        "advice",
    ]


def test_an_event_mentions_whom_its_key_names_and_check_tells_of_the_other_networks(
    bot: BotInstallation, schedule: Path
) -> None:
    keys = {"title": "'@NASA lands'", "mentions": "{x: '@nasa', telegram: '@NASA'}"}
    write_schedule(schedule, event_line(1, **keys))
    note = bot("check", "--schedule", str(schedule)).out.splitlines()[0]
    assert "would mention somebody on mastodon, threads;" in note


def test_a_mention_on_a_network_that_does_not_exist_is_a_mistake_at_its_name(
    bot: BotInstallation, schedule: Path
) -> None:
    write_schedule(schedule, event_line(1, mentions="{mastodn: '@nasa@example.social'}"))
    (found,) = bot("check", "--json", "--schedule", str(schedule)).json
    column = schedule.read_text(encoding="utf-8").splitlines()[4].index("mastodn") + 1
    assert (found["line"], found["column"], found["code"]) == (5, column, "bad-mention")
    assert "did you mean `mastodon`?" in found["message"]


def test_a_picture_that_only_some_networks_show_must_be_fit_for_those(
    bot: BotInstallation, schedule: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "good.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    pictures = [f"{{file: {one}.png, alt: a, credit: nobody}}" for one in ("good", "tiny")]
    write_schedule(schedule, event_line(1, pictures=f"[{', '.join(pictures)}]"))
    ((_line, message),) = parse_mistakes(bot("check", "--schedule", str(schedule)))
    assert message.startswith("m/event-1: on x, ")


def test_a_template_that_does_not_compile_is_found_at_its_line(
    bot: BotInstallation, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    (templates / "eva.j2").write_text("{{ date }}\n{% if %}\n", encoding="utf-8")
    said = BotInstallation(bot.folder, {"PERIHELION_TEMPLATES": str(templates)})("check")
    assert [line for line, _message in parse_mistakes(said)] == [2]
    assert said.out.startswith(f"{templates / 'eva.j2'}:2:1: ")


def test_wrong_settings_are_all_told_at_once_and_hide_nothing(
    bot: BotInstallation, schedule: Path
) -> None:
    wrong = {"PERIHELION_TICK": "soon", "PERIHELION_STAET": "x", "DATABASE_URL": "mysql://db"}
    write_schedule(schedule, event_line(1, at="2015-02-29"))
    said = BotInstallation(bot.folder, wrong)("check", "--schedule", str(schedule))
    assert said.code == 1
    assert len(said.out.splitlines()) == 4
    assert all(name in said.out for name in wrong)
    assert "February 2015 has 28 days" in said.out


def test_another_schedule_can_be_checked_by_its_name(bot: BotInstallation, schedule: Path) -> None:
    write_schedule(schedule, event_line(1, at="2015-02-29"))
    assert parse_mistakes(bot("check", str(schedule)))[0][0] == 5
