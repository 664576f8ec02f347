"""Mastodon's own traps, each with its test."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from perihelion.compose.text_comparison import has_same_letters, is_near_text, is_same_text
from perihelion.compose.text_length import measure_length
from perihelion.model.errors import (
    AmbiguousMatch,
    ConfigurationError,
    Credentials,
    LocalFault,
    NotSent,
    OutcomeUnknown,
    PictureNotSent,
    PublishError,
    Rejected,
)
from perihelion.model.observations import Observation
from perihelion.model.posts import Media, Post
from perihelion.networks.base import DedupeMethod
from perihelion.networks.mastodon.adapter import Mastodon
from perihelion.networks.mastodon.instance import UNKNOWN_LIMITS
from perihelion.networks.shared.html_text import html_to_text
from perihelion.testing.cases import make_pictures
from perihelion.testing.contexts import NOW, make_context
from perihelion.testing.http_server import FakeServer, Fault, Reply, Request
from tests.fakes.mastodon_server import (
    GOTOSOCIAL,
    MASTODON,
    SNAC,
    TOKEN,
    FakeMastodon,
    Flavour,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"
POST = Post("Eleven years ago: landing in Kazakhstan", "en", "2027-02-28T15:00:00Z")


@pytest.fixture
def fake_mastodon() -> FakeMastodon:
    return FakeMastodon()


@pytest.fixture
def server(fake_mastodon: FakeMastodon) -> Iterator[FakeServer]:
    with fake_mastodon.serve() as made:
        yield made


def connect_adapter(
    server: FakeServer,
    *,
    now: Callable[[], datetime] = lambda: NOW,
    options: tuple[tuple[str, str], ...] = (),
    pause: Callable[[float], None] = lambda _seconds: None,
    token: str = TOKEN,
) -> Mastodon:
    values = {"URL": server.url, "TOKEN": token}
    return Mastodon(make_context("mastodon", values, now=now, options=options), pause=pause)


def is_create(request: Request) -> bool:
    return (request.method, request.path) == ("POST", "/api/v1/statuses")


def is_instance(request: Request) -> bool:
    return request.path.endswith("/instance")


def count_requests(server: FakeServer, path: str) -> int:
    return sum(request.path == path for request in server.requests)


def test_the_key_is_the_token_and_the_body_is_json(server: FakeServer) -> None:
    connect_adapter(server).publish(POST, KEY)
    request = next(filter(is_create, server.requests))
    assert request.headers["idempotency-key"] == KEY
    assert request.headers["content-type"] == "application/json"
    assert request.json == {"status": POST.text, "language": "en", "sensitive": False}


def test_characters_beyond_the_first_plane_go_out_as_they_are(server: FakeServer) -> None:
    """snac 2.75 reads the JSON escapes of U+20BB7 as U+10BB7."""
    connect_adapter(server).publish(replace(POST, text="\U00020bb7野家 🚀"), KEY)
    request = next(filter(is_create, server.requests))
    assert "\U00020bb7野家 🚀".encode() in request.body


def test_visibility_and_content_warning_are_the_accounts(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    options = (("visibility", "unlisted"), ("content_warning", "space"))
    connect_adapter(server, options=options).publish(POST, KEY)
    assert (fake_mastodon.statuses[0].visibility, fake_mastodon.statuses[0].spoiler_text) == (
        "unlisted",
        "space",
    )


@pytest.mark.parametrize(
    ("options", "is_memorial", "warning"),
    [
        ({"memorial_warning": "Gedenken"}, True, "Gedenken"),
        ({"memorial_warning": "Gedenken"}, False, ""),
        ({"memorial_warning": "Gedenken", "content_warning": "space"}, True, "Gedenken"),
        ({"memorial_warning": "Gedenken", "content_warning": "space"}, False, "space"),
        ({"content_warning": "space"}, True, "space"),
    ],
)
def test_an_account_may_hide_its_memorials_alone(
    fake_mastodon: FakeMastodon,
    server: FakeServer,
    options: dict[str, str],
    is_memorial: bool,  # noqa: FBT001 - a parameter of the table above
    warning: str,
) -> None:
    network = connect_adapter(server, options=tuple(options.items()))
    network.publish(replace(POST, is_memorial=is_memorial), KEY)
    assert fake_mastodon.statuses[0].spoiler_text == warning


def test_a_content_warning_counts_as_text_does(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    network = connect_adapter(server, options=(("content_warning", "space news"),))
    assert network.limits.length == 490
    network.publish(replace(POST, text="x" * 490), KEY)
    before = len(server.requests)
    with pytest.raises(LocalFault, match="491 of 490"):
        network.publish(replace(POST, text="x" * 491), KEY)
    assert len(server.requests) == before
    assert len(fake_mastodon.statuses) == 1


def test_limits_come_from_the_server_and_are_asked_for_once(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.max_characters = 11_000
    network = connect_adapter(server)
    assert network.limits.length == 11_000
    assert network.limits.url_length == 23
    assert network.limits.alt_length == 1500
    assert network.dedupe.method is DedupeMethod.KEYED
    assert count_requests(server, "/api/v2/instance") == 1


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        ({"max_toot_chars": 5000, "upload_limit": 8_000_000, "description_limit": 300}, "pleroma"),
        ({"max_characters": 5000, "upload_limit": 8_000_000, "description_limit": 300}, "a fork"),
        ({"configuration": None, "max_toot_chars": "many", "upload_limit": -1}, "nonsense"),
    ],
)
def test_limits_are_read_by_the_names_that_other_software_has(
    said: dict[str, object], limits: str
) -> None:
    def handle_request(request: Request) -> Reply:
        return Reply(200, said) if request.path == "/api/v1/instance" else Reply(404, body=b"")

    with FakeServer(handle_request) as server:
        found = connect_adapter(server).limits
    expected = replace(UNKNOWN_LIMITS, length=5000, picture_bytes=8_000_000, alt_length=300)
    assert found == (UNKNOWN_LIMITS if limits == "nonsense" else expected)


LONG_LINK = "https://example.org/" + "a" * 80
AT_THE_LIMIT = "x" * 476 + " " + LONG_LINK
"""500 with a link of 23, and 577 in full."""


def test_a_long_link_counts_as_short_on_mastodon_itself() -> None:
    with FakeMastodon().serve() as server:
        network = connect_adapter(server)
        assert measure_length(AT_THE_LIMIT, network.limits) == 500
        network.publish(replace(POST, text=AT_THE_LIMIT, links=(LONG_LINK,)), KEY)


@pytest.mark.parametrize("flavour", [GOTOSOCIAL, replace(GOTOSOCIAL, name="takahe")])
def test_a_long_link_counts_in_full_where_the_server_only_claims_otherwise(
    flavour: Flavour,
) -> None:
    fake = FakeMastodon(flavour=flavour)
    with fake.serve() as server:
        network = connect_adapter(server)
        assert measure_length(AT_THE_LIMIT, network.limits) == 577
        with pytest.raises(LocalFault, match="the text counts 577 of 500"):
            network.publish(replace(POST, text=AT_THE_LIMIT), KEY)
        network.publish(replace(POST, text=AT_THE_LIMIT[77:]), KEY)
    assert [status.text for status in fake.statuses] == [AT_THE_LIMIT[77:]]


@pytest.mark.parametrize("most", [2, 6])
def test_a_server_says_how_many_pictures_it_takes(tmp_path: Path, most: int) -> None:
    fake = FakeMastodon(max_pictures=most)
    with fake.serve() as server:
        network = connect_adapter(server)
        assert network.limits.pictures == most
        pictures = make_pictures(tmp_path, most + 1)
        network.publish(replace(POST, pictures=pictures[:most]), KEY)
        assert [one.description for one in fake.media.values()] == [
            picture.alt for picture in pictures[:most]
        ]
        with pytest.raises(LocalFault, match=f"has {most + 1} of {most} pictures"):
            network.publish(replace(POST, pictures=pictures), KEY)
        assert len(fake.media) == most


def test_a_server_that_is_down_is_asked_again_only_after_a_while(server: FakeServer) -> None:
    times = [NOW]
    network = connect_adapter(server, now=lambda: times[-1])
    for _ in range(2):
        server.break_next(Fault(cut_after=0), is_instance)
        assert network.limits == UNKNOWN_LIMITS
        assert network.dedupe.method is DedupeMethod.LOOKUP
        assert network.limits == UNKNOWN_LIMITS
        times.append(times[-1] + timedelta(minutes=11))
    assert len(server.requests) == 2
    assert network.dedupe.method is DedupeMethod.KEYED


@pytest.mark.parametrize(
    ("flavour", "method"),
    [
        (MASTODON, DedupeMethod.KEYED),
        (
            replace(MASTODON, source_url="https://github.com/glitch-soc/mastodon"),
            DedupeMethod.KEYED,
        ),
        (replace(MASTODON, source_url="https://git.example.org/our-fork"), DedupeMethod.KEYED),
        (replace(MASTODON, source_url="", has_v2=False, version="3.5.3"), DedupeMethod.KEYED),
        (GOTOSOCIAL, DedupeMethod.LOOKUP),
        (SNAC, DedupeMethod.LOOKUP),
        (replace(SNAC, name="takahe", version="takahe/0.11.0"), DedupeMethod.LOOKUP),
        (
            replace(SNAC, name="akkoma", version="2.7.2 (compatible; Akkoma 3.13)"),
            DedupeMethod.LOOKUP,
        ),
        (replace(GOTOSOCIAL, name="hollo", version="4.5", source_url="x"), DedupeMethod.LOOKUP),
        (replace(GOTOSOCIAL, name="versia-server", version="4.3.0+glitch"), DedupeMethod.LOOKUP),
        (replace(GOTOSOCIAL, name="", version=""), DedupeMethod.LOOKUP),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_only_software_that_says_it_is_mastodon_is_trusted_with_a_key(
    fake_mastodon: FakeMastodon, server: FakeServer, flavour: object, method: DedupeMethod
) -> None:
    fake_mastodon.flavour = flavour  # type: ignore[assignment]  # parametrize gives objects
    network = connect_adapter(server)
    assert network.dedupe.method is method
    assert network.publish(POST, KEY).id


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
"""One character to a reader, and to Mastodon; five code points to others."""


@pytest.mark.parametrize(
    ("flavour", "counted"), [(MASTODON, 1), (GOTOSOCIAL, 5), (SNAC, 5)], ids=lambda v: str(v)[:20]
)
def test_joined_characters_count_as_the_software_counts_them(
    fake_mastodon: FakeMastodon, server: FakeServer, flavour: object, counted: int
) -> None:
    fake_mastodon.flavour = flavour  # type: ignore[assignment]  # as above
    limits = connect_adapter(server).limits
    assert measure_length(FAMILY, limits) == counted


def test_nodeinfo_elsewhere_is_not_followed(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.flavour = SNAC
    fake_mastodon.url = "http://127.0.0.1:1"
    assert connect_adapter(server).dedupe.method is DedupeMethod.LOOKUP
    assert count_requests(server, "/nodeinfo/2.0") == 0


@pytest.mark.parametrize("path", ["/api/v2/instance", "/api/v1/instance"])
def test_an_error_about_the_instance_leads_to_no_recursion(
    fake_mastodon: FakeMastodon, server: FakeServer, tmp_path: Path, path: str
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    fake_mastodon.flavour = SNAC
    for _ in range(3):
        server.break_next(Fault(Reply(500, {"error": "no"})), lambda request: request.path == path)
    picture = Media(str(tmp_path / "a.png"), "alt")
    connect_adapter(server).publish(replace(POST, pictures=(picture,)), KEY)
    assert len(server.requests) < 10
    assert count_requests(server, "/api/v2/media") == 1


def test_a_picture_still_being_worked_on_is_waited_for(
    fake_mastodon: FakeMastodon, server: FakeServer, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    fake_mastodon.slow_media = 3
    pauses: list[float] = []
    network = connect_adapter(server, pause=pauses.append)
    network.publish(replace(POST, pictures=(Media(str(tmp_path / "a.png"), "alt"),)), KEY)
    assert len(pauses) == 3
    assert len(fake_mastodon.statuses[0].media) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(404, PictureNotSent), (422, Rejected), (500, PictureNotSent)]
)
def test_a_picture_that_is_gone_is_sent_again_later_and_a_broken_one_never(
    fake_mastodon: FakeMastodon,
    server: FakeServer,
    tmp_path: Path,
    status: int,
    kind: type[PublishError],
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    fake_mastodon.slow_media = 3
    fault = Fault(Reply(status, {"error": "no"}))
    server.break_next(fault, lambda request: request.path.startswith("/api/v1/media/"))
    with pytest.raises(PublishError) as caught:
        connect_adapter(server).publish(
            replace(POST, pictures=(Media(str(tmp_path / "a.png"), "alt"),)), KEY
        )
    assert type(caught.value) is kind
    assert fake_mastodon.statuses == []


def test_the_point_that_must_stay_in_view_goes_with_the_picture(
    fake_mastodon: FakeMastodon, server: FakeServer, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    picture = Media(str(tmp_path / "a.png"), "alt", focus="0.25, -0.4")
    connect_adapter(server).publish(replace(POST, pictures=(picture,)), KEY)
    (made,) = fake_mastodon.media.values()
    assert [float(number) for number in made.focus.split(",")] == [0.25, -0.4]


def test_a_picture_that_is_never_ready_ends_as_not_sent(
    fake_mastodon: FakeMastodon, server: FakeServer, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    fake_mastodon.slow_media = 10_000
    network = connect_adapter(server)
    with pytest.raises(NotSent, match="still being processed"):
        network.publish(replace(POST, pictures=(Media(str(tmp_path / "a.png"), "alt"),)), KEY)
    assert fake_mastodon.statuses == []


def test_the_wait_of_a_rate_limit_comes_from_mastodons_own_header(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.remaining = 0
    network = connect_adapter(server)
    network.publish(POST, KEY)
    assert network.not_before() == NOW + timedelta(minutes=5)
    assert network.observe() == Observation(0, NOW)


def test_a_clock_that_was_a_day_ahead_and_is_set_right_does_not_pause_for_a_day(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    clock = [NOW + timedelta(days=1)]
    fake_mastodon.remaining, fake_mastodon.now = 0, lambda: clock[0]
    network = connect_adapter(server, now=lambda: clock[0])
    network.publish(POST, KEY)
    assert network.not_before() == clock[0] + timedelta(minutes=5)
    clock[0] = NOW
    assert network.not_before() is None


def test_a_429_is_not_waited_for_here(fake_mastodon: FakeMastodon, server: FakeServer) -> None:
    server.break_next(Fault(Reply(429, {"error": "Too many requests"})), is_create)
    with pytest.raises(NotSent):
        connect_adapter(server).publish(POST, KEY)
    assert sum(map(is_create, server.requests)) == 1
    assert fake_mastodon.statuses == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Deprecation": "true"},
        {"X-RateLimit-Reset": "not a date"},
        {"X-RateLimit-Remaining": "many"},
        {"Date": "whenever", "X-RateLimit-Reset": "2027-02-28T15:05:00Z"},
    ],
)
def test_a_header_the_library_trips_over_does_not_lose_the_receipt(
    server: FakeServer, headers: dict[str, str]
) -> None:
    reply = Reply(200, {"id": "7", "url": "https://x/7"}, headers=headers)
    server.break_next(Fault(reply), is_create)
    assert connect_adapter(server).publish(POST, KEY).id == "7"


def test_a_500_on_a_replay_is_unknown_and_then_found(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.fails_replays = True
    network = connect_adapter(server)
    made = network.publish(POST, KEY)
    with pytest.raises(OutcomeUnknown):
        network.publish(POST, KEY)
    assert network.find(POST, KEY) == made


def test_a_key_holds_an_hour_and_then_the_timeline_decides(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    network = connect_adapter(server)
    made = network.publish(POST, KEY)
    fake_mastodon.now = lambda: NOW + timedelta(minutes=61)
    assert network.dedupe.window == timedelta(hours=1)
    assert network.dedupe.then_lookup
    assert network.find(POST, KEY) == made


def test_a_repeat_after_the_post_was_deleted_is_not_made_again(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    network = connect_adapter(server)
    fake_mastodon.delete_status(network.publish(POST, KEY).id)
    with pytest.raises(Rejected):
        network.publish(POST, KEY)
    assert fake_mastodon.statuses == []


def test_a_key_holds_under_parallel_requests(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    networks = [connect_adapter(server) for _ in range(8)]
    threads = [threading.Thread(target=n.publish, args=(POST, KEY)) for n in networks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake_mastodon.statuses) == 1


def test_a_missing_scope_stops_the_account(fake_mastodon: FakeMastodon, server: FakeServer) -> None:
    fake_mastodon.scopes = frozenset({"read"})
    network = connect_adapter(server)
    network.check()
    with pytest.raises(Credentials, match="outside the authorized scopes"):
        network.publish(POST, KEY)


def test_a_token_refused_with_a_422_as_snac_does_is_the_account(server: FakeServer) -> None:
    server.break_next(
        Fault(Reply(422, body=b"")), lambda request: "verify_credentials" in request.path
    )
    with pytest.raises(Credentials):
        connect_adapter(server).check()


def test_check_asks_the_server_each_time(server: FakeServer) -> None:
    network = connect_adapter(server)
    network.check()
    assert network.check().handle == "@year@fake.example"
    assert count_requests(server, "/api/v1/accounts/verify_credentials") == 2
    with pytest.raises(Credentials):
        connect_adapter(server, token="revoked").check()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"bot": True}, ["the account is marked as a bot's"]),
        (
            {"bot": False},
            ['the account is not marked as a bot\'s; set "automated account" in its profile'],
        ),
        ({}, []),
    ],
)
def test_check_tells_whether_the_account_is_marked_as_a_bot_s(
    server: FakeServer, said: dict[str, bool], expected: list[str]
) -> None:
    account = {"id": "1", "acct": "year", **said}
    server.break_next(
        Fault(Reply(200, account)), lambda request: "verify_credentials" in request.path
    )
    notes = connect_adapter(server).check().notes
    assert [note for note in notes if "bot" in note] == expected


@pytest.mark.parametrize(
    ("said", "handle"),
    [
        ({"id": "1", "username": "year"}, "@year@127.0.0.1"),
        ({"id": 1, "acct": None}, "@1@127.0.0.1"),
    ],
)
def test_an_account_that_says_little_of_itself_is_proved_and_read(
    said: dict[str, object], handle: str
) -> None:
    """Not all software says what Mastodon does, and some has numbers for ids."""
    status = {"id": 7, "content": f"<p>{POST.text}</p>", "created_at": NOW.isoformat()}

    def handle_request(request: Request) -> Reply:
        return Reply(200, said if request.path.endswith("verify_credentials") else [status])

    with FakeServer(handle_request) as server:
        network = connect_adapter(server)
        assert network.check().handle == handle
        found = network.find(POST, KEY)
    assert found is not None
    assert found.id == "7"


@pytest.mark.parametrize(
    ("instance", "handle"),
    [
        ({"domain": "space.example"}, "@year@space.example"),
        ({"domain": "social.space.example", "account_domain": "space.example"},
         "@year@space.example"),
        ({"uri": "https://social.space.example/"}, "@year@social.space.example"),
        ({"uri": "localhost:8443"}, "@year@localhost"),
        ({"uri": "müller.example"}, "@year@müller.example"),
        ({"domain": "no domain"}, "@year@127.0.0.1"),
        ({"domain": "a.example@b.example"}, "@year@127.0.0.1"),
        ({"domain": None, "uri": []}, "@year@127.0.0.1"),
        ({}, "@year@127.0.0.1"),
    ],
)  # fmt: skip
def test_a_handle_has_the_servers_own_domain(instance: dict[str, object], handle: str) -> None:
    """A server's address may differ: social.space.example for accounts of space.example."""

    def handle_request(request: Request) -> Reply:
        if request.path.endswith("verify_credentials"):
            return Reply(200, {"id": "1", "acct": "year"})
        return Reply(200, instance)

    with FakeServer(handle_request) as server:
        assert connect_adapter(server).check().handle == handle


