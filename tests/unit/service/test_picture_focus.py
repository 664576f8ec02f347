"""A picture whose focus some networks would cut off is told; one that they show is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.advice_codes import AdviceCode
from perihelion.schedule.load import parse_schedule
from perihelion.service.picture_checks import check_pictures
from tests.fakes.schedule_texts import schedule_with_one_event

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("size", "focus", "number", "is_cut"),
    [
        ((300, 100), "0.8, 0", 1, True),
        ((300, 100), "-0.8, 0", 1, True),
        ((300, 100), "0.5, 0.9", 1, False),
        ((100, 300), "0, 0.8", 1, True),
        ((100, 300), "0, 0.4", 1, False),
        ((160, 90), "0.9, 0.9", 1, False),
        ((160, 90), "0.9, 0", 2, True),
        ((100, 100), "0.9, -0.9", 2, False),
    ],
)
def test_a_focus_outside_the_middle_is_told(
    tmp_path: Path, size: tuple[int, int], focus: str, number: int, *, is_cut: bool
) -> None:
    Image.new("RGB", size).save(tmp_path / "a.jpg")
    picture = f'{{file: a.jpg, alt: A, credit: NASA, focus: "{focus}"}}'
    text = schedule_with_one_event(pictures=f"[{', '.join([picture] * number)}]")
    (event,) = parse_schedule(text.encode(), "schedule.yaml").events
    found = list(check_pictures(event, tmp_path, {}))
    assert [one.code for one in found] == [AdviceCode.CROPPED] * (number if is_cut else 0)
