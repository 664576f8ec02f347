from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from PIL import Image

from perihelion.model.errors import (
    ConfigurationError,
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    PictureNotSent,
    PublishError,
    RefusedForNow,
    Rejected,
)
from perihelion.networks import loader
from perihelion.networks.base import DedupeMethod
from perihelion.networks.threads.adapter import Threads
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import HttpCase, StoredPost, expect_failure, make_picture, make_post
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.faults import LOST_ANSWERS, patience_for
from perihelion.testing.http_contract import HttpContract
from perihelion.testing.http_server import Fault, Reply, Request
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN
from tests.fakes import threads_server
from tests.fakes.threads_server import USER, FakeThreads, error_reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MEDIA = "https://pictures.example/year"
KNOWN = {
    "/threads": {"media_type", "text", "image_url", "alt_text", "reply_to_id"},
    "/threads_publish": {"creation_id"},
}
"""The documented parameters that we use."""


class ThreadsCase(HttpCase):
    refuses_missing_parents = True
    method = DedupeMethod.KEYED
    secrets = (threads_server.TOKEN, threads_server.RENEWED)
    languages = False
    error_body: ClassVar[Any] = error_reply(400, 100, "Invalid parameter").data
    empty_page = Reply(
        200, {"data": [], "paging": {"cursors": {"after": "9"}, "next": "https://example.org/"}}
    )
    errors_by_status: ClassVar[Mapping[int, type[PublishError]]] = {
        **HttpCase.errors_by_status,
        404: Rejected,
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fake = FakeThreads(now=lambda: self.server_now)
        self.server = self.fake.serve()
        self.notebook = DictMemory()
        self.paused: list[float] = []

    def connect(self, patience: float = 10, *, media: str = MEDIA) -> Threads:
        values = {"URL": self.server.url, "USER": USER, "TOKEN": threads_server.TOKEN}
        options = (("media_url", media),) if media else ()
        made = make_context(
            "threads", values, options=options, now=lambda: self.now, patience=patience
        )
        return Threads(replace(made, memory=self.notebook), pause=self.paused.append)

    def list_posts(self) -> list[StoredPost]:
        return [
            StoredPost(one.text, one.fields.get("alt_text"), None, one.fields.get("reply_to_id"))
            for one in self.fake.threads
        ]

    def show_pages_of(self, count: int) -> None:
        self.fake.page = count

    def is_create(self, request: Request) -> bool:
        return request.path == f"/v1.0/{USER}/threads_publish"

    def is_upload(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", f"/v1.0/{USER}/threads")

    def is_check(self, request: Request) -> bool:
        return request.path == "/v1.0/me"

    def is_lookup(self, request: Request) -> bool:
        return (request.method, request.path) == ("GET", f"/v1.0/{USER}/threads")

    def validate_request(self, request: Request) -> None:
        """No official contract exists: only what Meta documents may leave."""
        assert "access_token" not in request.query
        assert request.headers["authorization"] == f"Bearer {threads_server.TOKEN}"
        if request.method == "POST":
            edge = request.path.removeprefix(f"/v1.0/{USER}")
            assert request.form.keys() <= KNOWN[edge]


class TestThreads(HttpContract):
    case_type = ThreadsCase


@pytest.fixture
def case(tmp_path: Path) -> Iterator[ThreadsCase]:
    made = ThreadsCase(tmp_path)
    yield made
    made.close()


def count_publishes(case: ThreadsCase) -> int:
    return len(case.list_create_requests())


def count_containers(case: ThreadsCase) -> int:
    return sum(case.is_upload(request) for request in case.server.requests)


def lose_the_answer(case: ThreadsCase, *, acted: bool = True) -> None:
    """Publish once, so that nobody knows what became of it."""
    fault = LOST_ANSWERS["cut before the answer"] if acted else Fault(cut_after=0)
    case.server.break_next(fault, case.is_create)
    assert (
        type(expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN)))
        is OutcomeUnknown
    )


