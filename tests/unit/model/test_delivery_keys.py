"""The keys of deliveries, which are stored and never change."""

from __future__ import annotations

import pytest

from perihelion.model.deliveries import DeliveryKey
from perihelion.model.units import Unit

EVENT = "curiosity/landing"


@pytest.mark.parametrize("unit", Unit)
def test_a_key_in_each_unit_is_read_as_it_was_written(unit: Unit) -> None:
    key = DeliveryKey("bluesky-de", EVENT, 8, unit)
    assert str(key) == f"bluesky-de:curiosity/landing:8-{unit}:1"
    assert DeliveryKey.parse(str(key)) == key


def test_counts_in_different_units_are_different_deliveries() -> None:
    keys = [DeliveryKey("x", EVENT, 8, unit) for unit in Unit]
    assert len({key.token for key in keys}) == len(Unit)


def test_the_key_of_a_yearly_post_is_what_it_always_was() -> None:
    key = DeliveryKey("x", "galileo/moons", 417)
    assert str(key) == "x:galileo/moons:417-years:1"
