"""Cards: what is drawn can be read, stays in its place, and is the same each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from perihelion.compose.cards.card import SQUARE, WIDE, Card, CardKind, Hyperbola
from perihelion.compose.cards.contrast import LEAST_CONTRAST
from perihelion.compose.cards.drawing import draw_card, paint_card
from perihelion.compose.cards.palette import choose_accent
from perihelion.compose.cards.words import find_words
from tests.fakes.card_samples import FLYBY, MEMORIAL, NIGHT, REPLAY, YEARS, list_card_samples

if TYPE_CHECKING:
    from perihelion.compose.cards.canvas import Canvas, DrawnText

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = list(list_card_samples())
PHONE_WIDTH, LEGIBLE = 360, 11
EDGE = 24


def find_overlaps(texts: list[DrawnText]) -> list[tuple[str, str]]:
    return [
        (one.text, other.text)
        for one, other in combinations(texts, 2)
        if one.box[0] < other.box[2]
        and other.box[0] < one.box[2]
        and one.box[1] < other.box[3]
        and other.box[1] < one.box[3]
    ]


def assert_well_set(card: Card, canvas: Canvas) -> None:
    width, height = card.size
    for one in canvas.texts:
        left, top, right, bottom = one.box
        assert one.contrast >= LEAST_CONTRAST, one
        assert one.size * PHONE_WIDTH / width >= LEGIBLE, one
        assert EDGE <= left <= right <= width - EDGE, one
        assert EDGE <= top <= bottom <= height - EDGE, one
    assert find_overlaps(canvas.texts) == []


@pytest.mark.parametrize("card", SAMPLES, ids=lambda card: f"{card.kind}-{card.title[:12]}")
def test_every_text_can_be_read_and_meets_no_other(card: Card) -> None:
    assert_well_set(card, paint_card(card))


def test_the_picture_is_a_jpeg_of_the_size_asked_for() -> None:
    for size in (WIDE, SQUARE):
        with Image.open(BytesIO(draw_card(replace(NIGHT, size=size)))) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", size, "RGB")


def test_a_file_is_small_enough_for_every_network() -> None:
    assert max(len(draw_card(card)) for card in SAMPLES) < 300_000


_WORDS = st.text("abcdefgßéñłЖΩ iIlW-,\u2019·0123456789", min_size=1, max_size=160)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=_WORDS, mission=_WORDS, count=st.integers(1, 99_999), base=st.sampled_from(SAMPLES))
@example(title="W" * 160, mission="W" * 160, count=88_888, base=NIGHT)
@example(title="W W " * 40, mission="", count=88_888, base=YEARS)
@example(title="W", mission="W", count=88_888, base=replace(REPLAY, size=SQUARE))
def test_no_text_of_any_length_leaves_its_place(
    title: str, mission: str, count: int, base: Card
) -> None:
    card = replace(base, title=title, mission=mission, count=str(count) if base.count else "")
    assert_well_set(card, paint_card(card))


def test_a_date_that_is_too_long_is_written_without_its_time() -> None:
    card = replace(NIGHT, date="25 de diciembre de 2021, 12:20:00 UTC+05:45")
    assert "25 de diciembre de 2021" in [one.text for one in paint_card(card).texts]


def test_every_word_of_a_usual_title_is_written() -> None:
    for card in (NIGHT, YEARS, MEMORIAL, REPLAY):
        written = " ".join(one.text for one in paint_card(card).texts).replace("\xa0", " ")
        assert card.title in written
        assert "…" not in written


def test_a_memorial_names_everybody_and_has_no_large_count() -> None:
    texts = paint_card(MEMORIAL).texts
    assert [one.text for one in texts if one.text in MEMORIAL.names] == list(MEMORIAL.names)
    largest = max(texts, key=lambda one: one.size)
    assert largest.text.startswith("Challenger")


@pytest.mark.parametrize("size", [WIDE, SQUARE])
@pytest.mark.parametrize("count", range(1, 19))
def test_a_memorial_leaves_nobody_out(count: int, size: tuple[int, int]) -> None:
    names = tuple(f"Person {number}" for number in range(count))
    texts = [one.text for one in paint_card(replace(MEMORIAL, names=names, size=size)).texts]
    assert [text for text in texts if text in names] == list(names)


def test_a_memorial_of_very_many_has_lights_alone() -> None:
    names = tuple(f"Person {number}" for number in range(78))
    texts = [one.text for one in paint_card(replace(MEMORIAL, names=names)).texts]
    assert not set(texts) & set(names)


def test_a_ruler_says_its_first_and_its_last_year() -> None:
    texts = [one.text for one in paint_card(YEARS).texts]
    assert {"1977", "1990", "2000", "2010", "2027"} <= set(texts)


def test_a_replay_has_gone_farther_on_a_later_day() -> None:
    def measure_bar(day: int) -> int:
        image = paint_card(replace(REPLAY, day=day)).image
        row = [image.getpixel((x, 539)) for x in range(64, 1136)]
        return sum(1 for pixel in row if isinstance(pixel, tuple) and pixel[0] > 200)

    assert measure_bar(1) < measure_bar(100) < measure_bar(339)


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_numbers_of_a_flyby_are_written_whole(language: str) -> None:
    words = find_words(language)
    assert words is not None
    caption = words.flyby_caption.format("4.888", "140")
    card = replace(FLYBY, caption=caption)
    assert caption in [one.text for one in paint_card(card).texts]
    square = [one.text for one in paint_card(replace(card, size=SQUARE)).texts]
    assert caption.replace("\xa0", " ") in " ".join(square).replace("\xa0", " ")


def test_an_altitude_that_is_too_long_is_written_without_the_turn() -> None:
    card = replace(FLYBY, caption="988.888.888\xa0km\xa0hoch, Kurve 140°")
    assert "988.888.888\xa0km\xa0hoch" in [one.text for one in paint_card(card).texts]


def test_the_path_of_a_flyby_ends_the_lower_the_more_it_turns() -> None:
    def find_end(eccentricity: float) -> int:
        motif = Hyperbola("Earth", 0.8, eccentricity, "1,000", "")
        image, accent = paint_card(replace(FLYBY, motif=motif)).image, choose_accent("flyby")
        places = ((x, y) for x in range(1199, 900, -1) for y in range(40, 580))
        return next(y for x, y in places if image.getpixel((x, y)) == accent)

    ends = [find_end(eccentricity) for eccentricity in (50, 6, 3, 2)]
    assert ends == sorted(set(ends))


_PROGRAM = """
import hashlib
from perihelion.compose.cards.drawing import draw_card
from tests.fakes.card_samples import list_card_samples
cards = list(list_card_samples())[::6]
print(hashlib.sha256(b"".join(map(draw_card, cards))).hexdigest())
"""


@pytest.mark.process
def test_equal_cards_are_equal_bytes_in_three_processes() -> None:
    def run(seed: str) -> str:
        command = [sys.executable, "-c", _PROGRAM]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(  # the same interpreter
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    here = hashlib.sha256(b"".join(map(draw_card, SAMPLES[::6]))).hexdigest()
    assert {run("1"), run("2"), here} == {here}


def test_cards_that_differ_are_different_bytes() -> None:
    assert draw_card(NIGHT) != draw_card(replace(NIGHT, count="48"))
    assert {card.kind for card in SAMPLES} == set(CardKind)
