from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.composer import compose_post
from perihelion.compose.emoji import EMOJI
from perihelion.compose.entities import find_links
from perihelion.compose.mentions import find_mentions
from perihelion.compose.templates import Templates
from perihelion.compose.text_length import fits_limits
from perihelion.model.accounts import EmojiRule, LinkRule
from perihelion.model.anniversaries import Anniversary
from perihelion.model.errors import TextTooLong
from perihelion.model.missions import Link, Mention, Picture, Translation, TurnText
from perihelion.model.moments import CountMode, Tone
from perihelion.model.posts import Counting, Limits, Media, MentionSyntax, Post, hash_text
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_account, make_event, make_mission

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event

SHIPPED = Templates(Path(__file__).resolve().parents[3] / "templates")
DUE = datetime(2027, 2, 28, 15, tzinfo=UTC)
HANDOVER = make_event(
    at="2016-02-29T20:15Z",
    id="command-handover",
    kind="command",
    title="Scott Kelly hands command of the ISS to Tim Kopra",
    text="They shook hands in the Destiny laboratory.",
    tags=("ISS",),
    links=(Link("https://example.org/handover"),),
    pictures=(Picture("media/handover.jpg", "Two men shake hands", "NASA"),),
    translations=(
        (
            "de",
            Translation(
                "Scott Kelly \u00fcbergibt das Kommando der ISS an Tim Kopra",
                "Sie gaben sich im Labor Destiny die Hand.",
                ("Zwei M\u00e4nner geben sich die Hand",),
            ),
        ),
    ),
)
ROOMY = Limits(4096)


def compose_sample(  # noqa: PLR0913 - each test says only the one it is about
    event: Event = HANDOVER,
    limits: Limits = ROOMY,
    *,
    count: int = 11,
    moved: bool = False,
    by: Account | None = None,
    language: str = "en",
    created_at: datetime = DUE,
    media_root: Path | None = None,
) -> Post:
    anniversary = Anniversary(event, count, Unit.YEARS, date(2027, 2, 28), moved=moved)
    return compose_post(
        anniversary,
        by or make_account(),
        limits,
        SHIPPED,
        language=language,
        created_at=created_at,
        media_root=media_root,
    )


CALLING = replace(HANDOVER, title="Scott Kelly of @NASA hands over", text="He wrote to @ESA.")


@pytest.mark.parametrize("syntax", [MentionSyntax.MASTODON, MentionSyntax.X, MentionSyntax.ANY])
def test_a_post_mentions_nobody_whom_its_event_does_not_name(syntax: MentionSyntax) -> None:
    limits = Limits(4096, mentions=syntax)
    text = compose_sample(CALLING, limits).text
    assert find_mentions(text, syntax) == ()
    assert "@\u2060NASA" in text
    assert "@\u2060ESA" in text


def test_a_post_mentions_those_whom_its_event_names_for_its_network() -> None:
    event = replace(
        CALLING, mentions=(Mention("x", ("@esa",)), Mention("mastodon", ("@nasa@example.social",)))
    )
    limits = Limits(4096, mentions=MentionSyntax.X)
    text = compose_sample(event, limits, by=make_account(network="x")).text
    assert [one.value for one in find_mentions(text, MentionSyntax.X)] == ["@ESA"]
    assert "example.social" not in text


@pytest.mark.parametrize("length", [4096, 280])
def test_a_mention_that_the_words_do_not_name_stands_before_the_tags(length: int) -> None:
    event = replace(HANDOVER, mentions=(Mention("x", ("@NASA", "@ESA")),))
    limits = Limits(length, mentions=MentionSyntax.X, several_tags=False)
    text = compose_sample(event, limits, by=make_account(network="x")).text
    assert "\n@NASA @ESA #YearInSpace" in text
    assert "@" not in compose_sample(event, limits, by=make_account(network="bluesky")).text


def test_an_invisible_character_does_not_hide_a_mention() -> None:
    event = replace(HANDOVER, title="Scott Kelly of @\x00NASA hands over")
    text = compose_sample(event, Limits(4096, mentions=MentionSyntax.X)).text
    assert find_mentions(text, MentionSyntax.X) == ()


def test_a_post_has_the_event_s_title_on_one_line_in_its_own_language() -> None:
    german = compose_sample(by=make_account(language="de"))
    assert german.title == "Scott Kelly \u00fcbergibt das Kommando der ISS an Tim Kopra"
    assert compose_sample(make_event(title=" Home \n again ")).title == "Home again"