def test_the_container_is_kept_before_it_is_published(case: ThreadsCase) -> None:
    lose_the_answer(case)
    kept = json.loads(case.notebook.values[f"container {TOKEN}"])
    assert kept["id"] in case.fake.containers
    assert kept["left"] is True


def test_a_container_that_was_published_unheard_is_found_and_not_published_again(
    case: ThreadsCase,
) -> None:
    lose_the_answer(case)
    receipt = case.connect().publish(make_post(), TOKEN)
    assert receipt.id == case.fake.threads[0].id
    assert receipt.url is not None
    assert (count_containers(case), count_publishes(case)) == (1, 1)


def test_a_container_that_is_still_finished_is_published_itself(case: ThreadsCase) -> None:
    lose_the_answer(case, acted=False)
    assert case.connect().publish(make_post(), TOKEN).id
    assert (count_containers(case), count_publishes(case)) == (1, 2)
    assert len(case.list_posts()) == 1


def test_a_published_post_that_is_not_listed_yet_stays_unknown(case: ThreadsCase) -> None:
    lose_the_answer(case)
    case.fake.hides_new_posts = True
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is OutcomeUnknown
    assert count_publishes(case) == 1
    case.fake.hides_new_posts = False
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[0].id


def test_an_expired_container_is_made_anew_only_if_no_post_came_of_it(case: ThreadsCase) -> None:
    lose_the_answer(case, acted=False)
    case.now += timedelta(hours=25)
    assert case.connect().publish(make_post(), TOKEN).id
    assert count_containers(case) == 2
    assert any(map(case.is_lookup, case.server.requests))
    assert len(case.list_posts()) == 1


def test_a_container_that_is_gone_after_its_post_was_made_leads_to_the_post(
    case: ThreadsCase,
) -> None:
    lose_the_answer(case)
    case.fake.containers.clear()
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[0].id
    assert (count_containers(case), count_publishes(case)) == (1, 1)


def test_a_container_that_never_left_and_expired_is_replaced_without_a_look(
    case: ThreadsCase,
) -> None:
    case.server.break_next(Fault(error_reply(429, 4, "Too many calls")), case.is_create)
    expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    case.now += timedelta(hours=25)
    case.server.requests.clear()
    assert case.connect().publish(make_post(), TOKEN).id
    assert count_containers(case) == 1
    assert not any(map(case.is_lookup, case.server.requests))


@pytest.mark.parametrize("acted", [True, False])
def test_a_new_token_whose_memory_is_empty_leads_to_a_look_before_anything_is_made(
    case: ThreadsCase, *, acted: bool
) -> None:
    """A person has replaced the token while a post was unknown: its container is forgotten."""
    first = make_post("one", created_at="2027-02-28T14:59:00Z")
    case.connect().publish(first, OTHER_TOKEN)
    lose_the_answer(case, acted=acted)
    case.notebook = DictMemory()
    case.now += timedelta(minutes=1)
    assert case.connect().publish(first, OTHER_TOKEN).id == case.fake.threads[0].id
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[1].id
    assert len(case.list_posts()) == 2


def test_no_post_is_looked_for_that_was_composed_since_the_token_is_known(
    case: ThreadsCase,
) -> None:
    case.connect().publish(make_post("one"), OTHER_TOKEN)
    case.server.requests.clear()
    case.connect().publish(make_post(created_at="2027-02-28T15:00:01Z"), TOKEN)
    assert not any(map(case.is_lookup, case.server.requests))


def test_a_look_that_fails_at_first_makes_nothing(case: ThreadsCase) -> None:
    case.server.break_next(Fault(Reply(500, {})), case.is_lookup)
    assert type(expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))) is NotSent
    assert case.count_writes() == 0


