"""An event's own first sentence, with a place for how long ago it was."""

from __future__ import annotations

import re
from typing import Any, Final

from perihelion.schedule.invalid_value import InvalidValueError
from perihelion.schedule.scalar_types import TextType
from perihelion.schedule.suggestions import quote_text

AGO_PLACE: Final = "{ago}"

_PLACE = re.compile(r"\{[^{}]*\}|[{}]")


class LeadType(TextType):
    """A sentence on one line that holds `{ago}` once, and no other place."""

    def __init__(self) -> None:
        super().__init__('a sentence in quotes such as "Voyager 1 left Earth {ago}."')

    def parse(self, text: str) -> str:
        """The sentence, with its place."""
        places = _PLACE.findall(super().parse(text))
        for place in places:
            if place != AGO_PLACE:
                message = f"there is no place {quote_text(place)} in a lead; write {AGO_PLACE}"
                raise InvalidValueError("bad-lead", message)
        if len(places) != 1:
            problem = "does not say how long ago it was" if not places else "says it twice"
            message = (
                f'the lead {problem}; write {AGO_PLACE} once, as in "Voyager 1 left {AGO_PLACE}."'
            )
            raise InvalidValueError("bad-lead", message)
        return text

    def make_json_rule(self) -> dict[str, Any]:
        """A text with the place in it once."""
        return {"type": "string", "pattern": r"^[^{}\n]*\{ago\}[^{}\n]*$"}
