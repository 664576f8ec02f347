"""What is drawn is true: the planets, the Moon, the Sun and the coasts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PIL import Image

from perihelion.compose.cards.canvas import Canvas
from perihelion.compose.cards.card import Globe, MoonPhase
from perihelion.compose.cards.globe import read_land
from perihelion.compose.cards.motifs import draw_motif
from perihelion.compose.cards.sky import find_moon_angle, find_planets, find_subsolar_point

RED = (255, 0, 0)
OPPOSITION = datetime(2003, 8, 28, 17, 58, tzinfo=UTC)
"""When Mars was opposite to the Sun."""


def draw(motif: Globe | MoonPhase) -> Image.Image:
    canvas = Canvas(Image.new("RGB", (640, 640)))
    draw_motif(canvas, motif, (320, 320), 300, RED)
    return canvas.image


def get_pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def test_the_earth_stands_between_mars_and_the_sun_at_an_opposition() -> None:
    places = {one.name: one.longitude for one in find_planets(OPPOSITION, {})}
    assert list(places) == ["Mercury", "Venus", "Earth", "Mars"]
    assert places["Mars"] == pytest.approx(places["Earth"], abs=0.1)


def test_the_earth_is_at_180_degrees_when_spring_begins() -> None:
    places = find_planets(datetime(2000, 3, 20, 7, 35, tzinfo=UTC), {"Earth": "Tierra"})
    assert [one.longitude for one in places if one.label == "Tierra"] == [
        pytest.approx(180, abs=0.1)
    ]


def test_planets_are_shown_out_to_the_farthest_that_is_named() -> None:
    shown = find_planets(OPPOSITION, {"Saturn": "Saturn", "Jupiter": "Jupiter"})
    assert [one.name for one in shown][-2:] == ["Jupiter", "Saturn"]
    assert [one.name for one in find_planets(OPPOSITION, {"Pluto": "Pluto"})][-1] == "Pluto"


@pytest.mark.parametrize(
    ("at", "angle"),
    [
        (datetime(1999, 8, 11, 11, 8, tzinfo=UTC), 0),  # an eclipse of the Sun
        (datetime(2000, 1, 21, 4, 40, tzinfo=UTC), 180),  # and one of the Moon
    ],
)
def test_the_moon_is_new_in_an_eclipse_of_the_sun_and_full_in_its_own(
    at: datetime, angle: int
) -> None:
    assert (find_moon_angle(at) + 180) % 360 - 180 == pytest.approx(angle, abs=1) or (
        angle == 180 and find_moon_angle(at) == pytest.approx(180, abs=1)
    )


def test_the_sun_is_over_the_equator_and_greenwich_at_noon_when_spring_begins() -> None:
    latitude, longitude = find_subsolar_point(datetime(2000, 3, 20, 12, tzinfo=UTC))
    assert latitude == pytest.approx(0.1, abs=0.1)
    assert longitude == pytest.approx(1.9, abs=0.2)


@pytest.mark.parametrize(
    ("angle", "left", "right"),
    [(90, False, True), (270, True, False), (180, True, True), (0, False, False)],
)
def test_a_waxing_moon_is_lit_on_its_right(angle: float, *, left: bool, right: bool) -> None:
    image = draw(MoonPhase(angle))
    assert (get_pixel(image, 120, 400)[0] > 90, get_pixel(image, 520, 400)[0] > 90) == (left, right)


def is_land(latitude: float, longitude: float) -> bool:
    """Whether the globe shows land on both sides of a place, whose light hides the place itself."""
    image = draw(Globe(latitude, longitude))
    y = 320 - 64 if latitude > 0 else 320 + 64
    shown = (get_pixel(image, 320 + 70 * side, y) for side in (-1, 1))
    return all(green > blue for _, green, blue in shown)


@pytest.mark.parametrize(
    ("latitude", "longitude", "land"),
    [(24, 12, True), (45.9, 85, True), (-22, 133, True), (0, -150, False), (30, -40, False)],
)
def test_the_coasts_are_where_they_are(latitude: float, longitude: float, *, land: bool) -> None:
    assert is_land(latitude, longitude) is land


def test_it_is_night_on_the_far_side_from_the_sun() -> None:
    spring = datetime(2000, 3, 20, tzinfo=UTC)
    day = draw(Globe(45.9, 63.3, spring.replace(hour=8)))
    night = draw(Globe(45.9, 63.3, spring.replace(hour=20)))
    assert sum(get_pixel(day, 320, 400)) > 3 * sum(get_pixel(night, 320, 400))


def test_the_coastline_is_whole() -> None:
    rings = read_land()
    assert len(rings) > 120
    assert sum(is_lake for _, is_lake in rings) == 1  # the Caspian Sea
    assert all(-180.1 <= x <= 180.1 and -90.1 <= y <= 90.1 for ring, _ in rings for x, y in ring)