def test_the_kept_container_is_used_again_after_a_refusal(case: ThreadsCase) -> None:
    case.server.break_next(Fault(error_reply(429, 4, "Too many calls")), case.is_create)
    expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert case.connect().publish(make_post(), TOKEN).id
    assert count_containers(case) == 1


def test_a_refusal_after_a_lost_answer_does_not_make_the_first_try_certain(
    case: ThreadsCase,
) -> None:
    lose_the_answer(case, acted=False)
    case.server.break_next(Fault(error_reply(429, 4, "Too many calls")), case.is_create)
    expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert json.loads(case.notebook.values[f"container {TOKEN}"])["left"] is True


def test_a_lost_status_after_a_lost_answer_makes_nothing(case: ThreadsCase) -> None:
    lose_the_answer(case)
    node = f"/v1.0/{next(iter(case.fake.containers))}"
    for fault in (
        LOST_ANSWERS["no answer"],
        LOST_ANSWERS["no JSON"],
        LOST_ANSWERS["null"],
        Fault(Reply(500, {})),
    ):
        case.server.break_next(fault, lambda request: request.path == node)
        hasty = case.connect(patience_for(fault))
        assert type(expect_failure(case, lambda: hasty.publish(make_post(), TOKEN))) is NotSent  # noqa: B023 - called at once
    assert (count_containers(case), count_publishes(case)) == (1, 1)


def test_a_post_that_was_made_anew_gets_a_container_of_its_own(case: ThreadsCase) -> None:
    case.server.break_next(Fault(error_reply(400, 100, "no")), case.is_create)
    expect_failure(case, lambda: case.connect().publish(make_post("Too plain"), TOKEN))
    case.connect().publish(make_post("Better"), TOKEN)
    assert [seen.text for seen in case.list_posts()] == ["Better"]


@pytest.mark.parametrize("kept", ["", "[]", "{}", "null", '{"post": 1}'])
def test_a_broken_memory_makes_a_new_container(case: ThreadsCase, kept: str) -> None:
    case.notebook.values |= {f"container {TOKEN}": kept, "token": kept}
    assert case.connect().publish(make_post(), TOKEN).id


def test_a_slow_container_is_waited_for(case: ThreadsCase) -> None:
    case.fake.container_delay = 3
    assert case.connect().publish(make_post(), TOKEN).id
    assert case.paused == [1.0, 2.0, 4.0]


def test_a_container_that_takes_too_long_is_tried_again_later(case: ThreadsCase) -> None:
    case.fake.container_delay = 99
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert error.retry_after == timedelta(seconds=30)
    case.fake.containers[next(iter(case.fake.containers))].unfinished = 0
    assert case.connect().publish(make_post(), TOKEN).id
    assert count_containers(case) == 1


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("FAILED_DOWNLOADING_IMAGE", PictureNotSent),
        ("INVALID_ASPEC_RATIO", Rejected),
        ("", NotSent),
    ],
)
def test_a_picture_that_threads_cannot_use_makes_no_post(
    case: ThreadsCase, reason: str, kind: type[PublishError]
) -> None:
    case.fake.failure = reason or "UNKNOWN"
    post = make_post(picture=make_picture(case.folder))
    error = expect_failure(case, lambda: case.connect().publish(post, TOKEN))
    assert type(error) is kind
    assert (reason or "UNKNOWN") in str(error)
    assert count_publishes(case) == 0
    case.fake.failure = ""
    assert case.connect().publish(post, TOKEN).id


def test_a_finished_container_that_is_lost_is_replaced_after_a_look(
    case: ThreadsCase,
) -> None:
    """24/4279009: users of the API see it minutes after FINISHED, and another container work."""
    case.fake.loses_containers = True
    assert type(expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))) is NotSent
    lost = set(case.fake.containers)
    case.fake.loses_containers = False
    assert case.connect().publish(make_post(), TOKEN).id
    assert len(case.list_posts()) == 1
    assert lost.isdisjoint(one.id for one in case.fake.containers.values() if one.media)
    assert any(map(case.is_lookup, case.server.requests))


