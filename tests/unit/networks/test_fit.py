"""The last look before a request sees every picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.errors import LocalFault
from perihelion.model.posts import Limits
from perihelion.model.repairs import is_repair_reason
from perihelion.networks.shared.media import require_fit
from perihelion.testing.cases import make_picture, make_post

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(500, pictures=2, alt_length=30, picture_bytes=1000)


def test_a_post_with_as_many_pictures_as_are_taken_fits(tmp_path: Path) -> None:
    picture = make_picture(tmp_path)
    require_fit(make_post(pictures=(picture, picture)), LIMITS)
    with pytest.raises(LocalFault, match="the post has 3 of 2 pictures"):
        require_fit(make_post(pictures=(picture,) * 3), LIMITS)


@pytest.mark.parametrize(
    ("alt", "says"),
    [
        ("x" * 31, "the alt text of .* counts 31 of 30"),
        ("\ud800", "not valid Unicode"),
    ],
)
def test_the_second_picture_must_fit_as_the_first_does(tmp_path: Path, alt: str, says: str) -> None:
    good = make_picture(tmp_path)
    bad = replace(good, alt=alt)
    with pytest.raises(LocalFault, match=says):
        require_fit(make_post(pictures=(good, bad)), LIMITS)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("missing.png", "there is no picture .*missing.png"),
        ("gone/deep/a.png", "there is no picture folder .*gone;"),
        ("empty.png", "empty.png is empty"),
    ],
)
def test_a_picture_s_missing_file_says_nothing_about_the_post(
    tmp_path: Path, file: str, says: str
) -> None:
    (tmp_path / "empty.png").touch()
    bad = replace(make_picture(tmp_path), file=str(tmp_path / file))
    with pytest.raises(LocalFault, match=says) as caught:
        require_fit(make_post(pictures=(bad,)), LIMITS)
    assert is_repair_reason(str(caught.value))


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("noise.png", "PNG", "bytes of 1000; shrink it"),
        ("small.webp", "WEBP", "is WEBP; save it as JPEG or PNG"),
    ],
)
def test_a_picture_that_its_network_fetches_must_fit_as_it_is(
    tmp_path: Path, name: str, kind: str, says: str
) -> None:
    good, file = make_picture(tmp_path), tmp_path / name
    noise = Image.effect_noise((90, 90), 90)
    (noise if name == "noise.png" else Image.new("L", (8, 8))).save(file, kind)
    post = make_post(pictures=(good, replace(good, file=str(file))))
    require_fit(post, LIMITS)
    with pytest.raises(LocalFault, match=says):
        require_fit(post, replace(LIMITS, fetches_pictures=True))
