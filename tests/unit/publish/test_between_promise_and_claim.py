"""What changes between the promise and the request: the schedule, the accounts, the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import OutcomeUnknown
from perihelion.networks.base import DedupeMethod
from tests.fakes.events import event
from tests.fakes.ledgers import DAY
from tests.fakes.networks import FakeNetwork
from tests.fakes.offices import PATIENCE, office

if TYPE_CHECKING:
    from tests.fakes.ledgers import World

LANDING = event(id="landing", at="2016-03-02")
LAUNCH = event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off")


def test_an_event_that_is_gone_is_skipped_with_its_reason(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH)
    bureau.open()
    bureau.events.remove(LANDING)
    bureau.courier.run_until_idle()
    assert bureau.states() == {"landing": State.SKIPPED, "launch": State.SENT}
    assert bureau.reason("landing") == "its event is no longer in the schedule"
    assert net.calls == 1


def test_a_text_mended_before_the_first_try_is_what_goes_out(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.open()
    bureau.words = "years ago (mended)"
    bureau.courier.run_until_idle()
    assert [made.post.text for made in net.posts] == [f"{LANDING.title}: 11 years ago (mended)"]


def test_after_a_try_the_very_same_bytes_go_out_again_whatever_was_mended(
    sqlite_world: World,
) -> None:
    net = FakeNetwork(DedupeMethod.KEYED)
    seen: list[tuple[str, str]] = []
    net.before = lambda post: seen.append((post.text, post.created_at))
    bureau = office(sqlite_world, {"a": net}, LANDING)
    net.fail(OutcomeUnknown("cut off"))
    bureau.work()
    bureau.words = "years ago (mended)"
    sqlite_world.clocks.pass_(PATIENCE)
    bureau.courier = bureau.hire()
    bureau.work()
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_what_an_account_that_is_gone_had_promised_waits_and_is_missed(
    sqlite_world: World,
) -> None:
    gone, stays = FakeNetwork(), FakeNetwork()
    bureau = office(sqlite_world, {"a": gone, "b": stays}, LANDING)
    bureau.open()
    bureau.networks = {"b": stays}
    del bureau.accounts["a"]
    bureau.courier = bureau.hire()
    bureau.work()
    assert bureau.states("a") == {"landing": State.DUE}
    assert bureau.states("b") == {"landing": State.SENT}
    sqlite_world.clocks.pass_(DAY)
    bureau.work()
    assert bureau.states("a") == {"landing": State.MISSED}
    assert gone.calls == 0


def test_nothing_of_a_day_before_the_ledger_s_time_is_claimed(sqlite_world: World) -> None:
    net = FakeNetwork()
    past = event(id="past", at="2016-03-01")
    bureau = office(sqlite_world, {"a": net}, past, LANDING, newborn=True)
    bureau.work()
    assert bureau.states() == {"landing": State.SENT}


@pytest.mark.parametrize("there", [True, False])
def test_a_newborn_ledger_looks_before_it_sends(*, there: bool, sqlite_world: World) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    lost = office(sqlite_world, {"a": net}, LANDING)
    if there:
        lost.work()
    for table in ("deliveries", "accounts"):
        sqlite_world.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    office(sqlite_world, {"a": net}, LANDING, newborn=True).work()
    assert lost.states() == {"landing": State.SENT}
    assert (net.looks, net.calls, len(net.posts)) == (1, 1, 1)


def test_early_counts_all_of_today_as_due(sqlite_world: World) -> None:
    sqlite_world.clocks.now = sqlite_world.clocks.now.replace(hour=1)
    patient, eager = FakeNetwork(), FakeNetwork()
    office(sqlite_world, {"a": patient}, LANDING).work()
    office(sqlite_world, {"b": eager}, LANDING, early=True).work()
    assert (len(patient.posts), len(eager.posts)) == (0, 1)


def test_what_was_posted_early_is_not_posted_again_at_its_time(sqlite_world: World) -> None:
    sqlite_world.clocks.now = sqlite_world.clocks.now.replace(hour=1)
    net = FakeNetwork()
    office(sqlite_world, {"a": net}, LANDING, early=True).work()
    sqlite_world.clocks.pass_(12 * DAY / 24)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.work()
    assert len(net.posts) == 1


def test_the_daily_cap_holds_over_restarts_and_edits(sqlite_world: World) -> None:
    net = FakeNetwork()
    events = [event(id=f"e{n}", at=f"{1980 + n}-03-02", title=f"Number {n}") for n in range(4)]
    for known in (events[:1], events[:3], events):
        bureau = office(sqlite_world, {"a": net}, *known, max_per_day=2)
        bureau.work()
    assert len(net.posts) == 2
    assert sorted(bureau.states().values()) == [State.SENT] * 2 + [State.SKIPPED] * 2