ODD_REFUSAL = error_reply(400, 100, "Invalid parameter")


def test_a_post_that_was_made_although_it_was_refused_is_found(case: ThreadsCase) -> None:
    case.server.break_next(Fault(ODD_REFUSAL, acted=True), case.is_create)
    receipt = case.connect().publish(make_post(), TOKEN)
    assert receipt.id == case.fake.threads[0].id
    assert case.connect().publish(make_post(), TOKEN) == receipt
    assert (count_containers(case), count_publishes(case)) == (1, 1)


def test_a_container_that_seems_lost_because_it_was_just_published_is_not_replaced(
    case: ThreadsCase,
) -> None:
    """An earlier request may arrive while this one is on its way."""
    case.fake.hides_new_posts = True
    lost = error_reply(400, 24, "The requested resource does not exist", 4279009)
    case.server.break_next(Fault(lost, acted=True), case.is_create)
    for _ in range(2):
        error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
        assert type(error) is OutcomeUnknown
    case.fake.hides_new_posts = False
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[0].id
    assert (count_containers(case), len(case.list_posts())) == (1, 1)


def test_a_refused_post_that_is_published_stays_unknown_while_the_list_cannot_be_read(
    case: ThreadsCase,
) -> None:
    def is_later_lookup(request: Request) -> bool:
        return case.is_lookup(request) and bool(case.list_create_requests())

    case.server.break_next(Fault(ODD_REFUSAL, acted=True), case.is_create)
    case.server.break_next(Fault(Reply(500, {})), is_later_lookup)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is OutcomeUnknown
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[0].id
    assert (count_containers(case), count_publishes(case)) == (1, 1)


@pytest.mark.parametrize("code", [100, 24])
def test_a_refusal_whose_container_cannot_be_asked_for_leads_to_a_look(
    case: ThreadsCase, code: int
) -> None:
    def is_node(request: Request) -> bool:
        number = request.path.removeprefix("/v1.0/")
        return bool(case.list_create_requests()) and number in case.fake.containers

    case.server.break_next(Fault(error_reply(400, code, "no")), case.is_create)
    case.server.break_next(Fault(Reply(500, {})), is_node)
    expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert json.loads(case.notebook.values[f"container {TOKEN}"])["left"] is True
    assert case.connect().publish(make_post(), TOKEN).id
    assert len(case.list_posts()) == 1


def test_a_refused_post_whose_container_is_published_is_unknown_until_it_is_listed(
    case: ThreadsCase,
) -> None:
    case.fake.hides_new_posts = True
    case.server.break_next(Fault(ODD_REFUSAL, acted=True), case.is_create)
    for _ in range(2):
        error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
        assert type(error) is OutcomeUnknown
    case.fake.hides_new_posts = False
    assert case.connect().find(make_post(), TOKEN) is not None
    assert case.connect().publish(make_post(), TOKEN).id == case.fake.threads[0].id
    assert (count_containers(case), count_publishes(case)) == (1, 1)


@pytest.mark.parametrize("acted", [True, False])
def test_a_refused_post_whose_container_is_gone_is_looked_for_before_another_is_made(
    case: ThreadsCase, *, acted: bool
) -> None:
    """The list shows it late: one look right after the refusal would not be enough."""

    def lose_container(request: Request) -> bool:
        found = case.is_create(request)
        if found:
            case.fake.containers.clear()
        return found

    case.fake.hides_new_posts = True
    made = make_post()
    if acted:
        case.fake.add_thread(made.text, case.now)
    case.server.break_next(Fault(ODD_REFUSAL), lose_container)
    error = expect_failure(case, lambda: case.connect().publish(made, TOKEN))
    assert type(error) is OutcomeUnknown
    assert "Invalid parameter" in str(error)
    assert count_containers(case) == 1
    case.fake.hides_new_posts = False
    assert case.connect().publish(made, TOKEN).id == case.fake.threads[0].id
    assert len(case.list_posts()) == 1
    assert count_containers(case) == (1 if acted else 2)


