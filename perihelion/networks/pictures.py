"""A picture file as a network takes it: its bytes, its kind and its size.

The same file gives the same bytes on every try; nothing random or dated goes into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import Rejected

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN = frozenset({"JPEG", "PNG", "WEBP"})
"""Pillow's names of the formats that every browser shows; others are sent as JPEG."""
LONGEST_SIDE = 2000
"""Pixels of a picture that has to be made smaller."""
SCALES = (1.0, 0.8, 0.6, 0.4, 0.2)
QUALITIES = (90, 80, 70)
"""Of the JPEG, to be tried on each scale in turn."""
_OPAQUE = frozenset({"RGB", "RGBA", "P"})


@dataclass(frozen=True, slots=True)
class Picture:
    """What to upload. `kind` is its media type; width and height (pixels) are as it is shown."""

    data: bytes
    kind: str
    width: int
    height: int


def read_picture(file: str, most: int) -> Picture:
    """The picture in `file` with at most `most` bytes: as it is, or else made smaller.

    Raises Rejected where it cannot be read, or not be made small enough.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - heavy, and most posts have no picture

    try:
        data = Path(file).read_bytes()
        with Image.open(BytesIO(data)) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if image.format in SHOWN and len(data) <= most:
                return Picture(data, Image.MIME[image.format], *upright.size)
            made = _shrunk(upright, most)
    except Exception as error:  # a broken file makes Pillow raise almost anything
        raise Rejected(f"the picture {file} cannot be read: {error}") from error
    if made is None:
        raise Rejected(f"the picture {file} cannot be made smaller than {most} bytes")
    return made


def _shrunk(image: Image, most: int) -> Picture | None:
    """`image` as the best JPEG tried that has at most `most` bytes."""
    profile = image.info.get("icc_profile") if image.mode in _OPAQUE else None
    whole = _on_white(image)
    longest = min(LONGEST_SIDE, max(whole.size))
    for scale in SCALES:
        scaled = whole.copy()
        scaled.thumbnail((longest * scale, longest * scale))
        for quality in QUALITIES:
            file = BytesIO()
            scaled.save(file, "JPEG", quality=quality, optimize=True, icc_profile=profile)
            if file.tell() <= most:
                return Picture(file.getvalue(), "image/jpeg", *scaled.size)
    return None


def _on_white(image: Image) -> Image:
    """Without transparency, which JPEG would turn black."""
    from PIL import Image as Images  # noqa: PLC0415 - as above

    clear = image.convert("RGBA")
    white = Images.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB")
