"""What Bluesky's posts say, and what goes with them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.model.errors import LocalFault, NotSent, Rejected
from perihelion.testing.cases import expect_failure, make_picture, make_pictures, make_post
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.bluesky_case import BlueskyCase, fail_next_put
from tests.fakes.bluesky_server import DID, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def case(tmp_path: Path) -> Iterator[BlueskyCase]:
    made = BlueskyCase(tmp_path)
    yield made
    made.close()


def test_bytes_are_limited_as_well_as_graphemes(case: BlueskyCase) -> None:
    family = "👨‍👩‍👧‍👦"
    text = family * 120
    assert len(text.encode()) == 3000
    case.connect().publish(make_post(text), TOKEN)
    error = expect_failure(case, lambda: case.connect().publish(make_post(text + "x"), OTHER_TOKEN))
    assert isinstance(error, LocalFault)
    assert "3001 of 3000" in str(error)


def test_links_and_tags_are_marked_by_bytes_and_mentions_left_plain(case: BlueskyCase) -> None:
    text = "🚀 ü https://example.org/ä, #Ånd @nobody.example"
    case.connect().publish(make_post(text), TOKEN)
    marked = [
        (text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(), feature)
        for facet in case.fake.posts[0]["facets"]
        for feature in facet["features"]
    ]
    assert marked == [
        (
            "https://example.org/ä",
            {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/%C3%A4"},
        ),
        ("#Ånd", {"$type": "app.bsky.richtext.facet#tag", "tag": "Ånd"}),
    ]


def test_the_first_link_of_a_post_without_picture_becomes_a_card(case: BlueskyCase) -> None:
    text = "see https://müller.example/a and https://other.example"
    case.connect().publish(make_post(text), TOKEN)
    assert case.fake.posts[0]["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {
            "uri": "https://xn--mller-kva.example/a",
            "title": "müller.example",
            "description": "",
        },
    }


def test_a_card_says_what_the_link_leads_to_and_what_happened(case: BlueskyCase) -> None:
    post = make_post("see https://example.org", title="Voyager leaves", link_title="Voyager, NASA")
    case.connect().publish(post, TOKEN)
    assert case.fake.posts[0]["embed"]["external"] == {
        "uri": "https://example.org/",
        "title": "Voyager, NASA",
        "description": "Voyager leaves",
    }


def test_a_picture_may_be_the_thumbnail_of_the_link_s_card(case: BlueskyCase) -> None:
    picture = make_picture(case.folder)
    case.connect(card="thumbnail").publish(
        make_post("see https://example.org", picture=picture), TOKEN
    )
    external = case.fake.posts[0]["embed"]["external"]
    data = Path(picture.file).read_bytes()
    assert case.fake.blobs[external["thumb"]["ref"]["$link"]] == ("image/png", data)
    assert external["description"] == picture.alt


@pytest.mark.parametrize(("text", "count"), [("no link", 1), ("see https://example.org", 2)])
def test_without_a_link_or_with_several_pictures_there_is_no_thumbnail(
    case: BlueskyCase, text: str, count: int
) -> None:
    post = make_post(text, pictures=make_pictures(case.folder, count))
    case.connect(card="thumbnail").publish(post, TOKEN)
    assert len(case.fake.posts[0]["embed"]["images"]) == count


def test_a_card_can_be_turned_off(case: BlueskyCase) -> None:
    case.connect(card="off").publish(make_post("see https://example.org"), TOKEN)
    assert "embed" not in case.fake.posts[0]


def test_a_post_has_one_embed_and_a_picture_goes_before_a_card(case: BlueskyCase) -> None:
    post = make_post("see https://example.org", picture=make_picture(case.folder))
    case.connect().publish(post, TOKEN)
    assert case.fake.posts[0]["embed"]["$type"] == "app.bsky.embed.images"


def test_a_picture_says_its_shape(case: BlueskyCase) -> None:
    file = case.folder / "wide.png"
    Image.new("RGB", (30, 20), "navy").save(file)
    post = make_post(picture=replace(make_picture(case.folder), file=str(file)))
    case.connect().publish(post, TOKEN)
    image = case.fake.posts[0]["embed"]["images"][0]
    assert image["aspectRatio"] == {"width": 30, "height": 20}
    assert case.fake.blobs[image["image"]["ref"]["$link"]] == ("image/png", file.read_bytes())


def test_a_picture_over_a_million_bytes_is_made_smaller_the_same_way_each_time(
    case: BlueskyCase,
) -> None:
    file = case.folder / "noise.png"
    Image.effect_noise((1450, 1450), 90).save(file)
    assert file.stat().st_size > 1_000_000
    post = make_post(picture=replace(make_picture(case.folder), file=str(file)))
    case.connect().publish(post, TOKEN)
    case.connect().publish(post, OTHER_TOKEN)
    assert len(case.fake.blobs) == 1
    ((kind, data),) = case.fake.blobs.values()
    assert kind == "image/jpeg"
    assert len(data) <= 1_000_000


def test_each_of_several_pictures_has_its_own_shape_and_is_made_smaller_for_itself(
    case: BlueskyCase,
) -> None:
    pictures = make_pictures(case.folder, 3)
    Image.new("RGB", (30, 20), "navy").save(pictures[0].file)
    Image.effect_noise((1450, 1440), 90).save(pictures[1].file)
    case.connect().publish(make_post(pictures=pictures), TOKEN)
    shown = case.fake.posts[0]["embed"]["images"]
    assert [one["alt"] for one in shown] == [picture.alt for picture in pictures]
    shapes = [tuple(one["aspectRatio"].values()) for one in shown]
    assert shapes == [(30, 20), (1160, 1152), (8, 8)]
    kinds = [one["image"]["mimeType"] for one in shown]
    assert kinds == ["image/png", "image/jpeg", "image/png"]


def test_a_later_file_that_is_no_picture_is_refused_before_any_request(case: BlueskyCase) -> None:
    pictures = make_pictures(case.folder, 2)
    (case.folder / "picture-1.png").write_bytes(b"<html>not found</html>")
    post = make_post(pictures=pictures)
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert type(error) is LocalFault
    assert case.server.requests == []


def test_a_file_that_is_no_picture_is_refused_before_any_request(case: BlueskyCase) -> None:
    picture = make_picture(case.folder)
    (case.folder / "landing.png").write_bytes(b"<html>not found</html>")
    error = expect_failure(case, lambda: case.connect().publish(make_post(picture=picture), TOKEN))
    assert type(error) is LocalFault
    assert case.server.requests == []


def test_a_blob_that_has_expired_is_uploaded_again_another_time(case: BlueskyCase) -> None:
    fail_next_put(case, 400, "BlobNotFound")
    post = make_post(picture=make_picture(case.folder))
    assert isinstance(expect_failure(case, lambda: case.connect().publish(post, TOKEN)), NotSent)
    case.connect().publish(post, TOKEN)
    assert len(case.list_posts()) == 1


def test_an_answer_names_its_parent_and_the_root_of_the_thread(case: BlueskyCase) -> None:
    network = case.connect()
    first = network.publish(make_post("one"), f"{1:032x}")
    second = network.publish(make_post("two", reply_to=first.id), f"{2:032x}")
    network.publish(make_post("three", reply_to=second.id), f"{3:032x}")
    one, two = (case.fake.records[POSTS, key][0] for key in case.fake.post_keys[:2])
    assert case.fake.posts[2]["reply"] == {
        "root": {"uri": first.id, "cid": one},
        "parent": {"uri": second.id, "cid": two},
    }


def test_a_page_that_a_person_named_can_be_answered(case: BlueskyCase) -> None:
    network = case.connect()
    first = network.publish(make_post("one"), TOKEN)
    network.publish(make_post("two", reply_to=first.url), OTHER_TOKEN)
    assert case.list_posts()[1].reply_to == first.id


def test_an_answer_to_what_is_gone_is_refused_and_no_post(case: BlueskyCase) -> None:
    network = case.connect()
    gone = f"at://{DID}/{POSTS}/3zzzzzzzzzzzz"
    for reply_to in (gone, "https://mastodon.example/@year/1"):
        answer = make_post(reply_to=reply_to)
        error = expect_failure(case, partial(network.publish, answer, TOKEN))
        assert isinstance(error, Rejected)
    assert case.count_writes() == 0
