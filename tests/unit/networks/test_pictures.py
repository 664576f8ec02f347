from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.errors import LocalFault, Rejected
from perihelion.model.posts import Media
from perihelion.networks.shared.media import PictureFile, prepare_picture, read_picture_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORIENTATION = 0x0112


def test_a_picture_that_fits_goes_as_it_is(tmp_path: Path) -> None:
    for name, kind in (("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/webp")):
        file = tmp_path / name
        Image.new("RGB", (7, 5), "navy").save(file)
        picture = prepare_picture(str(file), 10_000)
        assert picture.data == file.read_bytes()
        assert (picture.media_type, picture.width, picture.height) == (kind, 7, 5)


def test_the_kind_is_read_from_the_picture_not_from_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (7, 5)).save(file, "JPEG")
    assert prepare_picture(str(file), 10_000).media_type == "image/jpeg"


def test_a_picture_that_is_turned_has_the_shape_it_is_shown_in(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (30, 20)).save(file, exif=exif)
    picture = prepare_picture(str(file), 10_000)
    assert (picture.width, picture.height) == (20, 30)


def test_a_large_picture_is_made_smaller_and_the_same_each_time(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((500, 400), 90).save(file)
    first = prepare_picture(str(file), 60_000)
    assert len(first.data) <= 60_000
    assert first == prepare_picture(str(file), 60_000)
    with Image.open(BytesIO(first.data)) as image:
        assert image.format == "JPEG"
        assert image.size == (first.width, first.height)
    assert abs(first.width / first.height - 500 / 400) < 0.01


def test_a_turned_picture_is_upright_once_it_is_made_smaller(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.effect_noise((300, 200), 90).save(file, exif=exif, quality=100)
    picture = prepare_picture(str(file), 30_000)
    with Image.open(BytesIO(picture.data)) as image:
        assert image.size == (picture.width, picture.height)
        assert picture.width < picture.height
        assert ORIENTATION not in image.getexif()


def test_what_is_transparent_becomes_white_and_not_black(tmp_path: Path) -> None:
    for mode in ("RGBA", "LA"):
        file = tmp_path / "a.gif"
        Image.new(mode, (4, 4), 0).save(file, "PNG")
        bitmap = tmp_path / "b.tiff"
        with Image.open(file) as image:
            image.save(bitmap)
        picture = prepare_picture(str(bitmap), 10_000)
        assert picture.media_type == "image/jpeg"
        with Image.open(BytesIO(picture.data)) as image:
            assert image.getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bits_of_grey_do_not_become_white(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    Image.new("I;16", (4, 4), 40_000).save(file)
    with Image.open(BytesIO(prepare_picture(str(file), 10_000).data)) as image:
        assert image.getpixel((1, 1)) == pytest.approx((156, 156, 156), abs=2)


def test_a_picture_of_many_pixels_is_made_small_before_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five copies of a hundred million pixels are more memory than a small host has."""
    file = tmp_path / "a.jpg"
    Image.effect_noise((600, 500), 90).resize((3000, 2500), 0).save(file, quality=100)
    copied: list[int] = []

    def record_size(method: Callable[..., Image.Image]) -> Callable[..., Image.Image]:
        def call_and_record(image: Image.Image, *args: object, **kwargs: object) -> Image.Image:
            copied.append(max(image.size))
            return method(image, *args, **kwargs)

        return call_and_record

    for name in ("convert", "copy"):
        monkeypatch.setattr(Image.Image, name, record_size(getattr(Image.Image, name)))
    assert prepare_picture(str(file), 2_000_000).width <= 2000
    assert prepare_picture(str(file), 20_000_000).width == 3000
    assert max(copied) == 2000


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_waits_for_a_repair(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(data)
    with pytest.raises(LocalFault, match=r"a\.png cannot be read"):
        prepare_picture(str(file), 10_000)


def test_a_picture_that_breaks_off_waits_for_a_repair(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((100, 100), 90).save(file)
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(LocalFault, match="cannot be read"):
        prepare_picture(str(file), 100_000)


def test_a_picture_that_cannot_be_made_small_enough_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((100, 100), 90).save(file)
    with pytest.raises(Rejected, match="cannot be made smaller than 50 bytes"):
        prepare_picture(str(file), 50)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.JPEG", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.webp", "image/webp"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_a_file_s_type_follows_from_its_name(name: str, media_type: str) -> None:
    assert PictureFile(name, b"").media_type == media_type


def test_a_file_that_cannot_be_read_waits_for_a_repair(tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="cannot be read: Is a directory"):
        read_picture_file(Media(str(tmp_path), "alt"))