def test_the_handover_reads_like_this() -> None:
    assert compose_sample(replace(HANDOVER, people=("Scott Kelly", "Tim Kopra"))).text == (
        "Scott Kelly hands command of the ISS to Tim Kopra. That was on this day 11 years ago.\n\n"
        "They shook hands in the Destiny laboratory.\n\n"
        "29 February 2016, 20:15 UTC · One-Year Mission\n\n"
        "Picture: NASA\n\n"
        "https://example.org/handover\n#ISS #YearInSpace #SpaceHistory"
    )


LED = replace(
    HANDOVER,
    lead="Scott Kelly gave up command of the space station {ago}.",
    translations=(
        ("de", replace(HANDOVER.translations[0][1], lead="{ago} gab Scott Kelly das Kommando ab.")),
    ),
)


@pytest.mark.parametrize("count", range(1, 60))
def test_an_event_s_own_first_sentence_says_how_long_ago_it_was(count: int) -> None:
    said = compose_sample(LED, count=count).text.split("\n")[0]
    assert said.startswith("Scott Kelly gave up command of the space station ")
    assert re.search(r"\b(years?|century)\b.*\.$", said)
    german = compose_sample(LED, count=count, by=make_account(language="de")).text
    assert re.match(
        r"((Heute|Auf den Tag genau|An diesem Tag) vor|Vor genau) e?\w+ \w+.*gab Scott", german
    )


@pytest.mark.slow
def test_no_first_sentence_comes_twice_within_three_years() -> None:
    for event in (HANDOVER, LED, make_event(lead="", people=("Scott Kelly",))):
        for language in ("en", "de"):
            by = make_account(language=language)
            said = [hash_text(compose_sample(event, count=n, by=by).text) for n in range(1, 80)]
            assert all(one not in said[at + 1 : at + 4] for at, one in enumerate(said))


@pytest.mark.parametrize(
    ("late_by", "to_the_minute"), [(-20, True), (0, True), (59, True), (60, False), (3600, False)]
)
def test_only_a_post_that_leaves_at_the_minute_says_so(late_by: int, to_the_minute: bool) -> None:  # noqa: FBT001 - a row of the table
    instant = datetime(2027, 2, 28, 20, 15, tzinfo=UTC)
    anniversary = Anniversary(LED, 11, Unit.YEARS, instant.date(), instant)
    text = compose_post(
        anniversary,
        make_account(),
        ROOMY,
        SHIPPED,
        language="en",
        created_at=instant + timedelta(seconds=late_by),
    ).text
    assert ("minute" in text.split("\n")[0]) is to_the_minute


def test_a_text_of_a_round_year_is_told_in_that_year_and_the_others_take_turns() -> None:
    turning = replace(
        HANDOVER,
        text="One.",
        texts=(TurnText("Two."), TurnText("Three."), TurnText("Fifty!", count=50)),
    )
    told = [compose_sample(turning, count=n).text.split("\n\n")[1] for n in (48, 49, 50, 51, 53)]
    assert told == ["One.", "Two.", "Fifty!", "One.", "Three."]


def test_a_long_text_is_told_where_there_is_room_and_a_short_one_where_there_is_none() -> None:
    told = replace(HANDOVER, pictures=(), text="M" * 90 + ".", long="L" * 300 + ".", short="Short.")
    assert "LLL" in compose_sample(told).text
    assert "MMM" in compose_sample(told, Limits(300)).text
    assert "Short." in compose_sample(told, Limits(150)).text


def test_people_whom_no_word_names_are_named_in_a_sentence_by_surname_if_they_are_many() -> None:
    aboard = (
        "Scott Kelly",
        "Frank De Winne",
        "Mark Vande Hei",
        "Liu Yang",
        "Ada Example",
        "Bo Who",
    )
    flown = make_event(kind="launch", title="Scott Kelly sets out", text="It was night.")
    few = compose_sample(replace(flown, people=aboard[:3])).text
    assert "It was night. Also on board were Frank De Winne and Mark Vande Hei." in few
    many = compose_sample(replace(flown, people=aboard)).text
    assert "Also on board were De Winne, Vande Hei, Liu Yang, Example and Who." in many
    alone = compose_sample(replace(flown, title="A ship sets out", people=aboard[:1])).text
    assert "On board was Scott Kelly." in alone
    assert "board" not in compose_sample(replace(flown, people=aboard[:1])).text


