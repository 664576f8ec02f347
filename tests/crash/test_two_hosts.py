"""Two hosts on one ledger: each has its own state folder, and one of them goes for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import CrashHarness, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.postgres import PostgresServer

ACCOUNTS, EVENTS = 3, 8


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_host_that_goes_for_good_is_replaced_by_another_one(
    kind: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.create_database(f"two_hosts_{kind}")
    with CrashHarness(tmp_path, kind, url, accounts=ACCOUNTS, events=EVENTS) as harness:
        harness.create_old_ledger()
        harness.set_latency(0.1, 0.3)
        hosts = [
            harness.start_bot("run", environ={"PERIHELION_STATE": str(tmp_path / name)})
            for name in ("host-1", "host-2")
        ]
        wait_until(lambda: all(host.has_started for host in hosts), hosts[0].read_output)
        wait_until(lambda: any(host.has_settled for host in hosts), hosts[0].read_output)
        gone, left = sorted(hosts, key=lambda host: not host.has_settled)
        gone.kill()
        assert not harness.is_settled()
        wait_until(harness.is_settled, harness.describe_open_deliveries, 60)
        assert left.is_alive(), left.read_output()
        states = harness.verify_deliveries()
        harness.verify_history()
    assert states[State.HELD] <= (ACCOUNTS if kind == "none" else 0), "only what was under way"
