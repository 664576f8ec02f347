"""`preview --html`: a page that shows each post, its count and its picture."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from PIL import Image

from tests.fakes.bot_installation import BotInstallation

if TYPE_CHECKING:
    from collections.abc import Sequence

VOID = {"meta", "img", "link", "br"}
ACCOUNTS = """\
defaults: {cards: none}
accounts:
  - {network: local, name: first}
  - {network: local, name: second}
  - {network: local, name: later, post_at: "18:30"}
"""
TITLE = "Apollo <script>alert(1)</script> & “friends” land"


class ParsedPage(HTMLParser):
    """A page's elements and texts; fails on a tag that is closed out of order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def find_all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


def preview_page(bot: BotInstallation, *arguments: str) -> ParsedPage:
    file = bot.folder / "pages" / "a page.html"
    file.parent.mkdir()
    said = bot("preview", *arguments, "--html", str(file))
    assert said.code == 0, said.err
    assert str(file) in said.out
    return ParsedPage(file.read_text(encoding="utf-8"))


def test_the_page_holds_every_post_of_the_day_with_its_count(bot: BotInstallation) -> None:
    page = preview_page(bot, "2027-03-02")
    posts = bot("preview", "2027-03-02", "--json").json
    assert len(page.find_all("article")) == len(posts) == 3
    text = "".join(page.texts)
    for post in posts:
        assert post["text"] in text
        assert f"{post['length']} of {post['limit']}" in text
        assert post["key"] in text
    assert [m["value"] for m in page.find_all("meter")] == [str(post["length"]) for post in posts]
    assert not bot.state.exists()


def test_several_days_are_named_by_the_first_and_the_last(bot: BotInstallation) -> None:
    page = preview_page(bot, "2027-02-28", "--days", "2")
    assert "What would be posted: 2027-02-28 to 2027-03-01" in "".join(page.texts)


def test_a_post_is_read_out_in_its_own_language_and_direction_below_a_heading_of_its_own(
    bot: BotInstallation,
) -> None:
    page = preview_page(bot, "2027-03-02", "--network", "x")
    texts = [one for one in page.find_all("div") if one.get("class") == "text"]
    assert {(one["lang"], one["dir"]) for one in texts} == {("en", "auto")}
    assert len(page.find_all("h2")) == len(page.find_all("h3")) == len(texts) == 3
    assert len(page.find_all("main")) == 1


def test_a_page_that_cannot_be_written_is_told_in_one_line(bot: BotInstallation) -> None:
    nowhere = bot.folder / "no folder" / "page.html"
    said = bot("preview", "2027-03-02", "--html", str(nowhere))
    assert (said.code, said.out) == (2, "")
    assert (
        said.err.strip()
        == f"cannot write {nowhere}: No such file or directory; choose another file"
    )


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_out_of_reach_is_wrong_usage(bot: BotInstallation, day: str) -> None:
    said = bot("preview", day, "--days", "3")
    assert said.code == 2
    assert f"{day} is out of range; choose a year from 1900 to 2999" in said.err


def test_a_day_without_posts_says_so(bot: BotInstallation) -> None:
    schedule = bot.folder / "empty.yaml"
    schedule.write_text("missions: []\n", encoding="utf-8")
    page = preview_page(bot, "2027-03-02", "--schedule", str(schedule))
    assert "Nothing to post" in "".join(page.texts)


@pytest.mark.parametrize(
    ("days", "told"), [("1", "on 2027-03-02"), ("3", "from 2027-03-02 to 2027-03-04")]
)
def test_days_without_posts_are_named_on_the_screen(
    bot: BotInstallation, days: str, told: str
) -> None:
    schedule = bot.folder / "empty.yaml"
    schedule.write_text("missions: []\n", encoding="utf-8")
    said = bot("preview", "2027-03-02", "--days", days, "--schedule", str(schedule)).out
    assert said == f"Nothing to post {told}.\n"


def write_three_pictures(bot: BotInstallation) -> Path:
    """A schedule whose only event has three pictures; the last one's credit is the first's."""
    pictures = ""
    for number, credit in ((1, "NASA"), (2, "ESA"), (3, "NASA")):
        Image.new("RGB", (8, 8), "navy").save(bot.folder / f"{number}.png")
        pictures += f"          - {{file: {number}.png, alt: Number {number}, credit: {credit}}}\n"
    schedule = bot.folder / "schedule.yaml"
    schedule.write_text(
        "missions:\n  - id: m\n    name: Mission\n    events:\n"
        "      - id: e\n        at: 2016-03-02\n        title: A test\n        sources: a test\n"
        f"        pictures:\n{pictures}",
        encoding="utf-8",
    )
    return schedule


def test_the_page_shows_every_picture_with_its_alt_text(bot: BotInstallation) -> None:
    page = preview_page(bot, "2027-03-02", "--schedule", str(write_three_pictures(bot)))
    images = page.find_all("img")
    assert [one["alt"] for one in images] == ["Number 1", "Number 2", "Number 3"]
    names = [Path(urlsplit(one["src"] or "").path).name for one in images]
    assert names == ["1.png", "2.png", "3.png"]
    assert len(page.find_all("figcaption")) == 3


