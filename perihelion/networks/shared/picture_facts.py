"""What a picture's file is, and what a network would refuse about it or show wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.networks.shared.picture_metadata import is_srgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageFile import ImageFile

    from perihelion.model.posts import Limits

MAX_FILE_BYTES = 50_000_000
"""Of a file that is made smaller before it is sent."""
SUFFIXES = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "AVIF": (".avif",),
}
"""The endings of a file's name for each format, by Pillow's names; the first is the usual one."""
EXIF_ORIENTATION = 0x0112
_UPRIGHT = 1
_SWAPPED_ORIENTATIONS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
_PLAIN_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
"""Greys and RGB with 8 bits, which everything shows alike; not CMYK, nor 16 bits."""
_PNG_DEPTH_AT = 24
"""Where a PNG tells its bits per channel. Pillow reads 16 of them as 8 without a word."""
_PLAIN_DEPTH = 8


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture as its file has it. `width` and `height` are in pixels, as it is shown."""

    name: str
    format: str
    """Pillow's name of the format; a camera's MPO is a JPEG to everybody else."""
    width: int
    height: int
    size: int
    """In bytes."""
    is_turned: bool = False
    """Whether EXIF says to turn it, which not everything does."""
    is_animated: bool = False
    has_plain_colours: bool = True
    is_srgb: bool = True

    @property
    def is_well_named(self) -> bool:
        """Whether the name ends as those of its format do."""
        return Path(self.name).suffix.lower() in SUFFIXES.get(self.format, ())


def open_picture(data: bytes) -> ImageFile:
    """The picture in `data`, its pixels still unread. Raises almost anything if there is none."""
    from PIL import Image  # noqa: PLC0415 - heavy, and most posts have no picture

    return Image.open(BytesIO(data))


def get_facts(name: str, data: bytes, image: ImageFile) -> PictureFacts:
    """The facts of the picture `image`, opened from the `data` of the file `name`."""
    orientation = image.getexif().get(EXIF_ORIENTATION, _UPRIGHT)
    width, height = image.size
    if orientation in _SWAPPED_ORIENTATIONS:
        width, height = height, width
    kind = "JPEG" if image.format == "MPO" else image.format or ""
    is_deep = kind == "PNG" and data[_PNG_DEPTH_AT] > _PLAIN_DEPTH
    return PictureFacts(
        name,
        kind,
        width,
        height,
        len(data),
        is_turned=orientation in range(_UPRIGHT + 1, 9),
        is_animated=image.format != "MPO" and bool(getattr(image, "is_animated", False)),
        has_plain_colours=image.mode in _PLAIN_MODES and not is_deep,
        is_srgb=is_srgb(image),
    )


def explain_error(error: Exception) -> str:
    """What is wrong with a file that could not be read, and what to do; `error` is Pillow's."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as above

    if isinstance(error, UnidentifiedImageError):
        return "is not a picture; save it as JPEG or PNG"
    if isinstance(error, Image.DecompressionBombError):
        return "has too many pixels to be read safely; shrink it"
    return f"cannot be read: {error}; save it again as JPEG or PNG"


def find_shape_problems(facts: PictureFacts, limits: Limits) -> Iterator[str]:
    """What fitting cannot correct: a picture too small, or too long and narrow."""
    shape = f"{facts.width} x {facts.height} pixels"
    short, long = sorted((facts.width, facts.height))
    if short < limits.picture_min_side:
        yield f"has {shape}, and needs at least {limits.picture_min_side} each way; replace it"
    elif limits.picture_ratio and long > limits.picture_ratio * short:
        yield f"has {shape}, and may be {limits.picture_ratio} times as long as wide; crop it"
    if facts.size > MAX_FILE_BYTES:
        yield f"has {facts.size} bytes of {MAX_FILE_BYTES}; shrink it"


def find_refused_problems(facts: PictureFacts, limits: Limits) -> Iterator[str]:
    """What a network refuses. `fit_picture` corrects it where the picture is uploaded."""
    width, height = facts.width, facts.height
    if facts.format not in limits.picture_formats:
        yield f"is {facts.format}; save it as JPEG or PNG"
    if facts.size > limits.picture_bytes:
        yield f"has {facts.size} bytes of {limits.picture_bytes}; shrink it"
    if limits.picture_pixels and width * height > limits.picture_pixels:
        yield f"has {width * height} pixels of {limits.picture_pixels}; shrink it"
    if limits.picture_sides and width + height > limits.picture_sides:
        yield f"has {width + height} pixels of {limits.picture_sides} in both sides; shrink it"


def find_display_problems(facts: PictureFacts) -> Iterator[str]:
    """What some networks refuse and others show wrongly. `fit_picture` corrects it as well."""
    if facts.is_turned:
        yield "is turned by EXIF only; turn it and save it"
    if facts.is_animated:
        yield "is animated; save one frame"
    if not facts.has_plain_colours:
        yield "has neither greys nor RGB with 8 bits; save it as RGB with 8 bits"
    if not facts.is_srgb:
        yield "has a colour profile other than sRGB; convert it to sRGB"
