"""What operators and their monitors look at: health, readiness, metrics and the status page."""

from __future__ import annotations

import hmac
from threading import Lock
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from perihelion.model.approvals import AWAITS_APPROVAL
from perihelion.model.errors import LedgerUnavailable, LedgerVersionMismatch
from perihelion.service.attention import DEAD_AFTER, find_attention
from perihelion.service.console import format_age, format_minute
from perihelion.service.observed_accounts import list_observations
from perihelion.service.sent_alerts import list_sent_alerts
from perihelion.service.web.coming_week import list_coming_week
from perihelion.service.web.metrics import render_metrics
from perihelion.service.web.wrong_tokens import WrongTokens

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App

SHOWN_DELIVERIES = 50
_NO_STORE = {"Cache-Control": "no-store"}
_TEXT = "text/plain; charset=utf-8"


def make_operators(app: App) -> Blueprint:
    """The blueprint; the ledger is opened when it is first asked for, and only read."""
    operators = Blueprint("operators", __name__)
    views = _Operators(app)
    for rule, view in (
        ("/healthz", views.send_health),
        ("/readyz", views.send_readiness),
        ("/metrics", views.send_metrics),
        ("/status", views.show_status),
    ):
        operators.add_url_rule(rule, view_func=view)
    return operators


class _Operators:
    """One method for each address. `/metrics` and `/status` need the token, if there is one."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._wrong_tokens = WrongTokens()
        self._opened: Ledger | None = None
        self._lock = Lock()  # a process answers with several threads, and has one ledger

    def send_health(self) -> Response:
        """200 as long as the process answers."""
        return _send_text("ok\n")

    def send_readiness(self) -> Response:
        """200 if the ledger can be read and a worker has shown itself; otherwise 503 and why."""
        with self._lock:
            problem = self._find_problem()
        return _send_text(f"{problem or 'ready'}\n", 503 if problem else 200)

    def send_metrics(self) -> Response:
        """The figures in Prometheus's text format."""
        refusal = self._refuse()
        if refusal is not None:
            return refusal
        with self._lock:
            metrics = render_metrics(self._app, self._ledger)
        content_type = "text/plain; version=0.0.4; charset=utf-8"
        return Response(metrics, content_type=content_type, headers=_NO_STORE)

    def show_status(self) -> Response:
        """A page with what needs a person, what was sent, what is coming, accounts and workers."""
        refusal = self._refuse()
        if refusal is not None:
            return refusal
        with self._lock:
            problem = self._find_ledger_problem()
            if problem:
                return _send_text(f"{problem}\n", 503)
            return Response(self._render_status(), headers=_NO_STORE)

    def _render_status(self) -> str:
        ledger, clock = self._ledger, self._app.clock
        page = render_template(
            "status.html",
            attention=find_attention(self._app, ledger),
            counts=sorted(ledger.count_deliveries_by_state().items()),
            deliveries=ledger.list_deliveries(limit=SHOWN_DELIVERIES),
            accounts=ledger.list_accounts(),
            workers=ledger.list_workers(),
            coming=list_coming_week(self._app, ledger),
            alerts=list_sent_alerts(ledger),
            observations=list_observations(ledger),
            awaits_approval=AWAITS_APPROVAL,
            age_of=lambda instant: format_age(clock.real_now() - instant),
            minute=format_minute,
            now=clock.now(),
        )
        return self._app.program.name_commands(page)

    @property
    def _ledger(self) -> Ledger:
        if self._opened is None:
            self._opened = self._app.open_ledger()
        return self._opened

    def _find_ledger_problem(self) -> str:
        """Why the ledger cannot be shown; empty if it can."""
        try:
            if self._ledger.get_version_or_none() is None:
                return "there is no ledger yet"
            self._ledger.require_current_version()
        except (LedgerUnavailable, LedgerVersionMismatch) as error:
            return self._app.program.name_commands(self._app.redact(str(error)))
        return ""

    def _find_problem(self) -> str:
        problem = self._find_ledger_problem()
        if problem:
            return problem
        limit = max(DEAD_AFTER, 3 * self._app.settings.tick)
        ages = [self._app.clock.real_now() - one.beat_at for one in self._ledger.list_workers()]
        if min(ages, default=limit) >= limit:
            return f"no worker has shown itself for {format_age(min(ages, default=limit))}"
        return ""

    def _refuse(self) -> Response | None:
        """The answer to a request without the right token; None if it may go on.

        Without PERIHELION_STATUS_TOKEN there is no such page.
        """
        token = self._app.settings.status_token.reveal()
        if not token:
            return _send_text("set PERIHELION_STATUS_TOKEN to see this page\n", 404)
        now = self._app.clock.real_now()
        if self._wrong_tokens.are_too_many(now):
            return _send_text("too many wrong tokens; try again in a minute\n", 429)
        if hmac.compare_digest(_read_token().encode(), token.encode()):
            return None
        self._wrong_tokens.add(now)
        response = _send_text("the token is missing or wrong\n", 401)
        response.headers["WWW-Authenticate"] = 'Basic realm="Perihelion", charset="UTF-8"'
        return response


def _read_token() -> str:
    """The token of the request: a bearer's, or the password of any user."""
    given = request.authorization
    if given is None:
        return ""
    return given.token or given.password or ""


def _send_text(text: str, status: int = 200) -> Response:
    return Response(text, status, headers=_NO_STORE, content_type=_TEXT)