@pytest.mark.parametrize(("network", "count"), [("x", 3), ("telegram", 1), ("nostr", 0)])
def test_as_many_pictures_are_foreseen_as_the_network_takes(
    bot: BotInstallation, network: str, count: int
) -> None:
    asked = (
        "preview",
        "2027-03-02",
        "--schedule",
        str(write_three_pictures(bot)),
        "--network",
        network,
    )
    (post,) = bot(*asked, "--json").json
    files = [str(bot.folder / f"{number}.png") for number in (1, 2, 3)][:count]
    assert [one["file"] for one in post["pictures"]] == files
    assert [one["alt"] for one in post["pictures"]] == ["Number 1", "Number 2", "Number 3"][:count]
    assert (post["picture"], post["alt"]) == ((files[0], "Number 1") if count else (None, None))
    shown = [line.strip() for line in bot(*asked).out.splitlines() if line.startswith("  [")]
    assert shown == [f"[{file}: Number {n}]" for n, file in enumerate(files, 1)]


def test_the_local_timeline_takes_them_all_with_their_credits(bot: BotInstallation) -> None:
    said = bot("once", "--at", "2027-03-02T20:00Z", "--schedule", str(write_three_pictures(bot)))
    assert said.code == 0, said.err
    (line,) = bot.timeline
    assert [one["alt"] for one in line["pictures"]] == ["Number 1", "Number 2", "Number 3"]
    assert (line["picture"], line["alt"]) == (str(bot.folder / "1.png"), "Number 1")
    assert "Picture: NASA, ESA" in line["text"]


def test_words_are_words_and_pictures_are_found_from_where_the_page_stands(
    bot: BotInstallation,
) -> None:
    picture = bot.folder / "a picture #1.png"
    Image.new("RGB", (8, 8), "navy").save(picture)
    schedule = bot.folder / "schedule.yaml"
    schedule.write_text(
        "missions:\n  - id: m\n    name: Mission\n    events:\n"
        f"      - id: e\n        at: 2016-03-02\n        title: {TITLE}\n        sources: a test\n"
        '        picture: {file: "a picture #1.png", alt: "a \\"blue\\" <square>", credit: me}\n',
        encoding="utf-8",
    )
    page = preview_page(bot, "2027-03-02", "--schedule", str(schedule))
    assert page.find_all("script") == []
    assert TITLE in "".join(page.texts)
    (image,) = page.find_all("img")
    assert image["alt"] == 'a "blue" <square>'
    here = (bot.folder / "pages" / "a page.html").as_uri()
    shown = urlsplit(urljoin(here, image["src"] or ""))
    assert shown.scheme == "file"
    assert Path(unquote(shown.path)) == picture


def write_linked_event(bot: BotInstallation) -> Path:
    schedule = bot.folder / "schedule.yaml"
    schedule.write_text(
        f"{ACCOUNTS}missions:\n  - id: m\n    name: Mission\n    events:\n"
        "      - id: e\n        at: 2016-03-02\n        title: A test\n        sources: a test\n"
        "        tags: [Test]\n        links: [https://www.nasa.gov/a-page]\n",
        encoding="utf-8",
    )
    return schedule


def test_accounts_that_say_the_same_are_folded_into_one(bot: BotInstallation) -> None:
    arguments = ("2027-03-02", "--schedule", str(write_linked_event(bot)))
    page = preview_page(bot, *arguments)
    assert len(page.find_all("article")) == 2
    assert len(page.find_all("section")) == 1
    text = "".join(page.texts)
    assert "first, second (the same on 2 accounts)" in text
    assert {one["aria-label"] for one in page.find_all("meter")} >= {
        f"{name}: {post['length']} of {post['limit']} used"
        for name in ("first", "second", "later")
        for post in bot("preview", *arguments, "--json").json[:1]
    }
    said = bot("preview", *arguments).out
    assert said.count("2027-03-02  m/e  11 years") == 1
    assert "2027-03-02 15:00 UTC  first, second (the same on 2 accounts)" in said
    assert "2027-03-02 18:30 UTC  later" in said


def test_links_and_hashtags_are_marked_and_a_link_has_its_card(bot: BotInstallation) -> None:
    page = preview_page(bot, "2027-03-02", "--schedule", str(write_linked_event(bot)))
    assert {one["href"] for one in page.find_all("a")} == {"https://www.nasa.gov/a-page"}
    assert "tag" in {one.get("class") for one in page.find_all("span")}
    assert "nasa.gov" in page.texts


def test_a_picture_with_a_focus_is_shown_as_it_is_cropped(bot: BotInstallation) -> None:
    schedule = write_three_pictures(bot)
    text = schedule.read_text(encoding="utf-8")
    schedule.write_text(
        text.replace("credit: ESA}", 'credit: ESA, focus: "0.5, -0.5"}'), encoding="utf-8"
    )
    page = preview_page(bot, "2027-03-02", "--schedule", str(schedule))
    styles = [one["style"] for one in page.find_all("img") if "style" in one]
    assert styles == ["object-position: 75% 75%"]
