"""The numbers of a flyby, and the mistakes in them."""

from __future__ import annotations

import pytest

from perihelion.model.flybys import Body, Flyby
from perihelion.schedule.load import parse_schedule
from tests.fakes.schedule_texts import (
    FILE,
    find_mistakes_with_messages,
    schedule_with_one_event,
)


@pytest.mark.parametrize(
    ("written", "flyby"),
    [
        (
            "{body: earth, altitude_km: 1175, v_infinity_km_s: 16.010}",
            Flyby(Body.EARTH, 1175, v_infinity_km_s=16.01),
        ),
        ("{speed_km_s: 10.053, body: mars, altitude_km: 250}", Flyby(Body.MARS, 250, 10.053)),
    ],
)
def test_a_flyby_states_its_altitude_and_one_of_two_speeds(written: str, flyby: Flyby) -> None:
    text = schedule_with_one_event(kind="flyby", flyby=written)
    (event,) = parse_schedule(text.encode(), FILE).events
    assert event.flyby == flyby


FASTER = "body: earth, altitude_km: 960, v_infinity_km_s: 8.949"
LOW = "body: earth, altitude_km: 960"


@pytest.mark.parametrize(
    ("written", "at", "code", "says"),
    [
        ("{body: erth, altitude_km: 9, speed_km_s: 20}", "erth", "bad-choice", "`earth`"),
        ("{body: moon, altitude_km: 9, speed_km_s: 20}", "moon", "bad-choice", "`mercury`"),
        (f"{{{FASTER}, speed_km_s: 14}}", "speed_km_s", "not-both", "exclude each other"),
        (f"{{{LOW}}}", "{", "missing-key", "needs `speed_km_s` or `v_infinity_km_s`"),
        ("{body: earth, speed_km_s: 20}", "{", "missing-key", "a flyby needs `altitude_km`"),
        (f"{{{LOW}, speed_km_s: 10.42}}", "10.42", "bad-flyby", "slower than 10.423 km/s"),
        ("539 km", "539", "wrong-type", "a flyby, a mapping with keys such as `body:`"),
        *(
            (f"{{body: mars, altitude_km: {number}, speed_km_s: 9}}", number, "bad-number", "539")
            for number in ("-5", "0", "0.0", "250 km", "1e3", "٢٥٠", ".5")
        ),
    ],
)
def test_a_mistake_in_a_flyby_is_shown_where_it_stands(
    written: str, at: str, code: str, says: str
) -> None:
    text = schedule_with_one_event(kind="flyby", flyby=written)
    ((line, column, found, message),) = find_mistakes_with_messages(text)
    assert (line, column, found) == (10, 16 + written.index(at), code)
    assert says in message


@pytest.mark.parametrize("kind", ["", "launch"])
def test_only_an_event_of_the_kind_flyby_has_the_numbers_of_one(kind: str) -> None:
    text = schedule_with_one_event(flyby=f"{{{FASTER}}}", kind=kind)
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (9, 9, "bad-flyby")
    assert "write `kind: flyby`, or remove `flyby`" in message
