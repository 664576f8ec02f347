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
    from PIL.ImageFile import ImageFile

BROWSER_FORMATS = frozenset({"JPEG", "PNG", "WEBP"})
"""Pillow's names of the formats that every browser shows; others are sent as JPEG."""
MAX_SIDE = 2000
"""Pixels of a picture that has to be made smaller."""
SCALES = (1.0, 0.8, 0.6, 0.4, 0.2)
JPEG_QUALITIES = (90, 80, 70)
"""Of the JPEG, to be tried on each scale in turn."""
_RGB_MODES = frozenset({"RGB", "RGBA", "P"})
_SCALABLE_MODES = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
"""Modes that Pillow scales smoothly as they are; others must be turned into RGB first."""
_ROTATED_ORIENTATIONS = frozenset({5, 6, 7, 8})
"""EXIF orientations whose width is shown as height."""
_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """What to upload. `kind` is its media type; width and height (pixels) are as it is shown."""

    data: bytes
    media_type: str
    width: int
    height: int


def read_picture(file: str, max_bytes: int) -> PreparedPicture:
    """The picture in `file` with at most `most` bytes: as it is, or else made smaller.

    Raises Rejected where it cannot be read, or not be made small enough.
    """
    from PIL import Image  # noqa: PLC0415 - heavy, and most posts have no picture

    try:
        data = Path(file).read_bytes()
        with Image.open(BytesIO(data)) as image:
            if image.format in BROWSER_FORMATS and len(data) <= max_bytes:
                return PreparedPicture(data, Image.MIME[image.format], *_load_and_measure(image))
            made = _shrink_to_jpeg(image, max_bytes)
    except Exception as error:  # a broken file makes Pillow raise almost anything
        raise Rejected(f"the picture {file} cannot be read: {error}") from error
    if made is None:
        raise Rejected(f"the picture {file} cannot be made smaller than {max_bytes} bytes")
    return made


def _load_and_measure(image: ImageFile) -> tuple[int, int]:
    """Width and height as it is shown, once all of it could be read."""
    width, height = image.size
    image.draft(image.mode, (MAX_SIDE, MAX_SIDE))
    image.load()
    on_its_side = image.getexif().get(_EXIF_ORIENTATION) in _ROTATED_ORIENTATIONS
    return (height, width) if on_its_side else (width, height)


def _shrink_to_jpeg(image: ImageFile, max_bytes: int) -> PreparedPicture | None:
    """`image` as the best JPEG tried that has at most `most` bytes.

    It is made small before anything else: a photograph may have a hundred million pixels, and a
    host half a gigabyte.
    """
    from PIL import ImageOps  # noqa: PLC0415 - as above

    if image.mode in _SCALABLE_MODES:
        image.thumbnail((MAX_SIDE, MAX_SIDE))
    profile = image.info.get("icc_profile") if image.mode in _RGB_MODES else None
    whole = _flatten_on_white(ImageOps.exif_transpose(image))
    longest = min(MAX_SIDE, max(whole.size))
    for scale in SCALES:
        scaled = whole.copy()
        scaled.thumbnail((longest * scale, longest * scale))
        for quality in JPEG_QUALITIES:
            file = BytesIO()
            scaled.save(file, "JPEG", quality=quality, optimize=True, icc_profile=profile)
            if file.tell() <= max_bytes:
                return PreparedPicture(file.getvalue(), "image/jpeg", *scaled.size)
    return None


def _flatten_on_white(image: Image) -> Image:
    """In RGB, and without transparency, which JPEG would turn black."""
    from PIL import Image as Images  # noqa: PLC0415 - as above

    if image.mode.startswith("I;16"):  # Pillow would cut its 65,536 greys off at 255, to white
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    white = Images.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB")
