"""A picture as its network takes it: the file itself, or a JPEG made of it.

The same file always gives the same bytes, so that every try of a post sends the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import LocalFault
from perihelion.networks.shared.picture_facts import (
    SUFFIXES,
    PictureFacts,
    explain_error,
    find_display_problems,
    find_refused_problems,
    find_shape_problems,
    get_facts,
    open_picture,
)
from perihelion.networks.shared.picture_metadata import convert_to_srgb, strip_metadata

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

    from perihelion.model.posts import Limits, Media

MAX_PIXELS = 4_000_000
"""Of a picture that has to be made anew; more would take the memory of a small host."""
SCALES = (1.0, 0.8, 0.6, 0.4, 0.2)
JPEG_QUALITIES = (90, 80, 70)
"""Tried in this order at each scale."""
_RGB_MODES = frozenset({"RGB", "RGBA", "P"})
_SCALABLE_MODES = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
"""Modes that Pillow scales smoothly; others have to be converted to RGB first."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture ready to be sent."""

    data: bytes
    facts: PictureFacts

    @property
    def name(self) -> str:
        """The file's name, which ends as those of its format do."""
        return self.facts.name

    @property
    def media_type(self) -> str:
        """The MIME type, by what the data is, whatever the name says."""
        kind = self.facts.format.lower()
        return f"image/{kind}" if kind else "application/octet-stream"

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the data."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def form_part(self) -> tuple[str, bytes, str]:
        """The file as requests takes it for a multipart form."""
        return self.name, self.data, self.media_type


def read_picture_file(picture: Media) -> PictureFile:
    """The file of `picture`, unchanged. Raises LocalFault if it is not there, or no picture."""
    data = _read_bytes(picture)
    try:
        with open_picture(data) as image:
            facts = get_facts(picture.name, data, image)
    except Exception as error:  # Pillow raises almost anything for a broken file
        raise LocalFault(
            f"the picture {picture.file or picture.name} {explain_error(error)}"
        ) from error
    return PictureFile(data, facts)


def fit_picture(picture: Media, limits: Limits) -> PictureFile:
    """The picture as `limits` take it: its pixels unchanged if possible, otherwise made anew.

    It is then an upright JPEG of the first frame, in sRGB, as large as may be. Either way it tells
    nothing of who took it, when and where: EXIF and the like are left out. Raises LocalFault if
    the file cannot be read, or if no picture that fits can be made of it.
    """
    data = _read_bytes(picture)
    try:
        with open_picture(data) as image:
            facts = get_facts(picture.name, data, image)
            problem = next(find_shape_problems(facts, limits), "")
            made = None if problem else _keep_or_shrink(facts, data, image, limits)
    except Exception as error:  # as above
        raise LocalFault(
            f"the picture {picture.file or picture.name} {explain_error(error)}"
        ) from error
    if made is None:
        problem = problem or f"cannot be made smaller than {limits.picture_bytes} bytes"
        raise LocalFault(f"the picture {picture.file or picture.name} {problem}")
    return made


def _read_bytes(picture: Media) -> bytes:
    if picture.data is not None:
        return picture.data
    try:
        return Path(picture.file).read_bytes()
    except OSError as error:
        raise LocalFault(
            f"the picture {picture.file or picture.name} cannot be read: {error.strerror}"
        ) from error


def _keep_or_shrink(
    facts: PictureFacts, data: bytes, image: ImageFile, limits: Limits
) -> PictureFile | None:
    """The file with the name that suits it; or a JPEG, if more than the name is wrong."""
    stem = Path(facts.name).stem
    if not facts.is_well_named:
        facts = replace(facts, name=stem + SUFFIXES.get(facts.format, ("",))[0])
    if any((*find_refused_problems(facts, limits), *find_display_problems(facts))):
        return _shrink_to_jpeg(stem, image, limits)
    image.draft(image.mode, (1, 1))
    image.load()  # the whole file, which proves that it is not broken
    kept = strip_metadata(data, facts.format)
    if kept is None:
        return _shrink_to_jpeg(stem, image, limits)
    return PictureFile(kept, replace(facts, size=len(kept)))


def _shrink_to_jpeg(stem: str, image: ImageFile, limits: Limits) -> PictureFile | None:
    """`image` as the best JPEG that `limits` take, or None.

    It is scaled down before anything else: a photograph may have a hundred million pixels, and the
    host half a gigabyte of memory.
    """
    from PIL import ImageOps  # noqa: PLC0415 - heavy, and most posts have no picture

    image.seek(0)
    target = _choose_size(*image.size, limits)
    if image.mode in _SCALABLE_MODES:
        image.thumbnail(target)
    profile = image.info.get("icc_profile") if image.mode in _RGB_MODES else None
    whole = convert_to_srgb(_flatten_on_white(ImageOps.exif_transpose(image)), profile)
    longest = max(target)
    for scale in SCALES:
        scaled = whole.copy()
        scaled.thumbnail((longest * scale, longest * scale))
        for quality in JPEG_QUALITIES:
            file = BytesIO()
            scaled.save(file, "JPEG", quality=quality, optimize=True)
            if file.tell() <= limits.picture_bytes:
                data = file.getvalue()
                facts = PictureFacts(f"{stem}.jpg", "JPEG", *scaled.size, len(data))
                return PictureFile(data, facts)
    return None


def _choose_size(width: int, height: int, limits: Limits) -> tuple[int, int]:
    """The largest size of the same shape that is allowed."""
    pixels = min(MAX_PIXELS, limits.picture_pixels or MAX_PIXELS)
    scale = min(1.0, sqrt(pixels / (width * height)))
    if limits.picture_sides:
        scale = min(scale, limits.picture_sides / (width + height))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _flatten_on_white(image: Image) -> Image:
    """`image` in RGB, on a white background: JPEG would turn transparency black."""
    from PIL import Image as Images  # noqa: PLC0415 - as above

    if image.mode.startswith("I;16"):  # Pillow would clip its 65,536 greys at 255, which is white
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.mode == "CMYK":
        image = convert_to_srgb(image, image.info.get("icc_profile"))
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    white = Images.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB")
