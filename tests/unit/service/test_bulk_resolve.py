"""Many deliveries are settled at once, once a person has seen which."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.service.bulk_resolve import Selection, list_selected, resolve_deliveries
from perihelion.service.cli import run_command
from perihelion.service.commands.resolve import command
from tests.fakes.ledger_testbed import NOON, make_key, make_planned, make_result
from tests.fakes.schedule_texts import schedule_with_one_event

if TYPE_CHECKING:
    from tests.fakes.ledger_testbed import LedgerTestbed

CREDENTIALS = ["--state", "rejected", "--account", "mastodon", "--reason", "CREDENTIALS"]


@pytest.fixture
def rejected(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> LedgerTestbed:
    """Two deliveries refused over credentials, and two others that were not meant."""
    ledger = sqlite_testbed.open_worker()
    reasons = {1: "Bad credentials", 2: "credentials: revoked", 3: "too rude"}
    for number, reason in reasons.items():
        sqlite_testbed.promise_deliveries(ledger, make_planned(number))
        (claim,) = sqlite_testbed.claim_deliveries(ledger)
        sqlite_testbed.settle_claims(ledger, make_result(claim, State.REJECTED, reason=reason))
    sqlite_testbed.promise_deliveries(ledger, make_planned(1, "x"))
    (claim,) = sqlite_testbed.claim_deliveries(ledger, accounts=("x",))
    sqlite_testbed.settle_claims(ledger, make_result(claim, State.REJECTED, reason="credentials"))
    monkeypatch.setenv("DATABASE_URL", sqlite_testbed.url)
    (tmp_path / "schedule.yaml").write_text(schedule_with_one_event(), "utf-8")
    monkeypatch.chdir(tmp_path)
    return sqlite_testbed


def list_states(testbed: LedgerTestbed) -> list[State]:
    return [testbed.delivery_state(number) for number in (1, 2, 3)] + [
        testbed.delivery_state(1, "x")
    ]


REJECTED = [State.REJECTED] * 4
RETRIED = [State.WAITING, State.WAITING, State.REJECTED, State.REJECTED]


def resolve(*arguments: str) -> int:
    return run_command(command, [*CREDENTIALS, *arguments])


def test_a_dry_run_shows_what_would_be_settled_and_changes_nothing(
    rejected: LedgerTestbed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert resolve("--retry", "--dry-run") == 0
    said = capsys.readouterr().out
    assert str(make_key(1)) in said
    assert str(make_key(2)) in said
    assert str(make_key(3)) not in said
    assert "2 deliveries would become waiting; nothing was changed" in said
    assert list_states(rejected) == REJECTED


@pytest.mark.parametrize(("answer", "expected"), [("y\n", (0, RETRIED)), ("n\n", (1, REJECTED))])
def test_a_person_sees_them_and_is_asked(
    rejected: LedgerTestbed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    expected: tuple[int, list[State]],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    code = resolve("--retry")
    said = capsys.readouterr()
    assert "Bad credentials" in said.out
    assert "Make 2 deliveries waiting?" in said.err
    assert (code, list_states(rejected)) == expected


def test_where_nobody_answers_nothing_is_changed_and_the_way_out_is_named(
    rejected: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert resolve("--retry") == 1
    assert "Nothing was changed; add --yes" in capsys.readouterr().err
    assert list_states(rejected) == REJECTED


def test_with_yes_they_are_settled_unasked_and_told_as_json(
    rejected: LedgerTestbed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert resolve("--retry", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {"key": str(make_key(number)), "before": "rejected", "state": "waiting", "problem": ""}
        for number in (1, 2)
    ]
    assert list_states(rejected) == RETRIED


def test_nothing_that_matches_is_no_failure(
    rejected: LedgerTestbed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(command, ["--state", "held", "--skip"]) == 0
    assert "Nothing matches" in capsys.readouterr().out
    assert run_command(command, ["--state", "held", "--skip", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert list_states(rejected) == REJECTED


def test_before_a_doubtful_post_is_tried_again_the_risk_is_named(
    sqlite_testbed: LedgerTestbed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned())
    (claim,) = sqlite_testbed.claim_deliveries(ledger)
    sqlite_testbed.settle_claims(ledger, make_result(claim, State.HELD))
    monkeypatch.setenv("DATABASE_URL", sqlite_testbed.url)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run_command(command, ["--state", "held", "--retry"]) == 1
    said = capsys.readouterr()
    assert "each that was will be posted twice" in said.out
    assert "Make 1 delivery waiting?" in said.err


def test_one_that_somebody_else_settled_meanwhile_is_named_and_stops_no_other(
    rejected: LedgerTestbed,
) -> None:
    ledger = rejected.ledgers[0]
    selection = Selection(State.REJECTED, State.WAITING, "mastodon", "credentials")
    found = list_selected(ledger, selection)
    ledger.resolve_delivery(make_key(1), State.SENT, NOON, "https://example.org/1")
    results = {
        one.key: (after, problem)
        for one, after, problem in resolve_deliveries(ledger, found, selection, NOON)
    }
    assert results[make_key(2)] == (State.WAITING, "")
    after, problem = results[make_key(1)]
    assert after is State.SENT
    assert "nothing is published twice" in problem


def test_a_state_folder_may_be_named_beside_the_state(
    rejected: LedgerTestbed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    folder = str(Path(rejected.url.removeprefix("sqlite:///")).parent)
    assert resolve("--state", folder, "--skip", "--yes") == 0
    assert f"{make_key(1)} is now skipped" in capsys.readouterr().out
    assert rejected.delivery_state(1) is State.SKIPPED
