"""Posts in the ledger, which programs of two versions read and write during a deploy."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from perihelion.model.posts import Media, Post

PICTURES = (
    Media("media/capsule.jpg", "A capsule under its parachute", "NASA", "0.0, -0.4"),
    Media("media/crew.jpg", "Two men in chairs, wrapped in blankets", "Roscosmos"),
)


@dataclass(frozen=True, slots=True)
class OlderMedia:
    """A picture as programs knew it that knew one to a post."""

    file: str
    alt: str
    credit: str = ""
    focus: str = ""


def read_by_an_older_program(data: dict[str, Any]) -> OlderMedia | None:
    picture = data["picture"]
    return OlderMedia(**picture) if picture else None


def make_pictured_post(*pictures: Media) -> Post:
    return Post(
        "Home again", "en", "2027-03-02T15:00:00Z", pictures=pictures, key="k", title="Landing"
    )


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_post_comes_back_with_its_title_and_its_pictures_in_order(count: int) -> None:
    post = make_pictured_post(*PICTURES[:count])
    assert Post.from_json(json.loads(json.dumps(post.to_json()))) == post


def test_a_post_comes_back_as_a_memorial_and_with_its_moment() -> None:
    post = replace(make_pictured_post(), is_memorial=True, moment="1967-04-24T03:24:00.000Z")
    assert Post.from_json(json.loads(json.dumps(post.to_json()))) == post
    assert post.sha256 != make_pictured_post().sha256


def test_an_older_program_reads_the_first_of_several_pictures() -> None:
    read = read_by_an_older_program(make_pictured_post(*PICTURES).to_json())
    assert read == OlderMedia(
        "media/capsule.jpg", "A capsule under its parachute", "NASA", "0.0, -0.4"
    )
    assert read_by_an_older_program(make_pictured_post().to_json()) is None


@pytest.mark.parametrize("count", [0, 1])
def test_a_post_of_an_older_program_is_read_whole_and_written_the_same(count: int) -> None:
    """What networks keep beside a post is found again by it, so it may not change in a deploy."""
    picture = {"file": "media/a.jpg", "alt": "A", "credit": "NASA", "focus": ""}
    older = {
        "text": "Home again",
        "language": "en",
        "created_at": "2027-03-02T15:00:00Z",
        "links": ["https://example.org/"],
        "tags": ["ISS"],
        "picture": picture if count else None,
        "reply_to": None,
        "key": "k",
    }
    post = Post.from_json(older)
    assert post.pictures == (Media("media/a.jpg", "A", "NASA"),) * count
    assert post.title == ""
    assert post.to_json() == older


def test_the_picture_of_a_post_is_its_first() -> None:
    assert make_pictured_post().picture is None
    assert make_pictured_post(*PICTURES).picture == PICTURES[0]