def test_a_container_refused_and_expired_since_is_replaced_only_after_a_look(
    case: ThreadsCase,
) -> None:
    case.server.break_next(Fault(error_reply(400, -1, "unexpected")), case.is_create)
    error = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(error) is RefusedForNow
    case.now += timedelta(hours=25)
    case.server.requests.clear()
    assert case.connect().publish(make_post(), TOKEN).id
    assert any(map(case.is_lookup, case.server.requests))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error_reply(400, 190, "expired", 463), Credentials),
        (error_reply(400, 102, "session"), Credentials),
        (error_reply(403, 10, "permission"), Credentials),
        (error_reply(403, 200, "permission"), Credentials),
        (error_reply(403, 4, "application limit"), NotSent),
        (error_reply(400, 17, "user limit"), NotSent),
        (error_reply(400, 32, "page limit"), NotSent),
        (error_reply(400, 613, "custom limit"), NotSent),
        (error_reply(403, 9, "quota", 2207042), NotSent),
        (error_reply(400, 100, "parameter"), Rejected),
        (error_reply(400, 506, "duplicate"), Rejected),
        (error_reply(400, 368, "blocked"), Credentials),
        (error_reply(400, 1, "unknown"), OutcomeUnknown),
        (error_reply(400, 2, "service"), OutcomeUnknown),
        (error_reply(500, 2, "service", is_transient=True), OutcomeUnknown),
        (error_reply(500, 190, "odd"), OutcomeUnknown),
        (error_reply(400, 777, "odd", is_transient=True), OutcomeUnknown),
        (error_reply(400, -1, "unexpected", 2207001), RefusedForNow),
        (error_reply(400, -2, "timeout", 2207003), RefusedForNow),
        (error_reply(400, 9004, "the media could not be fetched", 2207052), RefusedForNow),
        (error_reply(400, 9007, "the media is not ready", 2207027), RefusedForNow),
        (error_reply(400, 100, "does not exist", 4279009), NotSent),
        (error_reply(400, 777, "odd", is_transient=False), RefusedForNow),
        (Reply(400, {"error": "text"}), RefusedForNow),
        (Reply(400, {"error": {"code": "190"}}), RefusedForNow),
        (Reply(400, ["error"]), RefusedForNow),
    ],
)
def test_a_graph_error_is_sorted_by_its_code(
    case: ThreadsCase, reply: Reply, kind: type[PublishError]
) -> None:
    case.server.break_next(Fault(reply), case.is_create)
    caught = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(caught) is kind
    assert count_publishes(case) == 1


def test_an_error_says_what_meta_says(case: ThreadsCase) -> None:
    case.server.break_next(Fault(error_reply(400, 100, "Param text is odd")), case.is_create)
    caught = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert "Param text is odd" in str(caught)


def test_the_day_s_250_posts_are_not_sent_beyond(case: ThreadsCase) -> None:
    for n in range(250):
        case.fake.add_thread(f"post {n}", NOW)
    caught = expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN))
    assert type(caught) is NotSent
    assert case.connect().check().notes[0] == "250 of 250 posts in 24 hours used"


def test_an_emoji_counts_as_its_bytes(case: ThreadsCase) -> None:
    assert case.connect().publish(make_post("🚀" * 125), TOKEN).id
    over = make_post("🚀" * 125 + "x")
    assert (
        type(expect_failure(case, lambda: case.connect().publish(over, OTHER_TOKEN))) is LocalFault
    )
    assert count_containers(case) == 1


def test_six_different_links_are_refused_before_any_request(case: ThreadsCase) -> None:
    links = tuple(f"https://example.org/{n}" for n in range(6))
    post = make_post(" ".join(links), links=links)
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is LocalFault
    assert case.count_writes() == 0


