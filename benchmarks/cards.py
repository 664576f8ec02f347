"""What drawing a card costs: each kind, with its JPEG, and Pillow drawing the same shapes.

`python -m benchmarks.cards`. The floor is what one drawing asked of Pillow, recorded and asked
again, without measuring, choosing or placing anything. Times are the processor's. Read the ratios.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageDraw

from benchmarks.rig.machine_load import describe_load
from perihelion.compose.cards import drawing
from perihelion.compose.cards.drawing import encode_picture, paint_card
from tests.fakes.card_samples import MEMORIAL, NIGHT, REPLAY, YEARS, list_card_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.compose.cards.card import Card

Call = tuple["Callable[..., object]", tuple[Any, ...], dict[str, Any]]
AIM = 1.5
RECORDED = (
    *((Image.Image, name) for name in ("paste", "resize", "reduce", "copy", "point", "filter")),
    *((ImageDraw.ImageDraw, name) for name in ("text", "ellipse", "polygon", "rectangle", "point")),
    (ImageDraw.ImageDraw, "rounded_rectangle"),
    *((Image, name) for name in ("new", "merge", "composite", "blend")),
    (ImageChops, "multiply"),
)
"""What draws or changes pixels; all that measures is left out."""


@contextmanager
def record_calls() -> Iterator[list[Call]]:
    """The outermost of these calls, with what they were given."""
    calls: list[Call] = []
    depth = 0

    def wrap(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: Any, **options: Any) -> object:
            nonlocal depth
            if not depth:
                calls.append((function, arguments, options))
            depth += 1
            try:
                return function(*arguments, **options)
            finally:
                depth -= 1

        return call

    originals = [(owner, name, getattr(owner, name)) for owner, name in RECORDED]
    for owner, name, function in originals:
        setattr(owner, name, wrap(function))
    try:
        yield calls
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


def measure_milliseconds(work: Callable[[], object], rounds: int = 15) -> float:
    """The processor's, the median of `rounds`, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1e3)
    return statistics.median(times)


def measure_card(card: Card) -> dict[str, float]:
    """The card's milliseconds with its JPEG, and those of Pillow alone."""
    paint_card(card)
    with record_calls() as calls:
        image = paint_card(card).image

    def draw_again() -> None:
        for function, arguments, options in calls:
            function(*arguments, **options)
        encode_picture(image)

    ours = measure_milliseconds(lambda: drawing.draw_card.__wrapped__(card))
    floor = measure_milliseconds(draw_again)
    return {"ms": round(ours, 1), "Pillow ms": round(floor, 1), "ratio": round(ours / floor, 2)}


def main() -> None:
    """Print each kind's figures, and how many cards a second all samples make."""
    kinds = {card.kind.value: measure_card(card) for card in (NIGHT, YEARS, MEMORIAL, REPLAY)}
    samples = list(list_card_samples())
    started = time.process_time()
    for card in samples:
        drawing.draw_card.__wrapped__(card)
    per_second = len(samples) / (time.process_time() - started)
    print(json.dumps({**kinds, "cards per second": round(per_second, 1)}, indent=2))
    if max(one["ratio"] for one in kinds.values()) > AIM:
        sys.exit(f"a card takes more than {AIM} times what Pillow does ({describe_load()})")


if __name__ == "__main__":
    main()
