"""Pictures on X: uploaded, described, and only then posted."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import NotSent, PictureNotSent, PublishError, RefusedForNow, Rejected
from perihelion.networks.x.media_uploads import MAX_REMEMBERED
from perihelion.testing.cases import expect_failure, make_picture, make_pictures, make_post
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.contract.networks.test_x_contract import XCase
from tests.fakes.x_server import invalid_reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Iterator[XCase]:
    made = XCase(tmp_path)
    yield made
    made.close()


def test_a_picture_is_described_before_the_post_is_made(case: XCase) -> None:
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    paths = [request.path for request in case.server.requests]
    assert paths == ["/2/media/upload", "/2/media/metadata", "/2/tweets"]


@pytest.mark.parametrize(
    "reply",
    [
        invalid_reply("id", "no"),
        Reply(500, {}),
        Reply(200, {"errors": [{"title": "no"}]}),
        Reply(200, body=b"<html>fine</html>"),
    ],
)
def test_a_picture_that_cannot_be_described_makes_no_post(case: XCase, reply: Reply) -> None:
    case.server.break_next(Fault(reply), lambda request: request.path == "/2/media/metadata")
    post = make_post(picture=make_picture(case.folder))
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert isinstance(error, (Rejected, NotSent))
    assert case.list_create_requests() == []


def test_a_description_is_taken_by_any_answer_that_names_no_error(case: XCase) -> None:
    """X's contract promises nothing in it; asking again costs, and the post would never go out."""
    case.server.break_next(
        Fault(Reply(200, {}), acted=True), lambda request: request.path == "/2/media/metadata"
    )
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    assert len(case.fake.tweets) == 1


def test_a_picture_that_is_worked_on_is_waited_for_and_not_sent_again(case: XCase) -> None:
    case.fake.processing, case.fake.looks_until_done = "pending", 3
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    looks = [one for one in case.server.requests if one.path == "/2/media/upload"]
    assert [one.method for one in looks] == ["POST", "GET", "GET", "GET"]
    for request in looks:
        case.validate_request(request)
    assert len(case.fake.media) == len(case.fake.tweets) == 1


@pytest.mark.parametrize(("state", "kind"), [("in_progress", PictureNotSent), ("failed", Rejected)])
def test_a_picture_that_is_not_ready_makes_no_post(
    case: XCase, state: str, kind: type[PublishError]
) -> None:
    case.fake.processing = state
    post = make_post(picture=make_picture(case.folder))
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is kind
    assert case.list_create_requests() == []


def test_a_second_try_sends_the_same_media_id_and_another_post_its_own(case: XCase) -> None:
    post = make_post(picture=make_picture(case.folder))
    case.server.break_next(Fault(Reply(429, {})), case.is_create)
    expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    case.connect().publish(post, TOKEN)
    first, second = case.list_create_requests()
    assert first.body == second.body
    case.connect().publish(make_post("another", picture=post.picture), OTHER_TOKEN)
    assert len(case.fake.media) == 2


def test_a_second_try_uploads_only_what_the_first_did_not(case: XCase) -> None:
    post = make_post(pictures=make_pictures(case.folder, 4))
    uploads = itertools.count(1)
    case.server.break_next(
        Fault(Reply(500, {})),
        lambda request: request.path == "/2/media/upload" and next(uploads) == 3,
    )
    assert isinstance(expect_failure(case, lambda: case.connect().publish(post, TOKEN)), NotSent)
    assert len(case.fake.media) == 2
    case.connect().publish(post, TOKEN)
    assert len(case.fake.media) == 4
    (tweet,) = case.fake.tweets
    assert tweet.media == tuple(case.fake.media)


def test_the_uploads_of_one_post_outlast_another_post_s(case: XCase) -> None:
    pictures = make_pictures(case.folder, 4)
    first, second = make_post("one", pictures=pictures), make_post("two", pictures=pictures)
    for post, token in ((first, TOKEN), (second, OTHER_TOKEN), (first, TOKEN)):
        case.server.break_next(Fault(Reply(429, {})), case.is_create)
        expect_failure(case, partial(case.connect().publish, post, token))
    assert len(case.fake.media) == 8
    begun, _, again = case.list_create_requests()
    assert begun.body == again.body


def test_what_is_remembered_of_uploads_does_not_grow_for_ever(case: XCase) -> None:
    pictures = make_pictures(case.folder, 4)
    for number in range(MAX_REMEMBERED):
        case.connect().publish(make_post(f"post {number}", pictures=pictures), f"{number:032x}")
    assert len(case.notebook.values["picture"].splitlines()) == MAX_REMEMBERED


def test_the_same_picture_twice_is_uploaded_twice(case: XCase) -> None:
    """X takes no id twice in one post."""
    picture = make_picture(case.folder)
    case.connect().publish(make_post(pictures=(picture, picture)), TOKEN)
    assert len(case.fake.media) == 2


@pytest.mark.parametrize("note", ["", "no note at all", "a b", "a b c d", "\n\n", "a b \n"])
def test_a_note_that_cannot_be_read_is_none(case: XCase, note: str) -> None:
    case.notebook.values["picture"] = note
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    assert len(case.fake.media) == 1


def test_a_media_id_is_not_used_when_x_may_have_dropped_it(case: XCase) -> None:
    post = make_post(picture=make_picture(case.folder))
    case.server.break_next(Fault(Reply(429, {})), case.is_create)
    expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    kept = case.notebook.values["picture"].split()
    long_ago = datetime(2027, 2, 1, tzinfo=UTC).isoformat()
    case.notebook.values["picture"] = " ".join([kept[0], kept[1], long_ago])
    case.connect().publish(post, TOKEN)
    assert len(case.fake.media) == 2


def test_pictures_that_x_has_dropped_are_uploaded_again(case: XCase) -> None:
    post = make_post(pictures=make_pictures(case.folder, 2))
    case.server.break_next(Fault(Reply(429, {})), case.is_create)
    expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    dropped = set(case.fake.media)
    case.fake.media.clear()
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert isinstance(error, RefusedForNow)
    assert "media IDs are invalid" in str(error)
    case.connect().publish(post, TOKEN)
    (tweet,) = case.fake.tweets
    assert len(dropped | set(tweet.media)) == 4


def test_a_post_that_was_rejected_gets_new_pictures_when_it_is_tried_again(case: XCase) -> None:
    """A person has said `resolve ... --retry`: nobody knows what X had against the request."""
    post = make_post(picture=make_picture(case.folder))
    case.server.break_next(
        Fault(invalid_reply("media", "Your picture is no good.")), case.is_create
    )
    assert isinstance(expect_failure(case, lambda: case.connect().publish(post, TOKEN)), Rejected)
    case.connect().publish(post, TOKEN)
    assert len(case.fake.media) == 2


def test_the_uploads_of_another_post_are_kept_when_some_are_dropped(case: XCase) -> None:
    picture = make_picture(case.folder)
    first, second = make_post("one", picture=picture), make_post("two", picture=picture)
    for post, token in ((first, TOKEN), (second, OTHER_TOKEN)):
        case.server.break_next(Fault(Reply(429, {})), case.is_create)
        expect_failure(case, partial(case.connect().publish, post, token))
    del case.fake.media[min(case.fake.media)]
    expect_failure(case, lambda: case.connect().publish(first, TOKEN))
    case.connect().publish(second, OTHER_TOKEN)
    assert len(case.fake.media) == 1