def test_a_picture_goes_as_its_public_address(case: ThreadsCase) -> None:
    case.connect().publish(make_post(picture=make_picture(case.folder)), TOKEN)
    fields = next(iter(case.fake.containers.values())).fields
    assert fields["media_type"] == "IMAGE"
    assert fields["image_url"] == f"{MEDIA}/landing.png"


def test_without_a_media_url_an_account_takes_no_pictures(case: ThreadsCase) -> None:
    network = case.connect(media="")
    assert network.limits.pictures == 0
    post = make_post(picture=make_picture(case.folder))
    assert type(expect_failure(case, lambda: network.publish(post, TOKEN))) is LocalFault
    assert case.count_writes() == 0


def test_a_picture_that_is_neither_jpeg_nor_png_waits_for_another(case: ThreadsCase) -> None:
    picture, other = make_picture(case.folder), case.folder / "landing.webp"
    with Image.open(picture.file) as image:
        image.save(other)
    post = make_post(picture=replace(picture, file=str(other)))
    assert type(expect_failure(case, lambda: case.connect().publish(post, TOKEN))) is LocalFault
    assert case.count_writes() == 0


def test_a_reply_is_found_among_replies_only(case: ThreadsCase) -> None:
    network = case.connect()
    first = network.publish(make_post("one"), TOKEN)
    answer = make_post("two", reply_to=first.id)
    made = network.publish(answer, OTHER_TOKEN)
    found = case.connect().find(answer, OTHER_TOKEN)
    assert found == made
    assert case.connect().find(make_post("two"), OTHER_TOKEN) is None
    assert case.connect().find(replace(answer, reply_to="1"), OTHER_TOKEN) == made, (
        "a ledger may have forgotten which post it answers"
    )


def test_posts_are_read_page_by_page_and_what_was_passed_on_is_left_out(
    case: ThreadsCase,
) -> None:
    case.fake.page = 2
    for n in range(5):
        case.fake.add_thread(f"post {n}", NOW - timedelta(hours=5 - n))
    case.fake.add_thread("", NOW, media_type="REPOST")
    found = case.connect().recent(LONG_AGO)
    assert [one.text for one in found] == [f"post {n}" for n in range(4, -1, -1)]
    assert found[0].posted_at == NOW - timedelta(hours=1)
    looks = sum(map(case.is_lookup, case.server.requests))
    case.connect().recent(NOW - timedelta(hours=2))
    assert sum(map(case.is_lookup, case.server.requests)) < 2 * looks


def test_the_next_page_s_address_is_never_followed(case: ThreadsCase) -> None:
    rows = {"data": [], "paging": {"next": f"{case.server.url}/elsewhere"}}
    case.server.break_next(Fault(Reply(200, rows)), case.is_lookup)
    assert type(expect_failure(case, lambda: case.connect().recent(LONG_AGO))) is NotSent
    assert not any(request.path == "/elsewhere" for request in case.server.requests)


def test_endless_pages_are_no_absence(case: ThreadsCase) -> None:
    case.fake.page = 1
    for n in range(60):
        case.fake.add_thread(f"post {n}", NOW)
    assert type(expect_failure(case, lambda: case.connect().find(make_post(), TOKEN))) is NotSent


def test_a_post_without_a_permalink_is_sent_all_the_same(case: ThreadsCase) -> None:
    case.server.break_next(
        Fault(Reply(500, {})), lambda request: request.query.get("fields") == ["permalink"]
    )
    receipt = case.connect().publish(make_post(), TOKEN)
    assert (receipt.id, receipt.url) == (case.fake.threads[0].id, None)


def count_refreshes(case: ThreadsCase) -> int:
    return sum(request.path == "/refresh_access_token" for request in case.server.requests)


