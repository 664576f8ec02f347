"""The ledger's figures for Prometheus."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable, LedgerVersionMismatch
from perihelion.networks import loader
from perihelion.service.attention import Need, find_attention
from perihelion.service.observed_accounts import list_observations
from perihelion.service.post_preview import select_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App

MEASURED_BACK = timedelta(days=7)
"""How far back what was sent counts for the times."""

QUANTILES = (0.5, 0.95, 1.0)


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
    now = app.clock.now()
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
    paused = Gauge(
        "perihelion_account_paused_until_timestamp_seconds",
        "Until when a rate limit, a refusal or spacing pauses an account; 0 if nothing does",
        ["account"],
        registry=registry,
    )
    for account in ledger.list_accounts():
        stopped.labels(account.name).set(account.credentials_refused)
        ends = account.resume_at if account.resume_at and account.resume_at > now else None
        paused.labels(account.name).set(ends.timestamp() if ends else 0)
    seen = Gauge(
        "perihelion_worker_last_seen_timestamp_seconds",
        "When a worker last showed itself",
        registry=registry,
    )
    beats = [one.beat_at.timestamp() for one in ledger.list_workers()]
    seen.set(max(beats, default=0))
    _add_times(registry, ledger, now)
    _add_observations(registry, ledger)
    _add_costs(registry, app, ledger)


def _add_times(registry: CollectorRegistry, ledger: Ledger, now: datetime) -> None:
    lateness, requests = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for one in ledger.list_sent_times(now - MEASURED_BACK):
        lateness[one.account].append((one.sent_at - one.due_at).total_seconds())
        if one.claimed_at is not None:
            requests[one.account].append((one.sent_at - one.claimed_at).total_seconds())
    for name, text, measured in (
        ("perihelion_lateness_seconds", "From the due time until a post was sent", lateness),
        ("perihelion_request_seconds", "From the claim to the answer that took a post", requests),
    ):
        gauge = Gauge(name, f"{text}, last 7 days", ["account", "quantile"], registry=registry)
        for account, seconds in measured.items():
            for quantile in QUANTILES:
                gauge.labels(account, f"{quantile:g}").set(_find_quantile(seconds, quantile))


def _find_quantile(values: Iterable[float], quantile: float) -> float:
    """The smallest of `values` that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(quantile * len(ordered)) - 1]


def _add_observations(registry: CollectorRegistry, ledger: Ledger) -> None:
    names = ("account",)
    remaining = Gauge(
        "perihelion_rate_budget_requests",
        "Requests that remained of a network's rate limit when it last said so",
        names,
        registry=registry,
    )
    seen = Gauge(
        "perihelion_rate_budget_seen_timestamp_seconds",
        "When it last said so",
        names,
        registry=registry,
    )
    expires = Gauge(
        "perihelion_token_expires_timestamp_seconds",
        "When an account's token expires, where that is known",
        names,
        registry=registry,
    )
    for account, one in list_observations(ledger).items():
        if one.remaining is not None:
            remaining.labels(account).set(one.remaining)
        if one.seen_at:
            seen.labels(account).set(one.seen_at.timestamp())
        if one.token_expires_at:
            expires.labels(account).set(one.token_expires_at.timestamp())


def _add_costs(registry: CollectorRegistry, app: App, ledger: Ledger) -> None:
    """This process may have no account's variables, so that the ledger says which are in use."""
    names = ("account",)
    spent = Gauge(
        "perihelion_month_cost_usd",
        "What the posts of this calendar month (UTC) cost",
        names,
        registry=registry,
    )
    budget = Gauge(
        "perihelion_month_budget_usd",
        "What they may cost, by the schedule",
        names,
        registry=registry,
    )
    known = {one.name: one.network for one in ledger.list_accounts()}
    for network in set(loader.paid_networks()) & set(known.values()):
        from perihelion.service.cost_forecast import sum_spending  # noqa: PLC0415 - only X costs money

        for account in select_accounts(app, network):
            if account.name in known:
                one = sum_spending(ledger, account, app.clock.now())
                spent.labels(account.name).set(float(one.spent))
                if one.budget:
                    budget.labels(account.name).set(float(one.budget.amount))
