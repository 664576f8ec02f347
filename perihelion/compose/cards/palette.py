"""The colours of the cards."""

from __future__ import annotations

from typing import Final

Colour = tuple[int, int, int]

NIGHT_TOP: Final = (5, 9, 24)
NIGHT_BOTTOM: Final = (10, 17, 42)
WHITE: Final = (245, 242, 234)
BLUE_GREY: Final = (188, 199, 238)
PAPER: Final = (246, 241, 230)
INK: Final = (22, 24, 38)
GREY_INK: Final = (66, 64, 62)
RED: Final = (158, 27, 22)
DARK: Final = (13, 14, 18)
LIGHT_GREY: Final = (190, 189, 186)
CANDLE: Final = (255, 236, 200)

_AMBER: Final = (255, 186, 92)
_SKY: Final = (150, 190, 255)
_GOLD: Final = (255, 214, 122)
_TEAL: Final = (132, 226, 200)
_CORAL: Final = (255, 164, 128)
_LILAC: Final = (206, 188, 255)
_ACCENTS: Final = {
    "launch": _AMBER,
    "burn": _AMBER,
    "flyby": _SKY,
    "orbit-insertion": _SKY,
    "science": _SKY,
    "docking": _TEAL,
    "undocking": _TEAL,
    "eva": _TEAL,
    "command": _TEAL,
    "impact": _CORAL,
    "landing": _CORAL,
    "sample-return": _CORAL,
    "reentry": _CORAL,
    "end-of-mission": _LILAC,
}


def choose_accent(event_kind: str) -> Colour:
    """The colour of the count, by the kind of event."""
    return _ACCENTS.get(event_kind, _GOLD)