def test_a_token_is_refreshed_before_it_ends_and_kept(case: ThreadsCase) -> None:
    case.connect().publish(make_post("first"), f"{1:032x}")
    assert count_refreshes(case) == 0  # it may be younger than a day
    case.now += timedelta(hours=26)
    network = case.connect()
    network.publish(make_post("second"), f"{2:032x}")
    assert count_refreshes(case) == 1
    assert network.observe().token_expires_at == case.now + timedelta(days=60)
    assert case.connect().check().expires_at == case.now + timedelta(days=60)
    last = case.server.requests[-1]
    assert last.headers["authorization"] == f"Bearer {threads_server.RENEWED}"
    case.now += timedelta(days=29)
    case.connect().publish(make_post("third"), f"{3:032x}")
    assert count_refreshes(case) == 1
    case.now += timedelta(days=2)
    case.connect().publish(make_post("fourth"), f"{4:032x}")
    assert count_refreshes(case) == 2


@pytest.mark.parametrize(
    "reply",
    [
        error_reply(400, 190, "no"),
        Reply(500, {}),
        Reply(200, {}),
        Reply(200, {"access_token": "x"}),
        Reply(200, {"access_token": "x", "expires_in": -1}),
        Reply(200, {"access_token": "x", "expires_in": 10**12}),
    ],
)
def test_a_refresh_that_fails_harms_no_post_and_is_not_tried_at_once_again(
    case: ThreadsCase, reply: Reply
) -> None:
    case.connect().publish(make_post("first"), f"{1:032x}")
    case.now += timedelta(hours=26)
    case.server.break_next(Fault(reply), lambda request: request.path == "/refresh_access_token")
    case.connect().publish(make_post("second"), f"{2:032x}")
    case.connect().publish(make_post("third"), f"{3:032x}")
    assert count_refreshes(case) == 1
    assert len(case.list_posts()) == 3


def test_a_new_token_in_the_environment_replaces_the_kept_one(case: ThreadsCase) -> None:
    case.connect().publish(make_post("first"), f"{1:032x}")
    kept = json.loads(case.notebook.values["token"])
    case.notebook.values["token"] = json.dumps(kept | {"of": "another", "token": "old"})
    assert case.connect().check().handle == "@year"


def test_an_expired_token_stops_the_account(case: ThreadsCase) -> None:
    case.now += timedelta(days=80)
    assert type(expect_failure(case, case.connect().check)) is Credentials
    assert (
        type(expect_failure(case, lambda: case.connect().publish(make_post(), TOKEN)))
        is Credentials
    )
    assert count_publishes(case) == 0


def test_check_tells_the_quota_and_that_the_token_s_end_is_unknown(case: ThreadsCase) -> None:
    identity = case.connect().check()
    assert identity.handle == "@year"
    assert identity.url == "https://www.threads.net/@year"
    assert identity.expires_at is None
    assert identity.notes[0] == "0 of 250 posts in 24 hours used"
    assert "unknown until its first refresh" in identity.notes[1]


def test_another_account_s_token_is_told(case: ThreadsCase) -> None:
    stranger = Reply(200, {"id": "1", "username": "other"})
    case.server.break_next(Fault(stranger), case.is_check)
    caught = expect_failure(case, case.connect().check)
    assert type(caught) is Credentials
    assert "THREADS_USER" in str(caught)


@pytest.mark.parametrize("user", ["", "@year", "12/34", "x"])
def test_a_user_that_is_no_number_is_a_mistake(user: str) -> None:
    with pytest.raises(ConfigurationError, match="THREADS_USER"):
        Threads(make_context("threads", {"USER": user, "TOKEN": "x"}))


def test_the_loader_knows_threads_and_its_public_address() -> None:
    known = loader.load_spec("threads")
    variables = {one.name: one for one in known.variants[0]}
    assert variables["URL"].default == "https://graph.threads.net"
    assert [name for name, one in variables.items() if one.secret] == ["TOKEN"]
    assert known.limits.pictures == 0
