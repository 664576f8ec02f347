"""What a picture's file says besides its pixels: where it was taken, and what its colours are."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_NOTES = frozenset({0xE1, 0xED, 0xFE})
"""Segments of a JPEG with EXIF, XMP, IPTC or a comment."""
_PREVIEWS = b"MPF\x00"
"""What a segment begins with that lists further pictures in the file."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the pixels of a scan."""
_PNG_HEADER = b"\x89PNG\r\n\x1a\n"
_PNG_NOTES = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_NOTES = (b"EXIF", b"XMP ")


def strip_metadata(data: bytes, kind: str) -> bytes | None:
    """The file without EXIF and the like, its pixels as they are; None if that cannot be done.

    `kind` is Pillow's name of the format.
    """
    try:
        if kind == "JPEG":
            return _strip_jpeg(data)
        if kind == "PNG":
            return _strip_png(data)
    except IndexError:
        return None
    return None if kind == "WEBP" and any(one in data for one in _WEBP_NOTES) else data


def _strip_jpeg(data: bytes) -> bytes:
    """The first picture of the file. Raises IndexError if it breaks off."""
    kept, at = bytearray((0xFF, _START)), 2
    while (marker := data[at + 1]) != _END:
        if marker == 0xFF:  # noqa: PLR2004 - filling before a marker
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN:
            found = _MARKER.search(data, end)
            if found is None:
                raise IndexError
            end = found.start()
        segment = data[at:end]
        if marker not in _NOTES and not segment[4:].startswith(_PREVIEWS):
            kept += segment
        at = end
    return bytes(kept) + bytes((0xFF, _END))


def _strip_png(data: bytes) -> bytes:
    kept, at = bytearray(_PNG_HEADER), len(_PNG_HEADER)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in _PNG_NOTES:
            kept += data[at:end]
        at = end
    return bytes(kept)


def is_srgb(image: Image) -> bool:
    """Whether the colours of an RGB picture are sRGB's, as those without a profile are."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "P"}:
        return True
    from PIL import ImageCms  # noqa: PLC0415 - heavy, and most pictures have no profile

    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(profile))
        return "srgb" in ImageCms.getProfileDescription(opened).casefold()
    except (OSError, ImageCms.PyCMSError):
        return True


def convert_to_srgb(image: Image, profile: bytes | None) -> Image:
    """An RGB or CMYK `image` in the colours of sRGB, by its `profile` if that can be used."""
    if not profile:
        return image.convert("RGB")
    from PIL import ImageCms  # noqa: PLC0415 - as above

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        return image.convert("RGB")
    return made or image.convert("RGB")
