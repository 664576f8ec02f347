"""A card is part of the exact post: a resend takes the same bytes, or waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import CardNotDrawn, NotSent, OutcomeUnknown
from perihelion.model.posts import Media
from perihelion.model.repairs import REPAIR_PAUSE
from tests.fakes.delivery_runner import PATIENCE, DeliveryRunner, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.posts import Post
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02")


class DrawingRunner:
    """Composes posts whose card is drawn differently each time, or not at all."""

    def __init__(self, runner: DeliveryRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.drawn: list[bytes] = []
        self.fault: Exception | None = None
        self._compose = runner.compose_post
        monkeypatch.setattr(runner, "compose_post", self.compose_post)
        runner.loop = runner.make_loop()

    def compose_post(self, *arguments: object) -> Post:
        if self.fault is not None:
            raise self.fault
        data = b"card %d" % len(self.drawn)
        self.drawn.append(data)
        card = Media("", "alt", sha256=sha256(data).hexdigest(), data=data)
        return replace(self._compose(*arguments), pictures=(card,))  # type: ignore[arg-type]  # passed on as they are


class PictureNetwork(FakeNetwork):
    """Remembers the bytes that each request brought."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes | None] = []

    def publish(self, post: Post, token: str) -> object:  # type: ignore[override]  # as its parent
        self.seen += [one.data for one in post.pictures]
        return super().publish(post, token)


def start(
    testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> tuple[DeliveryRunner, PictureNetwork, DrawingRunner]:
    net = PictureNetwork()
    runner = make_runner(testbed, {"a": net}, LANDING)
    return runner, net, DrawingRunner(runner, monkeypatch)


@pytest.mark.parametrize("fault", [NotSent("no route"), OutcomeUnknown("no answer")])
def test_a_second_try_sends_the_bytes_of_the_first(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    runner, net, drawing = start(sqlite_testbed, monkeypatch)
    net.fail_next(fault)
    runner.run_pass()
    runner.loop = runner.make_loop()  # as after a restart, without any memory
    sqlite_testbed.clocks.advance_time(timedelta(hours=1))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert net.seen == [b"card 0", b"card 0"]
    assert len(drawing.drawn) == 1


def test_bytes_that_are_lost_are_never_replaced_while_a_request_may_have_left(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, net, _ = start(sqlite_testbed, monkeypatch)
    net.fail_next(OutcomeUnknown("no answer"))
    runner.run_pass()
    sqlite_testbed.execute_sql("DELETE FROM pictures")
    sqlite_testbed.clocks.advance_time(2 * PATIENCE)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.UNKNOWN}
    assert "the ledger no longer has the card" in runner.delivery_reason("landing")
    assert net.seen == [b"card 0"]


def test_bytes_that_are_lost_are_drawn_anew_while_nothing_has_left(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, net, _ = start(sqlite_testbed, monkeypatch)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    sqlite_testbed.execute_sql("DELETE FROM pictures")
    sqlite_testbed.clocks.advance_time(timedelta(hours=1))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert net.seen == [b"card 0", b"card 1"]


def test_a_card_that_cannot_be_drawn_waits_and_is_sent_after_the_repair(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, net, drawing = start(sqlite_testbed, monkeypatch)
    drawing.fault = CardNotDrawn("landing on a", "No such file or directory")
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.WAITING}
    assert runner.delivery_reason("landing").startswith(
        "needs repair: landing on a: its card could not be drawn (No such file or directory); "
        "install Perihelion again, or set `cards: none`"
    )
    drawing.fault = None
    sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    runner.run_pass()
    assert (runner.delivery_states(), net.seen) == ({"landing": State.SENT}, [b"card 0"])


def test_nothing_of_a_card_is_kept_once_it_is_sent(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, _, _ = start(sqlite_testbed, monkeypatch)
    runner.run_pass()
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert sqlite_testbed.execute_sql("SELECT key FROM pictures") == []
