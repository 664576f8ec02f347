"""A picture that cannot be uploaded holds up its own post, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.model.errors import NotSent, PictureNotSent
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import MINUTE
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from tests.fakes.ledger_testbed import LedgerTestbed

PICTURED = make_event(id="landing", at="2016-03-02", title="Soyuz lands", importance=5)
OTHERS = [
    make_event(id=f"launch-{number}", at="1978-03-02", title=f"Launch {number}", importance=4)
    for number in range(5)
]


def test_one_picture_that_fails_holds_up_no_other_post(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, PICTURED, *OTHERS)
    net.fail_next(PictureNotSent("the picture: 500"))
    runner.run_pass()
    states = runner.delivery_states("a")
    assert states.pop("landing") is State.WAITING
    assert set(states.values()) == {State.SENT}
    assert len(net.posts) == len(OTHERS)
    sqlite_testbed.clocks.advance_time(MINUTE)
    runner.run_pass()
    assert len(net.posts) == len(OTHERS) + 1


def test_a_server_that_cannot_be_reached_pauses_the_account(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, PICTURED, *OTHERS)
    net.fail_next(NotSent("the picture: no connection"))
    runner.run_pass()
    assert net.calls == 1


def test_a_rate_limit_pauses_the_account_also_after_a_picture(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, PICTURED, *OTHERS)
    net.rate_limited_until = sqlite_testbed.clocks.now + MINUTE
    net.fail_next(PictureNotSent("the picture: 500"))
    runner.run_pass()
    assert net.calls == 1
