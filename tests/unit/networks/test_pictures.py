from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageCms

from perihelion.model.errors import LocalFault
from perihelion.model.posts import Limits, Media
from perihelion.networks.shared.picture_fitting import PictureFile, fit_picture, read_picture_file
from perihelion.networks.shared.picture_metadata import strip_metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORIENTATION, CAMERA = 0x0112, 0x0110
FORMATS = ("JPEG", "PNG", "WEBP")


def fit(file: Path, max_bytes: int = 10_000, **limits: int) -> PictureFile:
    limited = Limits(500, picture_bytes=max_bytes, picture_formats=FORMATS, **limits)  # type: ignore[arg-type]  # only numbers are given
    return fit_picture(Media(str(file), "alt"), limited)


def open_fitted(picture: PictureFile) -> Image.Image:
    image = Image.open(BytesIO(picture.data))
    assert image.format == picture.facts.format
    assert image.size == (picture.facts.width, picture.facts.height)
    return image


def test_a_picture_that_fits_goes_as_it_is(tmp_path: Path) -> None:
    for name, kind in (("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/webp")):
        file = tmp_path / name
        Image.new("RGB", (7, 5), "navy").save(file)
        picture = fit(file, 10_000)
        assert picture.data == file.read_bytes()
        assert (picture.media_type, picture.facts.width, picture.facts.height) == (kind, 7, 5)


def test_the_kind_is_read_from_the_picture_not_from_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (7, 5)).save(file, "JPEG")
    picture = fit(file)
    assert (picture.name, picture.media_type) == ("a.jpg", "image/jpeg")
    assert picture.data == file.read_bytes()


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, True), (6, True), (8, True)])
def test_a_picture_that_is_turned_by_exif_alone_is_sent_upright(
    tmp_path: Path, orientation: int, *, turned: bool
) -> None:
    file = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    whole = Image.new("RGB", (30, 20), "white")
    whole.paste("navy", (0, 0, 5, 5))
    whole.save(file, exif=exif)
    picture = fit(file)
    with open_fitted(picture) as image:
        assert not image.getexif()
        assert image.size == ((20, 30) if orientation > 4 else (30, 20))
    assert (picture.data == strip_metadata(file.read_bytes(), "JPEG")) is not turned
    assert fit(file) == picture


def test_cmyk_becomes_rgb_and_keeps_its_colour(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(file, quality=100)
    with open_fitted(fit(file)) as image:
        assert image.mode == "RGB"
        assert image.getpixel((9, 9)) == pytest.approx((254, 0, 0), abs=3)


def test_cmyk_with_a_profile_that_cannot_be_used_becomes_rgb_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(file, icc_profile=b"no profile")
    with open_fitted(fit(file)) as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_of_an_animated_picture_the_first_frame_is_sent(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=100)
    with open_fitted(fit(file)) as image:
        assert not getattr(image, "is_animated", False)
        assert image.format == "JPEG"
        assert image.getpixel((9, 9)) == pytest.approx((254, 0, 0), abs=3)


def test_a_png_of_sixteen_bits_is_sent_with_eight(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("I;16", (30, 20), 40_000).save(file)
    with open_fitted(fit(file)) as image:
        assert image.mode == "RGB"
        assert image.getpixel((1, 1)) == pytest.approx((156, 156, 156), abs=2)


def test_a_camera_s_jpeg_goes_without_the_preview_in_it(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("RGB", (30, 20)).save(
        file, "MPO", save_all=True, append_images=[Image.new("RGB", (3, 2))]
    )
    picture = fit(file)
    assert picture.media_type == "image/jpeg"
    with open_fitted(picture) as image:
        assert (image.format, image.size) == ("JPEG", (30, 20))
    assert picture.facts.size == len(picture.data) < file.stat().st_size


@pytest.mark.parametrize("name", ["a.jpg", "b.jpg", "a.png", "a.webp"])
def test_nothing_is_sent_of_where_a_picture_was_taken(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    exif = Image.Exif()
    exif[CAMERA] = "Camera of a private person"
    options = {"comment": "at home"} if name == "a.jpg" else {"progressive": True}
    Image.radial_gradient("L").convert("RGB").save(file, exif=exif, xmp=b"<x:xmpmeta/>", **options)
    assert b"private person" in file.read_bytes()
    picture = fit(file, 100_000)
    for note in (b"private person", b"xmpmeta", b"at home"):
        assert note not in picture.data
    with open_fitted(picture) as image, Image.open(file) as before:
        assert not image.getexif()
        if name != "a.webp":
            assert image.tobytes() == before.tobytes()


def test_a_jpeg_whose_notes_cannot_be_told_from_its_pixels_is_made_anew() -> None:
    assert strip_metadata(b"\xff\xd8\xff\xe1\x00", "JPEG") is None
    assert strip_metadata(b"\xff\xd8\xff\xda\x00\x02pixels", "JPEG") is None


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_colours_of_another_profile_become_srgb(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    Image.new("RGB", (30, 20), "navy").save(file, icc_profile=lab)
    with open_fitted(fit(file)) as image:
        assert "icc_profile" not in image.info
        assert image.mode == "RGB"


def test_an_srgb_profile_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (30, 20), "navy").save(file, icc_profile=srgb)
    assert fit(file).data == file.read_bytes()


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"picture_pixels": 10_000}, (122, 81)),
        ({"picture_sides": 250}, (150, 100)),
        ({"picture_pixels": 10_000, "picture_sides": 100}, (60, 40)),
    ],
)
def test_a_picture_has_no_more_pixels_than_its_network_takes(
    tmp_path: Path, limits: dict[str, int], size: tuple[int, int]
) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (600, 400), "navy").save(file)
    with open_fitted(fit(file, **limits)) as image:
        assert image.size == pytest.approx(size, abs=1)
        width, height = image.size
    assert width * height <= limits.get("picture_pixels", 10**9)
    assert width + height <= limits.get("picture_sides", 10**9)


