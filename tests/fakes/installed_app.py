"""An App on an ordinary ledger whose clock is in the test's hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from perihelion.service.wiring import App, open_app
from tests.fakes import busy_day
from tests.fakes.bot_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DUE = datetime(2027, 3, 2, 15, tzinfo=UTC)
"""When the posts of the busy day are due."""


@dataclass
class ManualClock:
    """Both clocks of an App, which agree."""

    at: datetime = DUE - timedelta(hours=1)

    def now(self) -> datetime:
        return self.at

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        return max(0.0, (instant - self.at).total_seconds())


def open_app_at(
    folder: Path, clock: ManualClock, environ: Mapping[str, str] = MappingProxyType({})
) -> App:
    """An App whose local account has one post due at DUE."""
    day = busy_day.write_schedule(folder, 1, [("local", "local")])
    paths = {
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SCHEDULE": str(day.path),
        "PERIHELION_TEMPLATES": str(ROOT / "templates"),
    }
    return replace(open_app({**paths, **environ}), clock=clock)