def test_a_memorial_is_worded_as_one_whatever_its_kind() -> None:
    lost = make_event(kind="landing", tone=Tone.MEMORIAL, people=("Ada Example",), tags=("ISS",))
    text = compose_sample(lost).text
    assert text.startswith("2 March 2016\n\nAda Example\n\n")
    assert not re.search(r"#|today|on board", text)


def test_a_mission_has_its_name_in_the_language_of_the_post() -> None:
    named = replace(HANDOVER, mission=make_mission(names=(("de", "Ein Jahr im All"),)))
    assert "Ein Jahr im All" in compose_sample(named, by=make_account(language="de")).text
    assert "One-Year Mission" in compose_sample(named).text


def test_on_another_day_a_leap_day_is_told_by_its_date_and_never_as_today() -> None:
    for kind in ("command", "launch", "default", "accident"):
        text = compose_sample(make_event(at="2016-02-29T20:15Z", kind=kind), moved=True).text
        assert "29 February 2016" in text
        assert "11 years ago" in text
        assert "today" not in text.lower()
        assert "this day" not in text.lower()


def test_in_a_leap_year_the_leap_day_is_today() -> None:
    text = compose_sample(count=12).text
    assert "12 years ago" in text.split("\n")[0]
    assert "\n29 February 2016, 20:15 UTC" in text
    assert "leap day" not in text


def test_one_year_is_singular() -> None:
    assert "1 year ago" in compose_sample(count=1).text
    german = compose_sample(count=1, by=make_account(language="de"))
    assert "einem Jahr" in german.text


def test_a_german_account_gets_all_of_its_post_in_german() -> None:
    german = compose_sample(by=make_account(language="de"))
    assert german.language == "de"
    assert "11 Jahren" in german.text.split("\n")[0]
    assert "\n29. Februar 2016, 20:15 UTC" in german.text
    assert "Sie gaben sich im Labor Destiny die Hand." in german.text
    assert german.picture is not None
    assert german.picture.alt == "Zwei M\u00e4nner geben sich die Hand"


def test_without_a_translation_all_of_the_post_is_in_the_schedules_language() -> None:
    english = compose_sample(make_event(text="They landed."), by=make_account(language="de"))
    assert english.language == "en"
    assert "11 years ago" in english.text.split("\n")[0]
    assert "\n2 March 2016, 04:26 UTC" in english.text


def test_a_schedule_written_in_german_uses_the_german_folder() -> None:
    german = compose_sample(
        make_event(title="Kelly landet"), language="de", by=make_account(language="en")
    )
    assert german.language == "de"
    assert "11 Jahren" in german.text.split("\n")[0]
    assert "\n2. M\u00e4rz 2016, 04:26 UTC" in german.text


def test_links_and_tags_are_those_that_stand_in_the_text() -> None:
    full = compose_sample()
    assert full.links == ("https://example.org/handover",)
    assert full.tags == ("ISS", "YearInSpace", "SpaceHistory")
    short = compose_sample(limits=Limits(210))
    assert (short.links, short.tags) == ((), ("ISS",))


@pytest.mark.parametrize(
    ("rule", "costs", "roomy", "tight"),
    [
        (None, False, 1, 0),
        (None, True, 0, 0),
        (LinkRule.ROOM, True, 1, 0),
        (LinkRule.ALWAYS, True, 1, 1),
        (LinkRule.NEVER, False, 0, 0),
    ],
)
def test_a_link_stands_where_the_account_wants_it(
    rule: LinkRule | None,
    costs: bool,  # noqa: FBT001 - a row of the table
    roomy: int,
    tight: int,
) -> None:
    by = make_account(links=rule)
    event = replace(HANDOVER, pictures=())
    for length, count in ((4096, roomy), (200, tight)):
        made = compose_sample(event, Limits(length, links_cost=costs), by=by)
        assert len(made.links) == count


def test_a_title_that_names_nobody_and_no_mission_begins_with_the_mission() -> None:
    unnamed = compose_sample(make_event(title="The hatches close"), count=9).text
    assert unnamed.startswith("One-Year Mission: The hatches close")
    named = compose_sample(make_event(title="The one-year mission ends")).text
    assert "One-Year Mission" not in named


def test_a_title_that_ends_itself_gets_no_second_stop() -> None:
    for count in range(1, 13):
        asked = compose_sample(make_event(title="And the one-year mission?"), count=count).text
        assert "mission?" in asked
        assert not re.search(r"\?[^ \n]", asked)
        ended = compose_sample(
            make_event(title="Kelly lands.", people=("Scott Kelly",)), count=count
        )
        assert ".." not in ended.text


