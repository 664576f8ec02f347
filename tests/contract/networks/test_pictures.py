"""Whatever a picture's file is like, each network gets one that it takes, the same at every try."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.errors import LocalFault
from perihelion.model.posts import Media
from perihelion.testing.cases import HttpCase, expect_failure, make_post
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.bluesky_case import BlueskyCase
from tests.contract.networks.test_discord_contract import BotCase, WebhookCase
from tests.contract.networks.test_mastodon_contract import MastodonCase
from tests.contract.networks.test_telegram_contract import TelegramCase
from tests.contract.networks.test_x_contract import XCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UPLOADING = (MastodonCase, BlueskyCase, TelegramCase, WebhookCase, BotCase, XCase)
ORIENTATION = 0x0112


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpCase]:
    made: HttpCase = request.param(tmp_path)
    yield made
    made.close()


def publish_picture(case: HttpCase, file: Path, token: str = TOKEN) -> bytes:
    """The picture that the network has, once a post with `file` has been published."""
    post = make_post(f"post {token}", picture=Media(str(file), "a test"))
    case.connect().publish(post, token)
    if isinstance(case, TelegramCase):
        return case.fake.messages[-1].photo or b""
    (stored,) = (one for one in case.list_posts() if post.text in one.text)
    return stored.pictures[0].data


def save_turned_cmyk(folder: Path) -> Path:
    """A JPEG named .png, in CMYK, which EXIF says to turn."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("CMYK", (60, 40), (0, 255, 255, 0)).save(folder / "a.png", "JPEG", exif=exif)
    return folder / "a.png"


def save_sixteen_bits(folder: Path) -> Path:
    Image.new("I;16", (40, 60), 40_000).save(folder / "deep.png")
    return folder / "deep.png"


def save_animation(folder: Path) -> Path:
    frames = [Image.new("RGB", (40, 60), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "a.gif", save_all=True, append_images=frames[1:])
    return folder / "a.gif"


@pytest.mark.parametrize("case", UPLOADING, indirect=True)
@pytest.mark.parametrize("save", [save_turned_cmyk, save_sixteen_bits, save_animation])
def test_a_picture_becomes_an_upright_rgb_jpeg_and_is_the_same_at_every_try(
    case: HttpCase, save: Callable[[Path], Path], tmp_path: Path
) -> None:
    data = publish_picture(case, save(tmp_path))
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (40, 60))
        assert not image.getexif()
    assert publish_picture(case, save(tmp_path), OTHER_TOKEN) == data


@pytest.mark.parametrize("case", UPLOADING, indirect=True)
def test_a_file_over_the_network_s_limit_is_made_smaller(case: HttpCase, tmp_path: Path) -> None:
    Image.new("RGB", (3000, 2500), "navy").save(tmp_path / "heavy.bmp")
    limits = case.connect().limits
    assert (tmp_path / "heavy.bmp").stat().st_size > limits.picture_bytes
    assert len(publish_picture(case, tmp_path / "heavy.bmp")) <= limits.picture_bytes


@pytest.mark.parametrize("case", [TelegramCase], indirect=True)
def test_telegram_s_10000_for_width_and_height_together_is_kept(
    case: HttpCase, tmp_path: Path
) -> None:
    Image.new("RGB", (9800, 600), "navy").save(tmp_path / "wide.png")
    with Image.open(BytesIO(publish_picture(case, tmp_path / "wide.png"))) as image:
        assert sum(image.size) <= 10_000
        assert image.size[0] > 6000


@pytest.mark.parametrize("case", [TelegramCase], indirect=True)
@pytest.mark.parametrize("size", [(420, 20), (20, 420), (1, 1)])
def test_a_shape_that_telegram_refuses_is_told_before_any_request(
    case: HttpCase, size: tuple[int, int], tmp_path: Path
) -> None:
    Image.new("RGB", size, "navy").save(tmp_path / "a.png")
    post = make_post(picture=Media(str(tmp_path / "a.png"), "a test"))
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert type(error) is LocalFault
    assert f"{size[0]} x {size[1]} pixels" in str(error)
    assert case.count_writes() == 0


@pytest.mark.parametrize("case", [MastodonCase], indirect=True)
def test_a_mastodon_server_s_own_limit_of_pixels_is_kept(
    case: MastodonCase, tmp_path: Path
) -> None:
    case.fake.max_pixels = 20_000
    Image.new("RGB", (300, 200), "navy").save(tmp_path / "a.png")
    with Image.open(BytesIO(publish_picture(case, tmp_path / "a.png"))) as image:
        width, height = image.size
    assert 19_000 < width * height <= 20_000
