"""The ledger's figures for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable, LedgerVersionMismatch
from perihelion.service.attention import Need, find_attention

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App


def render_metrics(app: App, ledger: Ledger) -> bytes:
    """The text format. Without a ledger that can be read, only `perihelion_ledger_up` is 0."""
    registry = CollectorRegistry()
    up = Gauge("perihelion_ledger_up", "Whether the ledger can be read", registry=registry)
    try:
        ledger.require_current_version()
        _add_ledger_metrics(registry, app, ledger)
        up.set(1)
    except (LedgerUnavailable, LedgerVersionMismatch):
        up.set(0)
    return generate_latest(registry)


def _add_ledger_metrics(registry: CollectorRegistry, app: App, ledger: Ledger) -> None:
    deliveries = Gauge(
        "perihelion_deliveries", "Deliveries in each state", ["state"], registry=registry
    )
    counts = ledger.count_deliveries_by_state()
    for state in State:
        deliveries.labels(state.value).set(counts.get(state, 0))
    attention = Gauge(
        "perihelion_attention", "What needs a person, by reason", ["need"], registry=registry
    )
    needs = Counter(one.need for one in find_attention(app, ledger))
    for need in Need:
        attention.labels(need.value).set(needs.get(need, 0))
    stopped = Gauge(
        "perihelion_account_stopped",
        "Whether an account's credentials are refused",
        ["account"],
        registry=registry,
    )
    for account in ledger.list_accounts():
        stopped.labels(account.name).set(account.credentials_refused)
    seen = Gauge(
        "perihelion_worker_last_seen_timestamp_seconds",
        "When a worker last showed itself",
        registry=registry,
    )
    beats = [one.beat_at.timestamp() for one in ledger.list_workers()]
    seen.set(max(beats, default=0))