def test_the_picture_stands_below_the_media_root_with_its_words() -> None:
    picture = compose_sample(media_root=Path("here")).picture
    assert picture is not None
    assert Path(picture.file) == Path("here/media/handover.jpg")
    assert (picture.alt, picture.credit) == ("Two men shake hands", "NASA")


def test_a_network_without_pictures_gets_neither_picture_nor_its_credit() -> None:
    bare = compose_sample(limits=Limits(4096, pictures=0))
    assert bare.picture is None
    assert "NASA" not in bare.text


@pytest.mark.parametrize(
    ("length", "alt"), [(20, "Two men shake hands"), (18, "Two men shake…"), (8, "Two men…")]
)
def test_an_alt_text_that_its_server_would_refuse_is_cut_after_a_whole_word(
    length: int, alt: str
) -> None:
    made = compose_sample(limits=Limits(4096, alt_length=length))
    assert [one.alt for one in made.pictures] == [alt]


SEVERAL = replace(
    HANDOVER,
    pictures=(
        Picture("a.jpg", "One", "NASA"),
        Picture("b.jpg", "Two", "ESA", focus="0, 0.5"),
        Picture("c.jpg", "Three hundred people", "NASA"),
    ),
    translations=(("de", Translation("Kelly", "Sie.", ("Eins", "Zwei", "Drei"))),),
)


@pytest.mark.parametrize(
    ("taken", "credit"), [(0, ""), (1, "Picture: NASA"), (2, "NASA, ESA"), (4, "NASA, ESA\n")]
)
def test_a_network_gets_the_first_pictures_and_their_credits_each_named_once(
    taken: int, credit: str
) -> None:
    made = compose_sample(SEVERAL, limits=Limits(4096, pictures=taken), media_root=Path("here"))
    wanted = (
        Media(str(Path("here/a.jpg")), "One", "NASA"),
        Media(str(Path("here/b.jpg")), "Two", "ESA", "0, 0.5"),
        Media(str(Path("here/c.jpg")), "Three hundred people", "NASA"),
    )
    assert made.pictures == wanted[:taken]
    assert credit in made.text
    assert ("Picture: " in made.text) is bool(taken)


def test_several_pictures_speak_the_language_of_the_post() -> None:
    made = compose_sample(SEVERAL, limits=Limits(4096, pictures=4), by=make_account(language="de"))
    assert [picture.alt for picture in made.pictures] == ["Eins", "Zwei", "Drei"]


def test_every_alt_text_that_goes_out_fits() -> None:
    made = compose_sample(SEVERAL, limits=Limits(4096, pictures=3, alt_length=10))
    assert all(len(one.alt) <= 10 for one in made.pictures)
    assert [one.alt for one in made.pictures[:2]] == ["One", "Two"]


def test_the_instant_is_kept_in_utc_with_a_z() -> None:
    local = datetime(2027, 2, 28, 16, 0, 0, 5000, tzinfo=timezone(timedelta(hours=1)))
    assert compose_sample(created_at=local).created_at == "2027-02-28T15:00:00.005Z"
    with pytest.raises(ValueError, match="time zone"):
        compose_sample(created_at=local.replace(tzinfo=None))


def test_a_post_that_fits_nowhere_names_its_event_and_account() -> None:
    with pytest.raises(TextTooLong, match=r"^year-in-space/command-handover on bluesky-de: "):
        compose_sample(limits=Limits(20), by=make_account(name="bluesky-de"))


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert compose_sample() == compose_sample()