def test_a_page_instead_of_the_api_is_a_wrong_address_not_a_wrong_post(
    server: FakeServer,
) -> None:
    server.break_next(Fault(Reply(404, body=b"<html>")), is_create)
    with pytest.raises(NotSent):
        connect_adapter(server).publish(POST, KEY)
    server.break_next(Fault(Reply(403, body=b"<html>blocked")), is_create)
    with pytest.raises(NotSent):
        connect_adapter(server).publish(POST, KEY)


def test_a_boost_or_a_like_sounding_reply_is_not_the_post(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.add_status(POST.text, reblog=True)
    fake_mastodon.add_status(POST.text, reply_to="5")
    fake_mastodon.add_status(POST.text + " And more.")
    assert connect_adapter(server).find(POST, KEY) is None
    wanted = fake_mastodon.add_status(POST.text)
    found = connect_adapter(server).find(POST, KEY)
    assert found is not None
    assert found.id == wanted.id


def test_a_post_is_found_many_pages_down(fake_mastodon: FakeMastodon, server: FakeServer) -> None:
    wanted = fake_mastodon.add_status(POST.text)
    for number in range(130):
        fake_mastodon.add_status(f"chatter {number}")
    found = connect_adapter(server).find(POST, KEY)
    assert found is not None
    assert found.id == wanted.id
    assert count_requests(server, "/api/v1/accounts/1/statuses") == 4


@pytest.mark.slow
def test_an_absence_is_only_said_when_it_is_sure(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    for number in range(1100):
        fake_mastodon.add_status(f"chatter {number}")
    with pytest.raises(NotSent, match="too many posts"):
        connect_adapter(server).find(POST, KEY)


def test_last_years_equal_text_is_not_this_years_post(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.now = lambda: NOW - timedelta(days=365)
    fake_mastodon.add_status(POST.text)
    fake_mastodon.now = lambda: NOW
    fake_mastodon.add_status("chatter")
    assert connect_adapter(server).find(POST, KEY) is None


def test_a_rehearsals_clock_does_not_hide_a_post(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    """Run with `--at`, our clock is months ahead of the server's."""
    fake_mastodon.now = lambda: NOW - timedelta(days=100)
    network = connect_adapter(server)
    made = network.publish(POST, KEY)
    assert network.find(POST, KEY) == made
    assert [one.receipt for one in network.recent(NOW - timedelta(minutes=30))] == [made]


def test_a_post_of_the_day_that_is_rehearsed_is_found_though_the_server_is_far_ahead(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    """The status says that day too: moved by what the clocks differ, it would look too old."""
    made = connect_adapter(server).publish(POST, KEY)
    fake_mastodon.now = lambda: NOW + timedelta(days=270)
    assert connect_adapter(server).find(POST, KEY) == made


def test_a_server_that_marks_text_up_is_asked_for_its_source(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    starred = replace(POST, text="*Eleven* years ago: landing")
    fake_mastodon.flavour = replace(GOTOSOCIAL, content=lambda text: text.replace("*", ""))
    network = connect_adapter(server)
    made = network.publish(starred, KEY)
    assert network.find(starred, KEY) == made
    with pytest.raises(AmbiguousMatch, match=str(made.url)):
        network.find(replace(starred, text="Eleven years ago - landing"), KEY)
    assert network.find(replace(starred, text="Twelve days ago: docking"), KEY) is None
    fake_mastodon.flavour = replace(fake_mastodon.flavour, has_source=False)
    assert network.find(starred, KEY) == made


LISTED = replace(POST, text="12. April 1961: Gagarin flies")
"""As Markdown this is a list, and its number is no longer shown."""


def test_a_text_that_shows_other_letters_is_found_by_its_source(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.flavour = replace(
        GOTOSOCIAL, content=lambda text: f"<ol><li>{text[4:]}</li></ol>"
    )
    network = connect_adapter(server)
    made = network.publish(LISTED, KEY)
    assert network.find(LISTED, KEY) == made


def test_a_source_is_asked_for_only_since_the_first_try(
    fake_mastodon: FakeMastodon, server: FakeServer
) -> None:
    fake_mastodon.now = lambda: NOW - timedelta(hours=1)
    fake_mastodon.add_status("chatter")
    fake_mastodon.now = lambda: NOW
    fake_mastodon.add_status("later chatter")
    assert connect_adapter(server).find(POST, KEY) is None
    assert sum(request.path.endswith("/source") for request in server.requests) == 1


@pytest.mark.parametrize("fault", [Fault(Reply(500)), Fault(Reply(429)), Fault(cut_after=5)])
def test_a_source_that_cannot_be_had_proves_no_absence(
    fake_mastodon: FakeMastodon, server: FakeServer, fault: Fault
) -> None:
    fake_mastodon.add_status("chatter")
    server.break_next(fault, lambda request: request.path.endswith("/source"))
    with pytest.raises(NotSent):
        connect_adapter(server).find(POST, KEY)


@pytest.mark.parametrize(
    "data", [{}, [1], [{"id": "1"}], [{"id": 5, "content": "", "created_at": "x"}]]
)
def test_a_timeline_of_another_shape_is_no_absence(server: FakeServer, data: object) -> None:
    server.break_next(
        Fault(Reply(200, data)), lambda r: r.method == "GET" and r.path.endswith("/statuses")
    )
    with pytest.raises(NotSent, match="could not be read"):
        connect_adapter(server).find(POST, KEY)


def test_an_address_in_the_clear_is_refused() -> None:
    values = {"URL": "http://example.social", "TOKEN": TOKEN}
    with pytest.raises(ConfigurationError, match="MASTODON_URL must begin with https://"):
        Mastodon(make_context("mastodon", values))


def test_a_token_with_a_line_end_neither_breaks_nor_shows(server: FakeServer) -> None:
    assert connect_adapter(server, token=f"{TOKEN}\n").check().handle
    with pytest.raises(PublishError) as caught:
        connect_adapter(server, token=f"{TOKEN}\nx").check()
    assert TOKEN not in str(caught.value)


def test_html_is_read_as_its_readers_see_it() -> None:
    html = (
        '<p>A &lt;b&gt; &amp; <a href="x"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.org/a</span><span class="invisible">bc</span></a>'
        "<br />next</p><p>Last <span>#</span>ISS</p>"
    )
    assert html_to_text(html) == "A <b> & https://example.org/abc\nnext\n\nLast #ISS"


def test_texts_are_the_same_whatever_their_white_space() -> None:
    assert is_same_text("a  b\n\nc\u200b", "a b c")
    assert is_same_text("e\u0301", "é")
    assert not is_same_text("11 years", "12 years")
    assert has_same_letters("*11* years", "11 years!")
    assert not has_same_letters("🚀", "🛰")


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        ("See nasa.gov/mars/very-lo… today", "See https://nasa.gov/mars/very-long-path today"),
        ("With @anna in orbit", "With @anna@example.social in orbit"),
        ("With @NASA in orbit", "With @\u2060NASA in orbit"),
        ("11 years ago: landing", "*11* years ago: landing"),
        ("ISS and Mir", "#ISS and #Mir"),
        ("10 km\u00b2 of ice, 20 \u2103", "10 km2 of ice, 20 \u00b0C"),
        (
            "April 1961: the first man in space flies",
            "12. April 1961: the first man in space flies",
        ),
        ("Rock &amp; roll &quot;loud&quot;", 'Rock & roll "loud"'),
        ("Eleven years ago: landing in Kazakhstan", "Eleven years ago: landing in Kazakstan"),
    ],
    ids=[
        "a link",
        "a mention",
        "a plain name",
        "markup",
        "tags",
        "Unicode",
        "a list",
        "entities",
        "a typo",
    ],
)
def test_a_text_that_a_server_shows_otherwise_is_near(shown: str, sent: str) -> None:
    assert is_near_text(shown, sent)
    assert is_near_text(sent, shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Eleven years ago: landing", "Eleven years ago: launch"),
        (
            "Today 11 years ago: a landing in Kazakhstan",
            "Today 12 years ago: a landing in Kazakhstan",
        ),
        ("Event number 1 of this very busy day", "Event number 2 of this very busy day"),
        ("Eleven years ago today", "Eleven years ago today, and more"),
        ("https://nasa.gov/one", "https://nasa.gov/two"),
        ("🚀", "🛰"),
        ("", ""),
    ],
)
def test_another_text_is_not_near(one: str, other: str) -> None:
    assert not is_near_text(one, other)
