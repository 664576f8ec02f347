from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.composer import compose_post
from perihelion.compose.entities import find_links
from perihelion.compose.mentions import find_mentions
from perihelion.compose.templates import Templates
from perihelion.compose.text_length import fits_limits
from perihelion.model.anniversaries import Anniversary
from perihelion.model.errors import TextTooLong
from perihelion.model.missions import Link, Mention, Picture, Translation
from perihelion.model.posts import Counting, Limits, Media, MentionSyntax, Post
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_account, make_event

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


@pytest.mark.parametrize("length", [4096, 280, 170])
def test_a_mention_that_the_words_do_not_name_stands_before_the_tags(length: int) -> None:
    event = replace(HANDOVER, mentions=(Mention("x", ("@NASA", "@ESA")),))
    limits = Limits(length, mentions=MentionSyntax.X)
    assert "\n@NASA @ESA #ISS" in compose_sample(event, limits, by=make_account(network="x")).text
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
    assert compose_sample().text == (
        "Change of command 11 years ago today, on 29 February 2016: Scott Kelly hands command of "
        "the ISS to Tim Kopra (One-Year Mission).\n\n"
        "They shook hands in the Destiny laboratory.\n\n"
        "Picture: NASA\n\n"
        "#ISS #YearInSpace\nhttps://example.org/handover"
    )


def test_on_another_day_a_leap_day_is_told_by_its_date_and_never_as_today() -> None:
    for kind in ("command", "launch", "default", "accident"):
        text = compose_sample(make_event(at="2016-02-29T20:15Z", kind=kind), moved=True).text
        assert "29 February 2016" in text
        assert "11 years ago" in text
        assert "today" not in text.lower()
        assert "this day" not in text.lower()


def test_in_a_leap_year_the_leap_day_is_today() -> None:
    text = compose_sample(count=12).text
    assert "12 years ago today, on 29 February 2016" in text


def test_one_year_is_singular() -> None:
    assert "1 year ago today" in compose_sample(count=1).text
    german = compose_sample(count=1, by=make_account(language="de"))
    assert "heute vor einem Jahr" in german.text


def test_a_german_account_gets_all_of_its_post_in_german() -> None:
    german = compose_sample(by=make_account(language="de"))
    assert german.language == "de"
    assert german.text.startswith("Kommandowechsel heute vor 11 Jahren, am 29. Februar 2016: ")
    assert "Sie gaben sich im Labor Destiny die Hand." in german.text
    assert german.picture is not None
    assert german.picture.alt == "Zwei M\u00e4nner geben sich die Hand"


def test_without_a_translation_all_of_the_post_is_in_the_schedules_language() -> None:
    english = compose_sample(make_event(text="They landed."), by=make_account(language="de"))
    assert english.language == "en"
    assert english.text.startswith("Touchdown 11 years ago today, on 2 March 2016 at 04:26 UTC: ")


def test_a_schedule_written_in_german_uses_the_german_folder() -> None:
    german = compose_sample(
        make_event(title="Kelly landet"), language="de", by=make_account(language="en")
    )
    assert german.language == "de"
    assert german.text.startswith(
        "Landung heute vor 11 Jahren, am 2. M\u00e4rz 2016 um 04:26 UTC: "
    )


def test_links_and_tags_are_those_that_stand_in_the_text() -> None:
    full = compose_sample()
    assert (full.links, full.tags) == (("https://example.org/handover",), ("ISS", "YearInSpace"))
    short = compose_sample(limits=Limits(150))
    assert (short.links, short.tags) == ((), ("ISS",))


def test_a_mission_is_named_unless_the_title_names_it() -> None:
    assert "(One-Year Mission)" in compose_sample().text
    named = compose_sample(make_event(title="The one-year mission ends"))
    assert "(One-Year Mission)" not in named.text


def test_a_title_that_ends_itself_gets_no_second_stop() -> None:
    assert (
        "the one-year mission ends!"
        in compose_sample(make_event(title="And the one-year mission ends!")).text
    )
    text = compose_sample(make_event(title="Kelly lands.")).text
    assert "Kelly lands (One-Year Mission)." in text


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
WORDS = st.text(CHARACTERS, min_size=1, max_size=60).filter(str.strip)
URLS = st.builds(
    "https://example.org/{}".format, st.text(st.sampled_from("abc\u00e4\u5b87/_-()"), max_size=30)
)


@settings(max_examples=300, deadline=None)
@given(
    WORDS,
    st.text(CHARACTERS, max_size=400),
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
