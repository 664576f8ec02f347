"""The pictures of a post: whether they fit, how a network gets them, and where they are served."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from perihelion.compose.picture_files import find_picture_problem
from perihelion.compose.text_length import measure_against_limit
from perihelion.model.errors import LocalFault, NotSent, Rejected
from perihelion.networks.base import Option
from perihelion.networks.shared.account_settings import option_error
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits, Media, Post

Item = TypeVar("Item")
Uploaded = TypeVar("Uploaded")

MEDIA_URL = Option("media_url", (), "the public address under which the media folder is served")
MAX_UPLOAD_SECONDS = 30.0
"""Seconds after which no further upload is started: each may take a minute."""
MAX_SECONDS_BEFORE_POST = 60.0
"""Seconds after which the post is no longer sent. Half of the usual lease is gone by then, and the
post has to arrive before another worker may take the delivery over."""
BROWSER_FORMATS = frozenset({"JPEG", "PNG", "WEBP"})
"""Pillow's names for the formats that every browser shows; other formats are sent as JPEG."""
MAX_SIDE = 2000
"""Pixels; the longer side of a picture that has to be made smaller."""
SCALES = (1.0, 0.8, 0.6, 0.4, 0.2)
JPEG_QUALITIES = (90, 80, 70)
"""Tried in this order at each scale."""
_RGB_MODES = frozenset({"RGB", "RGBA", "P"})
_SCALABLE_MODES = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
"""Modes that Pillow scales smoothly; others have to be converted to RGB first."""
_ROTATED_ORIENTATIONS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
_EXIF_ORIENTATION = 0x0112


def require_fit(post: Post, limits: Limits) -> None:
    """Raise Rejected for a text, alt text or picture that the network would refuse.

    Raises LocalFault for a picture whose file cannot be read.
    """
    count, limit = measure_against_limit(post.text, limits, with_picture=bool(post.pictures))
    if count > limit:
        raise Rejected(f"the text counts {count} of {limit}; make its template shorter")
    try:
        "".join((post.text, *(one.alt for one in post.pictures))).encode()
    except UnicodeEncodeError as error:
        raise Rejected("the text is not valid Unicode") from error
    if len(post.pictures) > limits.pictures:
        raise Rejected(f"the post has {len(post.pictures)} of {limits.pictures} pictures")
    for picture in post.pictures:
        _require_picture_fit(picture, limits)


def _require_picture_fit(picture: Media, limits: Limits) -> None:
    if len(picture.alt) > limits.alt_length:
        raise Rejected(
            f"the alt text of {picture.file} counts {len(picture.alt)} of {limits.alt_length}"
        )
    path = Path(picture.file)
    problem = find_picture_problem(path)
    if problem:
        raise LocalFault(problem)
    if path.stat().st_size > limits.picture_bytes:
        raise Rejected(f"the picture {path} has more than {limits.picture_bytes} bytes")


def upload_in_turn(
    pictures: Iterable[Item],
    upload: Callable[[Item], Uploaded],
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Uploaded]:
    """The result of `upload` for each picture, in order; the first failure ends it.

    Raises NotSent if all of them together take too long. `monotonic` gives seconds.
    """
    started, uploaded = monotonic(), list[Uploaded]()

    def require_within(seconds: float) -> None:
        if monotonic() - started > seconds:
            text = f"{len(uploaded)} of the pictures took more than {seconds:g} seconds to upload"
            raise NotSent(f"{text}; make their files smaller")

    for picture in pictures:
        require_within(MAX_UPLOAD_SECONDS)
        uploaded.append(upload(picture))
    require_within(MAX_SECONDS_BEFORE_POST)
    return uploaded


def read_media_url(account: Account) -> str:
    """The account's option `media_url` without a trailing slash, or the empty string.

    Raises ConfigurationError if it is not a valid https address.
    """
    text = account.get_option(MEDIA_URL.name).strip().rstrip("/")
    problem = find_address_problem(text) if text else ""
    if problem:
        raise option_error(account, MEDIA_URL.name, f"option 'media_url' {problem}")
    return text


def allow_served_picture(account: Account, limits: Limits) -> Limits:
    """`limits` with one picture, if the account has the option `media_url`."""
    return replace(limits, pictures=1) if account.get_option(MEDIA_URL.name).strip() else limits


def make_picture_url(media_url: str, picture: Media) -> str:
    """The public address of `picture`. Raises Rejected if `media_url` is empty."""
    if not media_url:
        raise Rejected("the picture has no public address; set the account's option media_url")
    return f"{media_url}/{quote(Path(picture.file).name)}"


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture's file, unchanged."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        """The MIME type, by the extension of the name."""
        return guess_type(self.name, strict=False)[0] or "application/octet-stream"

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the data."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def form_part(self) -> tuple[str, bytes, str]:
        """The file as requests takes it for a multipart form."""
        return self.name, self.data, self.media_type


def read_picture_file(picture: Media) -> PictureFile:
    """The file of `picture`. Raises LocalFault if it cannot be read."""
    try:
        return PictureFile(Path(picture.file).name, Path(picture.file).read_bytes())
    except OSError as error:
        raise LocalFault(f"the picture {picture.file} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture ready for upload. `width` and `height` are in pixels, after EXIF rotation."""

    data: bytes
    media_type: str
    width: int
    height: int


def prepare_picture(file: str, max_bytes: int) -> PreparedPicture:
    """The picture in `file`, unchanged if it has at most `max_bytes`, otherwise made smaller.

    The same file always gives the same bytes. Raises LocalFault if it cannot be read, and Rejected
    if it cannot be made small enough.
    """
    from PIL import Image  # noqa: PLC0415 - heavy, and most posts have no picture

    try:
        data = Path(file).read_bytes()
        with Image.open(BytesIO(data)) as image:
            if image.format in BROWSER_FORMATS and len(data) <= max_bytes:
                return PreparedPicture(data, Image.MIME[image.format], *_load_and_measure(image))
            made = _shrink_to_jpeg(image, max_bytes)
    except Exception as error:  # Pillow raises almost anything for a broken file
        raise LocalFault(f"the picture {file} cannot be read: {error}; save it again") from error
    if made is None:
        raise Rejected(f"the picture {file} cannot be made smaller than {max_bytes} bytes")
    return made


def _load_and_measure(image: ImageFile) -> tuple[int, int]:
    """Load the whole picture, which proves that it is not broken; its width and height as shown."""
    width, height = image.size
    image.draft(image.mode, (MAX_SIDE, MAX_SIDE))
    image.load()
    rotated = image.getexif().get(_EXIF_ORIENTATION) in _ROTATED_ORIENTATIONS
    return (height, width) if rotated else (width, height)


def _shrink_to_jpeg(image: ImageFile, max_bytes: int) -> PreparedPicture | None:
    """`image` as the best JPEG that has at most `max_bytes`, or None.

    It is scaled down before anything else: a photograph may have a hundred million pixels, and the
    host half a gigabyte of memory.
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
    """`image` in RGB, on a white background: JPEG would turn transparency black."""
    from PIL import Image as Images  # noqa: PLC0415 - as above

    if image.mode.startswith("I;16"):  # Pillow would clip its 65,536 greys at 255, which is white
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    white = Images.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return white.convert("RGB")
