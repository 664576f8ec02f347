"""How busy the machine is with other things: what every aim is stated with."""

from __future__ import annotations

import os
import sys

MAX_LOAD = 1.0
"""Above it, a benchmark writes no results: they would say more about the machine."""
LOAD_AT_START = os.getloadavg()[0]
"""Of the last minute, before the benchmark itself made any."""


def describe_load() -> str:
    """For a sentence about an aim: the load before the benchmark began."""
    return f"load {LOAD_AT_START:.1f} at the start on {os.cpu_count()} cores"


def require_quiet_machine(*, writes: bool) -> None:
    """End the process if results are to be written on a machine that is busy already."""
    if writes and LOAD_AT_START > MAX_LOAD:
        sys.exit(
            f"nothing was measured: the {describe_load()} is above {MAX_LOAD:g}. Wait until the "
            "machine is quiet, or leave out --write"
        )
