"""What a worker does a moment before something is due, so that it leaves at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError
from perihelion.model.moments import ObserveMode
from tests.fakes.events import event
from tests.fakes.ledgers import NOON
from tests.fakes.networks import FakeNetwork
from tests.fakes.offices import office

if TYPE_CHECKING:
    import pytest

    from tests.fakes.ledgers import World
    from tests.fakes.offices import Office

MORNING = NOON - timedelta(hours=3)
"""When every account of an office posts."""
LANDING = event(id="landing", at="2016-03-02")
LAUNCH = event(id="launch", at="1978-03-02T14:00:00Z", observe=ObserveMode.TO_THE_MINUTE)


def bureau_at_a_moment_to_nine(world: World, net: FakeNetwork, cap: int = 9) -> Office:
    bureau = office(world, {"a": net}, LANDING, LAUNCH, max_per_day=cap)
    world.clocks.now = MORNING - timedelta(seconds=2)
    bureau.open()
    bureau.courier.promise_ahead(MORNING)
    return bureau


def test_it_is_promised_and_worded_ahead_and_leaves_no_earlier(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = bureau_at_a_moment_to_nine(sqlite_world, net)
    bureau.courier.run_until_idle()
    assert bureau.states() == {"landing": State.DUE}
    assert net.calls == 0
    sqlite_world.clocks.now = MORNING
    bureau.courier.promise_due()
    bureau.courier.run_until_idle()
    assert bureau.states() == {"landing": State.SENT}


def test_what_cannot_be_worded_is_told_when_it_is_due_and_not_before(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_anything: object) -> None:
        raise CompositionError("it does not fit")

    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING)
    sqlite_world.clocks.now = MORNING - timedelta(seconds=2)
    monkeypatch.setattr(bureau, "compose", fail)
    bureau.courier = bureau.hire()
    bureau.open()
    bureau.courier.promise_ahead(MORNING)
    assert bureau.states() == {"landing": State.DUE}
    sqlite_world.clocks.now = MORNING
    bureau.courier.run_until_idle()
    assert bureau.states() == {"landing": State.REJECTED}


def test_what_is_promised_ahead_takes_one_place_under_the_cap_and_not_two(
    sqlite_world: World,
) -> None:
    net = FakeNetwork()
    bureau = bureau_at_a_moment_to_nine(sqlite_world, net, cap=2)
    other = bureau.hire()  # another worker starts in this very moment, and plans the day as well
    bureau.courier = other
    bureau.open()
    sqlite_world.clocks.now = NOON + timedelta(hours=2)
    bureau.courier.promise_due()
    bureau.courier.run_until_idle()
    assert bureau.states() == {"landing": State.SENT, "launch": State.SENT}


def test_a_moment_s_lead_is_no_clock_that_was_set_back(sqlite_world: World) -> None:
    bureau = bureau_at_a_moment_to_nine(sqlite_world, FakeNetwork())
    planned_until = bureau.ledger.list_accounts()[0].planned_until
    sqlite_world.clocks.pass_(timedelta(seconds=1))
    bureau.courier.promise_due()
    assert bureau.ledger.list_accounts()[0].planned_until == planned_until