CHARACTERS = st.characters(exclude_categories=["Cs"])
WORDS = st.text(CHARACTERS, min_size=1, max_size=60).filter(
    lambda said: said.strip() and "example.org" not in said  # a link of the title's own
)
URLS = st.builds(
    "https://example.org/{}".format, st.text(st.sampled_from("abc\u00e4\u5b87/_-()"), max_size=30)
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    WORDS,
    st.text(CHARACTERS, max_size=400).filter(lambda said: "example.org" not in said),
    st.lists(URLS, max_size=2),
    st.sampled_from(list(Counting)),
    st.integers(60, 500),
    st.integers(1, 150),
    st.sampled_from(["launch", "accident", "milestone"]),
)
def test_whatever_is_written_a_post_fits_whole_or_is_refused(  # noqa: PLR0913, PLR0917 - as many as a post has
    title: str,
    text: str,
    urls: list[str],
    counting: Counting,
    limit: int,
    count: int,
    kind: str,
) -> None:
    links_given = tuple(Link(url) for url in urls)
    made = make_event(title=title, text=text, links=links_given, kind=kind, at="2016-02-29")
    limits = Limits(limit, counting, url_length=23, max_bytes=3000)
    try:
        composed = compose_sample(made, limits, count=count)
    except TextTooLong:
        return
    assert fits_limits(composed.text, limits, with_picture=False)
    assert unicodedata.is_normalized("NFC", composed.text)
    assert "29 February 2016" in composed.text
    assert "\n\n\n" not in composed.text
    whole = {unicodedata.normalize("NFC", url) for url in urls}
    assert all(
        any(url.startswith(link) and url in composed.text for url in whole)
        for link in composed.links
        if link.startswith("https://example.org/")
    )
    assert [one.value for one in find_links(composed.text)] == list(composed.links)


def test_the_next_part_of_a_story_is_its_text_and_its_number_without_a_picture() -> None:
    story = make_event(
        parts=("It found volcanoes on Io.", "It left the bubble of the solar wind."),
        pictures=(Picture("a.jpg", "alt", "NASA"),),
    )
    second = Anniversary(story, 11, Unit.YEARS, date(2027, 3, 2), part=2)

    def compose(length: int) -> Post:
        return compose_post(
            second,
            make_account(),
            Limits(length),
            SHIPPED,
            language="en",
            created_at=datetime(2027, 3, 2, tzinfo=UTC),
        )

    assert compose(300).text == "It found volcanoes on Io.\n\n2/3"
    assert compose(300).pictures == ()
    assert compose(25).text == "It found volcanoes on Io."


def test_a_story_is_told_in_one_language_only() -> None:
    for parts, language in ((("Zwei.",), "de"), ((), "en")):
        story = make_event(
            parts=("Two.",), translations=(("de", Translation("Zurück", parts=parts)),)
        )
        for part in (1, 2):
            post = compose_post(
                Anniversary(story, 11, Unit.YEARS, date(2027, 3, 2), part=part),
                make_account(language="de"),
                Limits(500),
                SHIPPED,
                language="en",
                created_at=datetime(2027, 3, 2, tzinfo=UTC),
            )
            assert post.language == language


def test_a_network_with_a_reader_s_clock_gets_the_moment_if_it_is_known_to_the_minute() -> None:
    with_clock = replace(ROOMY, shows_moments=True)
    minute = make_event(at="1986-01-28T16:39Z")
    assert compose_sample(minute, with_clock).moment == "1986-01-28T16:39:00.000Z"
    assert compose_sample(minute).moment == ""
    assert compose_sample(make_event(at="1986-01-28"), with_clock).moment == ""
    uncounted = replace(minute, count=CountMode.NONE)
    assert compose_sample(uncounted, with_clock).moment == ""


def test_a_post_tells_whether_it_is_a_memorial() -> None:
    assert compose_sample(make_event(kind="accident")).is_memorial
    assert not compose_sample(make_event(kind="landing")).is_memorial


def test_a_network_with_link_cards_gets_the_title_of_the_link_that_is_posted() -> None:
    linked = make_event(links=(Link("https://example.org/a", "Voyager, NASA"),))
    with_cards = replace(ROOMY, shows_link_cards=True)
    assert compose_sample(linked, with_cards).link_title == "Voyager, NASA"
    assert compose_sample(linked).link_title == ""
    never = make_account(links=LinkRule.NEVER)
    assert compose_sample(linked, with_cards, by=never).link_title == ""


def test_an_account_that_asks_for_emoji_begins_with_one_for_the_kind() -> None:
    asks = make_account(emoji=EmojiRule.KIND)
    assert compose_sample(make_event(kind="launch"), by=asks).text.startswith("🚀 ")
    assert compose_sample(make_event(kind="walk"), by=asks).text.startswith("⭐ ")
    assert not EMOJI.search(compose_sample(make_event(kind="launch")).text)
    assert not EMOJI.search(compose_sample(make_event(kind="accident"), by=asks).text)


def test_a_text_too_long_for_its_turn_gives_way_to_a_shorter_one_of_another_year() -> None:
    event = make_event(text="It was so.", texts=(TurnText(f"It was {'so ' * 90}long."),))
    tight, roomy = (compose_sample(event, limits, count=11) for limits in (Limits(180), ROOMY))
    assert "It was so." in tight.text
    assert "so long." in roomy.text
