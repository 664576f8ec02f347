"""The keys of a flyby: what its path is drawn from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from perihelion.model.flybys import Body, Flyby
from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.scalar_types import EnumType, ScalarType
from perihelion.schedule.suggestions import quote_text

if TYPE_CHECKING:
    from perihelion.schedule.mapping_types import ParsedMapping
    from perihelion.schedule.reader import YamlReader

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_SPEEDS = ("speed_km_s", "v_infinity_km_s")


class PositiveNumberType(ScalarType[float]):
    """A number above zero."""

    def __init__(self, example: str) -> None:
        self.expected = f"a number above zero, such as {example}"

    def parse(self, text: str) -> float:
        """The number."""
        if _NUMBER.fullmatch(text) is None or not float(text):
            raise InvalidValueError(
                "bad-number", f"{quote_text(text)} is not valid here; write {self.expected}"
            )
        return float(text)

    def make_json_rule(self) -> dict[str, Any]:
        """A number."""
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 999_999_999}


def _finish_flyby(mapping: ParsedMapping, reader: YamlReader) -> Flyby | None:
    """The flyby, if all that it needs is there and it was fast enough."""
    if not {"body", "altitude_km"} <= mapping.values.keys():
        return None
    if len(mapping.values.keys() & set(_SPEEDS)) != 1:
        return None
    flyby = Flyby(**mapping.values)
    escape = flyby.escape_speed_km_s
    if flyby.speed_km_s is not None and flyby.speed_km_s <= escape:
        message = (
            f"nothing slower than {escape:.3f} km/s flies by {flyby.body} at this altitude; "
            "write the speed that it had relative to that body"
        )
        reader.add_mistake(mapping.key_events["speed_km_s"][1].start_mark, "bad-flyby", message)
        return None
    return flyby


FLYBY = RecordType(
    "a flyby",
    (
        KeySpec("body", EnumType(Body), "the planet that it passed", required=True),
        KeySpec(
            "altitude_km",
            PositiveNumberType("539"),
            "how far above the surface its closest point was, in kilometres",
            required=True,
        ),
        KeySpec(
            "speed_km_s",
            PositiveNumberType("12.739"),
            "its speed there relative to the planet, in km/s; instead of `v_infinity_km_s`",
        ),
        KeySpec(
            "v_infinity_km_s",
            PositiveNumberType("6.851"),
            "its speed far from the planet relative to it (v-infinity), in km/s",
        ),
    ),
    _finish_flyby,
    exclusive_keys=_SPEEDS,
    any_of=_SPEEDS,
)
