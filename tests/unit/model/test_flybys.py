"""How a flyby bends the path of a craft."""

from __future__ import annotations

import pytest

from perihelion.model.flybys import Body, Flyby


@pytest.mark.parametrize(
    ("altitude", "v_infinity", "turn"),
    [(960, 8.949, 47.7), (539, 6.851, 66.9), (1175, 16.010, 19.7), (1956, 3.863, 99.3)],
    ids=["galileo", "near", "cassini", "rosetta"],
)
def test_the_turn_is_that_which_was_published(
    altitude: float, v_infinity: float, turn: float
) -> None:
    """The deflection angles of Anderson et al., Physical Review Letters 100, 091102 (2008)."""
    flyby = Flyby(Body.EARTH, altitude, v_infinity_km_s=v_infinity)
    assert flyby.turn == pytest.approx(turn, abs=0.1)


def test_the_speed_at_the_closest_point_says_the_same_as_that_far_away() -> None:
    far = Flyby(Body.EARTH, 539, v_infinity_km_s=6.851)
    close = Flyby(Body.EARTH, 539, speed_km_s=(6.851**2 + far.escape_speed_km_s**2) ** 0.5)
    assert close.eccentricity == pytest.approx(far.eccentricity)


@pytest.mark.parametrize("body", Body)
def test_a_slow_flyby_turns_more_than_a_fast_one(body: Body) -> None:
    slow, fast = (Flyby(body, 1000, v_infinity_km_s=speed) for speed in (2, 20))
    assert 0 < fast.turn < slow.turn < 180
    assert 0 < slow.disc < 1