@pytest.mark.parametrize(
    ("size", "limits", "says"),
    [
        ((1, 1), {"picture_min_side": 4}, "1 x 1 pixels, and needs at least 4 each way"),
        ((9, 3), {"picture_min_side": 4}, "9 x 3 pixels, and needs"),
        ((210, 10), {"picture_ratio": 20}, "210 x 10 pixels, and may be 20 times as long"),
        ((10, 210), {"picture_ratio": 20}, "10 x 210 pixels, and may be 20 times as long"),
    ],
)
def test_a_shape_that_its_network_does_not_take_is_refused(
    tmp_path: Path, size: tuple[int, int], limits: dict[str, int], says: str
) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", size).save(file)
    with pytest.raises(LocalFault, match=says):
        fit(file, **limits)
    Image.new("RGB", (200, 10)).save(file)
    assert fit(file, **limits).data == file.read_bytes()


def test_a_long_picture_is_made_smaller_by_its_area_and_stays_readable(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (12_000, 600)).save(file)
    picture = fit(file, 1_000_000, picture_pixels=5_000_000)
    assert picture.facts.height > 400


def test_a_large_picture_is_made_smaller_and_the_same_each_time(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((500, 400), 90).save(file)
    first = fit(file, 60_000)
    assert len(first.data) <= 60_000
    assert first == fit(file, 60_000)
    with Image.open(BytesIO(first.data)) as image:
        assert image.format == "JPEG"
        assert image.size == (first.facts.width, first.facts.height)
    assert abs(first.facts.width / first.facts.height - 500 / 400) < 0.01


def test_a_turned_picture_is_upright_once_it_is_made_smaller(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.effect_noise((300, 200), 90).save(file, exif=exif, quality=100)
    picture = fit(file, 30_000)
    with Image.open(BytesIO(picture.data)) as image:
        assert image.size == (picture.facts.width, picture.facts.height)
        assert picture.facts.width < picture.facts.height
        assert ORIENTATION not in image.getexif()


def test_what_is_transparent_becomes_white_and_not_black(tmp_path: Path) -> None:
    for mode in ("RGBA", "LA"):
        file = tmp_path / "a.gif"
        Image.new(mode, (4, 4), 0).save(file, "PNG")
        bitmap = tmp_path / "b.tiff"
        with Image.open(file) as image:
            image.save(bitmap)
        picture = fit(bitmap, 10_000)
        assert picture.media_type == "image/jpeg"
        with Image.open(BytesIO(picture.data)) as image:
            assert image.getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bits_of_grey_do_not_become_white(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    Image.new("I;16", (4, 4), 40_000).save(file)
    with Image.open(BytesIO(fit(file, 10_000).data)) as image:
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
    assert fit(file, 2_000_000).facts.width <= 2200
    assert fit(file, 20_000_000).facts.width == 3000
    assert max(copied) < 2200


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_waits_for_a_repair(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(data)
    with pytest.raises(LocalFault, match=r"a\.png (is not a picture; save|cannot be read)"):
        fit(file, 10_000)


def test_a_picture_with_more_pixels_than_memory_waits_for_a_repair(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("1", (20_000, 10_000)).save(file)
    with pytest.raises(
        LocalFault, match=r"a\.png has too many pixels to be read safely; shrink it"
    ):
        fit(file)


def test_a_picture_that_breaks_off_waits_for_a_repair(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((100, 100), 90).save(file)
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(LocalFault, match="cannot be read"):
        fit(file, 100_000)


def test_a_picture_that_cannot_be_made_small_enough_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.effect_noise((100, 100), 90).save(file)
    with pytest.raises(LocalFault, match="cannot be made smaller than 50 bytes"):
        fit(file, 50)


def test_a_file_that_cannot_be_read_waits_for_a_repair(tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="cannot be read: Is a directory"):
        read_picture_file(Media(str(tmp_path), "alt"))
