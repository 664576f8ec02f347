"""After ten years of a hundred accounts, nothing reads all deliveries or the whole history."""

from __future__ import annotations

import inspect
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.engine import open_engine
from perihelion.ledger.store import Ledger
from perihelion.ledger.values import PlanRequest
from perihelion.model.approvals import SignOff, Verdict
from perihelion.model.corrections import Means
from perihelion.model.deliveries import DeliveryFilter, DeliverySummary, State
from perihelion.model.posts import Receipt
from tests.fakes.database_fixtures import to_driver_url
from tests.fakes.ledger_testbed import (
    DAY,
    MINUTE,
    NOON,
    LedgerTestbed,
    make_delivery_post,
    make_key,
    make_planned,
    make_result,
    prepare_to_send,
)
from tests.fakes.query_plans import ACCOUNT_COUNT, EXPLAIN_OPTIONS, PlanRecorder, fill_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.model.corrections import Correction

ACCOUNTS = [f"a{number}" for number in range(ACCOUNT_COUNT)]
SENT, OPEN = make_key(5, "a7"), make_key(995, "a7")

_SMALL_TABLES = """
    address approve_deliveries clear_flags close exists get_creation_time get_first_worker_start
    get_server_time get_version get_version_or_none has_lagging_standby has_server_clock
    list_account_groups list_accounts list_flags list_pauses list_reports list_sign_offs
    list_workers load_adapter_value migrate pause_account record_heartbeat register_accounts
    register_worker reopen_account require_current_version require_undamaged require_writable
    resume_account save_adapter_value save_report set_flag_once switch_database
    unregister_worker wall_clock
"""
WITHOUT_DELIVERIES = frozenset(_SMALL_TABLES.split())
"""What reads and writes other tables, all of them small, or looks through the whole on purpose."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ledger, PlanRecorder]]:
    """A ledger with 100,000 deliveries, and what records how its statements are carried out."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('full') / 'ledger.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres").create_database("query_plans")
        url = to_driver_url(url)
    testbed = LedgerTestbed(url)
    engine = open_engine(url)
    testbed.open_ledger().migrate(NOON)
    fill_ledger(testbed, engine)
    engine.dispose()
    ledger = LedgerTestbed(
        url if request.param == "sqlite" else url + EXPLAIN_OPTIONS
    ).open_worker()
    ledger._engine.dispose()
    yield ledger, PlanRecorder(ledger._engine)
    ledger.close()
    testbed.close()


def exchange(ledger: Ledger) -> None:
    request = LedgerTestbed("").make_request(ACCOUNTS)
    prepared = [(one, prepare_to_send(one.delivery)) for one in ledger.list_ready(request)]
    outcome = ledger.exchange([], prepared, now=request.now, wall=request.wall)
    results = [make_result(claim) for claim in outcome.claims]
    ledger.exchange(results, [], now=request.now, wall=request.wall)


def plan_account(ledger: Ledger) -> None:
    planned = make_planned(2000, "a7")
    with ledger.planning([PlanRequest("a7", "local", NOON, NOON.date())]) as plan:
        plan.promise([planned], plan.read_promised([str(planned.key), str(OPEN)]))
    requests = [PlanRequest(name, "local", NOON, NOON.date()) for name in ACCOUNTS]
    with ledger.planning(requests, reads_only=True) as plan:
        assert set(plan.accounts) == set(ACCOUNTS)
        plan.read_promised([str(SENT), str(OPEN)])


def list_similar(ledger: Ledger) -> None:
    ledger.list_similar(ACCOUNTS, [make_delivery_post(ledger.get_delivery(SENT))])


def load_cards(ledger: Ledger) -> None:
    ledger.load_cards(SENT, make_delivery_post(ledger.get_delivery(SENT)))


def begin_correction(ledger: Ledger, number: int) -> Correction:
    post = make_delivery_post(ledger.get_delivery(SENT))
    return ledger.begin_correction(make_key(number, "a7"), Means.EDIT, "before", post, NOON)


def settle_correction(ledger: Ledger, number: int, state: State) -> Correction:
    made = begin_correction(ledger, number)
    ledger.settle_correction(made, replace(made, state=state), NOON)
    return replace(made, state=state)


