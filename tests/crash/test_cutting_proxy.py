"""An outbound proxy that cuts connections: before a request, within it, and once it has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from perihelion.model.deliveries import State
from tests.fakes.crash_harness import CrashHarness
from tests.fakes.fault_proxy import FaultProxy

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = ("refuse", "cut_request:60")
AFTER = ("eof_after_request", "rst_after_request", "cut_response:40")
"""Once the whole request has arrived: the server has acted, and its answer is lost."""
CUTS = 6
"""So many connections break, looked-up pages included."""
EVERY = 3
"""Of so many connections one breaks, so that what needs two in a row succeeds now and then."""


class CuttingProxy(FaultProxy):
    """Breaks each third connection in one of `cuts`, in turn, until there were CUTS of them."""

    cuts: tuple[str, ...] = ()

    def _next_mode(self) -> tuple[str, str]:
        broken = sum(mode != "pass" for mode in self.modes_used)
        is_broken = broken < CUTS and len(self.modes_used) % EVERY == EVERY - 1
        mode = self.cuts[broken % len(self.cuts)] if is_broken and self.cuts else "pass"
        self.modes_used.append(mode)
        name, _, argument = mode.partition(":")
        return name, argument


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [BEFORE, AFTER], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["keyed", "lookup", "none"])
def test_a_proxy_that_cuts_connections_doubles_and_loses_nothing(
    kind: str, cuts: tuple[str, ...], database: str | None, tmp_path: Path
) -> None:
    with CrashHarness(tmp_path, kind, database, accounts=1, events=10) as harness:
        harness.create_old_ledger()
        (server,) = harness.servers.values()
        with CuttingProxy("127.0.0.1", urlsplit(server.url).port or 0) as proxy:
            harness.environ |= {"HTTP_PROXY": proxy.url, "PERIHELION_PATIENCE": "1"}
            proxy.cuts = cuts
            harness.run_until_settled()
            broken = [mode for mode in proxy.modes_used if mode != "pass"]
        states = harness.verify_deliveries()
        harness.verify_history()
    assert len(broken) >= CUTS / 2, proxy.modes_used
    if kind == "none":
        assert states[State.SENT], "what no byte has left of is sent again"
    else:
        assert states[State.HELD] <= CUTS / 2, "only what was lost twice"
