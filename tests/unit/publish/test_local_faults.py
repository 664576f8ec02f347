"""What this machine lacks is never the post's fault: it waits, and goes out after the repair."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import LocalFault, NotSent, TemplateError
from perihelion.model.posts import Media
from perihelion.model.repairs import REPAIR_PAUSE
from perihelion.networks.base import DedupeMethod
from tests.fakes.delivery_runner import PATIENCE, DeliveryRunner, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Post
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02")
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off")
FAULT = TemplateError("templates/default.j2", 0, "is missing; every language needs one")


class Workshop:
    """Composes as the runner does; `fault` breaks it, and each post has the `pictures`."""

    def __init__(self, runner: DeliveryRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fault: Exception | None = None
        self.pictures: tuple[Media, ...] = ()
        self._compose = runner.compose_post
        monkeypatch.setattr(runner, "compose_post", self.compose_post)
        runner.loop = runner.make_loop()

    def compose_post(self, *arguments: object) -> Post:
        if self.fault is not None:
            raise self.fault
        return replace(self._compose(*arguments), pictures=self.pictures)  # type: ignore[arg-type]  # passed on as they are


def get_delivery(runner: DeliveryRunner, event: str = "landing") -> Delivery:
    return next(d for d in runner.ledger.list_deliveries() if d.key.event.endswith(event))


def count_steps(runner: DeliveryRunner) -> int:
    return len(runner.ledger.list_history(get_delivery(runner).key))


@pytest.mark.parametrize("fault", [FAULT, ZeroDivisionError("a bug")])
def test_what_cannot_be_composed_waits_uncounted_and_is_sent_once_that_is_repaired(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    workshop = Workshop(runner, monkeypatch)
    workshop.fault = fault
    runner.run_pass()
    waiting = get_delivery(runner)
    assert (waiting.state, waiting.attempts, waiting.needs_repair) == (State.WAITING, 0, True)
    assert len(runner.reported) == 1
    steps = count_steps(runner)
    for _ in range(3):
        sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
        runner.run_pass()
    assert count_steps(runner) == steps, "it waits in silence, not with a step each time"
    assert len(runner.reported) == 1
    workshop.fault = None
    sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    runner.run_pass()
    assert (runner.delivery_states(), net.calls) == ({"landing": State.SENT}, 1)
    assert get_delivery(runner).attempts == 1


def test_on_a_ledger_s_first_day_it_is_still_looked_up_and_then_sent(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    workshop = Workshop(runner, monkeypatch)
    workshop.fault = FAULT
    for _ in range(3):
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(PATIENCE + REPAIR_PAUSE)
    assert runner.delivery_states() == {"landing": State.UNKNOWN}
    assert get_delivery(runner).needs_repair
    workshop.fault = None
    for _ in range(3):
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(PATIENCE)
    assert (runner.delivery_states(), len(net.posts)) == ({"landing": State.SENT}, 1)


def test_a_missing_picture_waits_uncounted_and_holds_up_no_other_post(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    workshop = Workshop(runner, monkeypatch)
    workshop.pictures = (Media(str(tmp_path / "media" / "a.png"), "alt"),)
    runner.run_pass()
    assert runner.delivery_reason("landing").startswith(
        f"needs repair: there is no picture folder {tmp_path / 'media'}"
    )
    workshop.pictures = ()
    runner.events.append(LAUNCH)
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states()["launch"] is State.SENT
    workshop.pictures = (Media(str(tmp_path / "media" / "a.png"), "alt"),)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(b"picture")
    sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    runner.run_pass()
    assert set(runner.delivery_states().values()) == {State.SENT}
    assert get_delivery(runner).attempts == 1


def test_a_kept_post_whose_pictures_have_moved_takes_them_from_their_new_place(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program is installed anew in another folder while a post waits for its second try."""
    old, new = tmp_path / "release-1.png", tmp_path / "release-2.png"
    old.write_bytes(b"picture")
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    workshop = Workshop(runner, monkeypatch)
    workshop.pictures = (Media(str(old), "alt"),)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.WAITING}
    old.rename(new)
    workshop.pictures = (Media(str(new), "alt"),)
    sqlite_testbed.clocks.advance_time(timedelta(hours=1))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    kept = get_delivery(runner).post
    assert kept is not None
    assert kept.pictures == workshop.pictures


def test_what_waits_for_a_repair_beyond_its_late_policy_is_missed_with_that_reason(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    Workshop(runner, monkeypatch).fault = FAULT
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(timedelta(days=1))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.MISSED}
    assert FAULT.problem in runner.delivery_reason("landing")


def test_a_fault_that_an_adapter_meets_holds_up_no_other_post(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """A picture that is there, and broken, is found out only when it is prepared."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    net.fail_next(LocalFault("the picture a.png cannot be read"))
    runner.run_pass()
    assert sorted(runner.delivery_states().values()) == [State.SENT, State.WAITING]
    assert any(delivery.needs_repair for delivery in runner.ledger.list_deliveries())
    sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    runner.run_pass()
    assert set(runner.delivery_states().values()) == {State.SENT}


def test_a_text_that_is_too_long_for_the_network_waits_and_is_worded_anew(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(LocalFault("the text counts 501 of 500; make its template shorter"))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.WAITING}
    runner.wording = "years"
    sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    runner.run_pass()
    assert [made.post.text for made in net.posts] == [f"{LANDING.title}: 11 years"]