CALLS: dict[str, Callable[[Ledger], object]] = {
    "begin_correction": lambda ledger: begin_correction(ledger, 10),
    "list_corrections": lambda ledger: ledger.list_corrections(SENT),
    "list_correction_history": lambda ledger: ledger.list_correction_history(
        begin_correction(ledger, 11)
    ),
    "settle_correction": lambda ledger: settle_correction(ledger, 12, State.SENT),
    "repeat_correction": lambda ledger: ledger.repeat_correction(
        settle_correction(ledger, 13, State.WAITING), NOON
    ),
    "delete_settled_pictures": Ledger.delete_settled_pictures,
    "exchange": exchange,
    "expire_claims": lambda ledger: ledger.expire_claims(NOON, lambda _name: MINUTE),
    "find_next_lookup_time": lambda ledger: ledger.find_next_lookup_time(ACCOUNTS, NOON),
    "find_next_ready_time": lambda ledger: ledger.find_next_ready_time(ACCOUNTS, NOON),
    "get_delivery": lambda ledger: ledger.get_delivery(SENT),
    "hold_planned": lambda ledger: ledger.hold_planned(
        make_planned(1999, "a7", state=State.HELD), NOON.date(), NOON
    ),
    "keep_one_of_double": lambda ledger: ledger.keep_one_of_double(SENT, "https://a.test/", NOON),
    "list_deliveries": lambda ledger: ledger.list_deliveries(limit=20),
    "list_history": lambda ledger: ledger.list_history(SENT),
    "list_known_doubles": Ledger.list_known_doubles,
    "list_posts_since": lambda ledger: ledger.list_posts_since("a7", NOON - DAY),
    "list_published": lambda ledger: ledger.list_published([SENT, OPEN]),
    "list_ready": lambda ledger: ledger.list_ready(LedgerTestbed("").make_request(ACCOUNTS)),
    "list_ready_accounts": lambda ledger: ledger.list_ready_accounts(NOON, NOON, "a7"),
    "list_sent": lambda ledger: ledger.list_sent("a7", NOON - 30 * DAY),
    "list_sent_times": lambda ledger: ledger.list_sent_times(NOON - 7 * DAY),
    "list_similar": list_similar,
    "list_states_by_day": lambda ledger: ledger.list_states_by_day((NOON - 7 * DAY).date()),
    "list_summaries": lambda ledger: ledger.list_summaries(DeliveryFilter(), 20, skip=20),
    "stream_summaries": lambda ledger: [*islice(ledger.stream_summaries(DeliveryFilter()), 4000)],
    "list_thread": lambda ledger: ledger.list_thread("a7", "year-in-space"),
    "load_cards": load_cards,
    "mark_missed": lambda ledger: ledger.mark_missed(NOON, ACCOUNTS),
    "mark_restored": lambda ledger: ledger.mark_restored(NOON, MINUTE),
    "planning": plan_account,
    "postpone_look_ups": lambda ledger: ledger.postpone_look_ups(MINUTE),
    "record_late_receipts": lambda ledger: ledger.record_late_receipts(
        [(OPEN, Receipt("1", "https://a.test/1"))], NOON
    ),
    "record_timeline_posts": lambda ledger: ledger.record_timeline_posts(
        [(make_planned(994, "a7"), Receipt("2", "https://a.test/2"), NOON)], NOON
    ),
    "release_approved": lambda ledger: ledger.release_approved(SENT, "approved", NOON),
    "release_lost_claims": lambda ledger: ledger.release_lost_claims((), NOON),
    "resolve_delivery": lambda ledger: ledger.resolve_delivery(
        make_key(993, "a7"), State.SENT, NOON, "https://a.test/3"
    ),
    "withdraw_approval": lambda ledger: ledger.withdraw_approval(
        SignOff(str(make_key(1998, "a7")), NOON, Verdict.WITHDRAWN, "Ada", ""), "withdrawn"
    ),
    "skip_paused": lambda ledger: ledger.skip_paused(NOON),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_statement_reads_a_whole_table(full: tuple[Ledger, PlanRecorder], name: str) -> None:
    ledger, recorder = full
    recorder.collect_scans()
    CALLS[name](ledger)
    assert recorder.collect_scans() == []


@pytest.mark.parametrize("state", list(State))
def test_a_list_of_one_state_reads_no_others(
    full: tuple[Ledger, PlanRecorder], state: State
) -> None:
    ledger, recorder = full
    recorder.collect_scans()
    ledger.list_deliveries([state], 20)
    assert recorder.collect_scans() == []


@pytest.mark.parametrize(
    "wanted",
    [
        DeliveryFilter(accounts=("a7",)),
        DeliveryFilter(states=(State.HELD, State.REJECTED)),
        DeliveryFilter(since=NOON - 30 * DAY),
        DeliveryFilter(event="m5/e5", since=NOON - 30 * DAY),
    ],
)
def test_a_filtered_list_reads_no_whole_table(
    full: tuple[Ledger, PlanRecorder], wanted: DeliveryFilter
) -> None:
    ledger, recorder = full
    recorder.collect_scans()
    found = [DeliverySummary(**one) for one in islice(ledger.stream_summaries(wanted), 20)]
    assert ledger.list_summaries(wanted, 20) == found
    assert recorder.collect_scans() == []


def test_every_method_of_the_ledger_is_asked() -> None:
    methods = {name for name, _ in inspect.getmembers(Ledger) if not name.startswith("_")}
    assert methods - WITHOUT_DELIVERIES - {"count_deliveries_by_state"} == set(CALLS)
