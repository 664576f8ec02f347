"""The texts of cards: fonts, contrast and lines."""

from __future__ import annotations

import pytest
from PIL import Image

from perihelion.compose.cards import fonts
from perihelion.compose.cards.canvas import Canvas
from perihelion.compose.cards.contrast import (
    LEAST_CONTRAST,
    measure_contrast,
    measure_lowest_contrast,
)
from perihelion.compose.cards.font_ranges import find_font_file, find_missing_characters
from perihelion.compose.cards.fonts import Family, TextStyle, measure_text
from perihelion.compose.cards.text_layout import (
    fit_block,
    shorten_line,
    smallest_size,
    wrap_text,
)

STYLE = TextStyle(Family.SANS, 600, 40)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
LETTERS = (
    "AÄÉÑßæøœ0123456789.,:;·-\u2013\u2014\u2019“”…()/&+",
    "ĄąćČčĐđęŁłńőŘřŚśŞşšťŻżž",
    "ạảấầẩẫậắằẳẵặẹẻẽếềểễệ",
    "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвґєії",
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίόύώς",
)


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("letters", LETTERS)
def test_the_fonts_have_the_letters_of_latin_cyrillic_and_greek(
    family: Family, letters: str
) -> None:
    assert find_missing_characters(letters) == ""
    style = TextStyle(family, 500, 40)
    for letter in letters:
        font = fonts._load_font(style, find_font_file(letter))
        assert bytes(font.getmask(letter)) != bytes(font.getmask("\ue000")), letter


def test_a_character_that_no_font_has_is_told() -> None:
    assert find_missing_characters("Hayabusa はやぶさ 🚀 は") == "はやぶさ🚀"


def test_a_text_in_two_scripts_is_as_wide_as_its_parts() -> None:
    whole = measure_text("Soyuz Союз", STYLE)
    assert abs(whole - measure_text("Soyuz ", STYLE) - measure_text("Союз", STYLE)) <= 1


def test_contrast_is_that_of_the_guidelines() -> None:
    assert measure_contrast(BLACK, WHITE) == pytest.approx(21)
    assert measure_contrast((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)


def test_one_bright_pixel_under_a_text_counts() -> None:
    image = Image.new("RGB", (40, 20), BLACK)
    assert measure_lowest_contrast(WHITE, image, (0, 0, 40, 20)) == pytest.approx(21)
    image.putpixel((7, 7), (200, 200, 200))
    assert measure_lowest_contrast(WHITE, image, (0, 0, 40, 20)) < 2


@pytest.mark.parametrize(("ground", "colour"), [(BLACK, WHITE), (WHITE, (60, 20, 20))])
def test_what_lies_under_a_text_is_dimmed_until_it_can_be_read(
    ground: tuple[int, int, int], colour: tuple[int, int, int]
) -> None:
    canvas = Canvas(Image.new("RGB", (400, 100), ground))
    canvas.fill_disc((60, 50), 40, (128, 128, 128))
    canvas.write("Perihelion", 20, 60, STYLE, colour)
    assert canvas.texts[0].contrast >= LEAST_CONTRAST
    assert canvas.image.getpixel((60, 84)) == (128, 128, 128)


def test_a_number_stays_with_its_name() -> None:
    for width in range(190, 500, 20):
        lines = list(wrap_text("Apollo 11 lands before Luna 15 and Apollo 12", width, STYLE))
        assert not any(line.split("\xa0")[0].split(" ")[0].isdigit() for line in lines[1:])


def test_lines_are_as_few_and_as_even_as_they_can_be() -> None:
    lines = list(wrap_text("aaaa aaaa aaaa aaaa aaaa aaaa", 500, STYLE))
    assert [len(line) for line in lines] == [14, 14]


def test_the_largest_size_that_fits_is_taken() -> None:
    def fit(height: int, text: str = "Voyager 1 sets out for Jupiter") -> int:
        sizes = range(80, 29, -2)
        block = fit_block(text, 500, height, family=Family.SANS, weight=600, sizes=sizes)
        assert block is not None
        return block.style.size

    assert fit(300) == 80
    assert 30 < fit(90) < 80


def test_a_text_that_fits_at_no_size_ends_in_an_ellipsis() -> None:
    sizes = range(40, 37, -2)
    block = fit_block("word " * 60, 300, 100, family=Family.SANS, weight=600, sizes=sizes)
    assert block is not None
    assert block.height <= 100
    assert block.lines[-1].endswith("word…")
    assert (
        fit_block(
            "word " * 60, 300, 100, family=Family.SANS, weight=600, sizes=sizes, shorten=False
        )
        is None
    )


def test_a_line_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert shorten_line("Voyager", 1000, STYLE) == "Voyager"
    assert shorten_line("Voyager, a probe", 235, STYLE) == "Voyager…"
    assert shorten_line("Raumfahrzeugträger", 205, STYLE) == "Raumfa…"


def test_the_smallest_text_has_eleven_pixels_on_a_small_phone() -> None:
    assert [smallest_size(width) for width in (1200, 1080, 360)] == [37, 33, 11]
