"""A page says what the date was where the people were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.service.web.application import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.service.web.conftest import FixedClock


@pytest.mark.parametrize(
    ("at", "day", "said"),
    [
        ("2016-07-05T03:53Z", "", "4 July 2016, 20:53 in California"),
        ("2016-07-05", ", day: 2016-07-04", "4 July 2016 in California"),
        ("2016-07-05", "", ""),
    ],
)
def test_a_page_states_the_date_at_the_event_s_place(
    tmp_path: Path, clock: FixedClock, at: str, day: str, said: str
) -> None:
    file = tmp_path / "places.yaml"
    place = f"{{name: California, zone: America/Los_Angeles{day}}}"
    file.write_text(
        "missions:\n  - id: juno\n    name: Juno\n    events:\n"
        f"      - {{id: arrival, at: {at}, title: T, sources: s, place: {place}}}\n",
        encoding="utf-8",
    )
    page = create_app({"PERIHELION_SCHEDULE": str(file)}, clock).test_client()
    text = page.get("/e/juno/arrival").get_data(as_text=True).partition("<main")[2]
    assert said in text
    assert said or "in California" not in text
