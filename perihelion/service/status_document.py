"""What `status --json` prints, and the parts of it that its tables show as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perihelion.networks import loader
from perihelion.service.audit_results import list_results
from perihelion.service.console import format_age, select_fields
from perihelion.service.pause_texts import pause_to_json
from perihelion.service.sign_off import list_awaiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Pause
    from perihelion.service.attention import Attention
    from perihelion.service.wiring import App

EMPTY_STATUS: dict[str, Any] = {
    "deliveries": {},
    "list": [],
    "accounts": [],
    "workers": [],
    "born_at": None,
    "budgets": [],
    "last_seen": None,
    "attention": [],
    "pauses": [],
    "approvals": [],
    "audits": [],
}


def describe_status(
    app: App, ledger: Ledger, attention: list[Attention], listed: Iterator[dict[str, Any]]
) -> dict[str, object]:
    """The whole document; `list` is an iterator over what is `listed`, in which nothing is kept."""
    accounts = ("name", "network", "known_since", "resume_at")
    return {
        "deliveries": ledger.count_deliveries_by_state(),
        "list": listed,
        "accounts": [
            {
                **select_fields(one, *accounts),
                "stopped": one.credentials_refused,
                "reason": one.reason,
            }
            for one in ledger.list_accounts()
        ],
        "workers": [
            select_fields(one, "id", "version", "beat_at", "stopped_at")
            for one in ledger.list_workers()
        ],
        "born_at": ledger.get_creation_time(),
        "budgets": list_budgets(app, ledger),
        "last_seen": find_last_seen(app, ledger),
        "pauses": [pause_to_json(pause) for pause in list_current_pauses(app, ledger)],
        "audits": [
            {
                **select_fields(one, "account", "at"),
                "findings": [
                    select_fields(each, "difference", "key", "url", "text") for each in one.findings
                ],
            }
            for one in list_results(ledger)
        ],
        "approvals": [
            {"key": str(one.key), **select_fields(one, "due_at", "title", "missing")}
            for one in list_awaiting(app, ledger)
        ],
        "attention": [select_fields(one, "need", "subject", "text") for one in attention],
    }


def list_current_pauses(app: App, ledger: Ledger) -> list[Pause]:
    """The pauses that have not ended."""
    now = app.clock.now()
    return [pause for pause in ledger.list_pauses() if pause.lasts(now)]


def list_budgets(app: App, ledger: Ledger) -> list[str]:
    """What was spent this month on each account whose posts cost money."""
    if not any(loader.load_spec(account.network).is_paid for account in app.accounts):
        return []
    from perihelion.service.cost_forecast import list_spending  # noqa: PLC0415 - only X costs money

    return [line for account in app.accounts for line in list_spending(app, ledger, account)]


def find_last_seen(app: App, ledger: Ledger) -> dict[str, Any] | None:
    """The worker that showed itself last, and how long ago."""
    for worker in ledger.list_workers():
        age = app.clock.real_now() - worker.beat_at
        return {
            "worker": worker.id,
            "at": worker.beat_at,
            "seconds_ago": max(0, int(age.total_seconds())),
            "ago": format_age(age),
        }
    return None
