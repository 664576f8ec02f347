"""Our Mastodon adapter against a real server that is not Mastodon: snac ignores the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError
from perihelion.networks.base import DedupeMethod
from perihelion.networks.mastodon.adapter import Mastodon
from perihelion.testing.cases import make_picture, make_pictures, make_post
from perihelion.testing.contexts import make_context
from perihelion.testing.samples import TRICKY_TEXTS
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.skip_or_fail import skip_or_fail
from tests.servers.snac import SnacServer, SnacUnavailable, install_snac

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnacServer]:
    folder = tmp_path_factory.mktemp("snac")
    try:
        running = SnacServer.start(install_snac(folder), folder)
    except SnacUnavailable as reason:
        skip_or_fail(str(reason))
    running.add_old_post(folder)
    yield running
    running.stop()


def connect_adapter(
    snac: SnacServer, url: str = "", token: str = "", patience: float = 20
) -> Mastodon:
    values = {"URL": url or snac.url, "TOKEN": token or snac.token}
    return Mastodon(
        make_context("mastodon", values, now=lambda: datetime.now(UTC), patience=patience)
    )


def test_the_account_is_known_and_the_key_is_not_trusted(snac: SnacServer) -> None:
    network = connect_adapter(snac)
    identity = network.check()
    assert identity.handle == "@bot@localhost"
    assert "snac" in identity.notes[0]
    assert network.dedupe.method is DedupeMethod.LOOKUP
    assert network.limits.length == 100_000


@pytest.mark.parametrize("text", TRICKY_TEXTS.values(), ids=TRICKY_TEXTS.keys())
def test_a_post_is_made_and_found_again(snac: SnacServer, text: str) -> None:
    network = connect_adapter(snac)
    post = make_post(text, created_at=datetime.now(UTC).isoformat())
    made = network.publish(post, "1" * 32)
    found = connect_adapter(snac).find(post, "1" * 32)
    assert found is not None
    assert found.id == made.id


def test_a_picture_arrives_with_its_alt_text(snac: SnacServer, tmp_path: Path) -> None:
    picture = make_picture(tmp_path, alt="A capsule under its parachute 🪂")
    network = connect_adapter(snac)
    made = network.publish(make_post("with a picture", picture=picture), "2" * 32)
    status = network._client.status(made.id)
    assert [m["description"] for m in status["media_attachments"]] == [picture.alt]


def test_several_pictures_arrive_in_order(snac: SnacServer, tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path, 4)
    network = connect_adapter(snac)
    made = network.publish(make_post("with four pictures", pictures=pictures), "a" * 32)
    status = network._client.status(made.id)
    reported = [one["description"] for one in status["media_attachments"]]
    assert reported == [picture.alt for picture in pictures]


def test_a_reply_answers_its_post(snac: SnacServer) -> None:
    network = connect_adapter(snac)
    first = network.publish(make_post("the first part"), "3" * 32)
    network.publish(make_post("the second part", reply_to=first.id), "4" * 32)
    post = make_post("the second part", reply_to=first.id, created_at=_format_now())
    assert network.find(post, "4" * 32) is not None


def test_a_post_that_was_never_made_is_not_found(snac: SnacServer) -> None:
    assert (
        connect_adapter(snac).find(make_post("never made", created_at=_format_now()), "5" * 32)
        is None
    )


def test_a_timeline_without_an_older_post_proves_no_absence(snac: SnacServer) -> None:
    """snac 2.75 ignores `max_id`: only an older post shows that the timeline was read so far."""
    before_all = make_post("never made", created_at="2019-01-01T00:00:00Z")
    with pytest.raises(NotSent, match="repeats a page"):
        connect_adapter(snac).find(before_all, "5" * 32)


@pytest.mark.parametrize(
    ("mode", "made"),
    [
        ("rst_after_request", True),
        ("eof_after_request", True),
        ("cut_response:40", True),
        ("cut_request:50", False),
        ("drop_request", False),
    ],
)
def test_a_lost_answer_is_settled_by_looking(snac: SnacServer, mode: str, made: bool) -> None:  # noqa: FBT001 - a table's column
    post = make_post(f"lost by {mode}", created_at=_format_now())
    port = int(snac.url.rpartition(":")[2])
    with FaultProxy("localhost", port) as proxy:
        network = connect_adapter(snac, proxy.url)
        assert network.dedupe.method is DedupeMethod.LOOKUP
        proxy.mode, proxy.times = mode, 1
        with pytest.raises((OutcomeUnknown, NotSent)) as caught:
            network.publish(post, "6" * 32)
        assert type(caught.value) is OutcomeUnknown
        assert (network.find(post, "6" * 32) is not None) == made


def test_a_bad_token_makes_no_post(snac: SnacServer) -> None:
    network = connect_adapter(snac, token="0" * 32)
    with pytest.raises(PublishError):
        network.publish(make_post("by nobody"), "7" * 32)
    assert (
        connect_adapter(snac).find(make_post("by nobody", created_at=_format_now()), "7" * 32)
        is None
    )


def test_recent_posts_are_listed(snac: SnacServer) -> None:
    network = connect_adapter(snac)
    network.publish(make_post("recent enough"), "8" * 32)
    found = network.recent(datetime.now(UTC) - timedelta(minutes=5))
    assert "recent enough" in [one.text for one in found]


def _format_now() -> str:
    return datetime.now(UTC).isoformat()
