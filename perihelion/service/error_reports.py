"""Errors for Sentry, or a service with its protocol: what the log calls an error, and crashes.

Nothing leaves without SENTRY_DSN. No local variables, no requests and no names of machines are
sent, and each text goes through the same redaction as the log.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from perihelion import __version__
from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.networks.base import Secret

FLUSH_SECONDS = 2.0
"""How long the end of a process waits for its last report: far less than a platform's patience."""


def start_error_reports(dsn: Secret, redact: Callable[[str], str]) -> None:
    """Report errors from now on, in this process; without a DSN, do nothing.

    Reports are sent by a thread of their own, and a service that is down only loses them. Raises
    ConfigurationError, which does not show the DSN.
    """
    if not dsn.reveal():
        return
    try:
        import sentry_sdk  # noqa: PLC0415 - optional, and only needed with a DSN
        from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415 - as above
        from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415 - as above
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415 - as above
    except ImportError:
        raise _make_error("needs sentry-sdk: run `pip install sentry-sdk`, or unset it") from None
    try:
        sentry_sdk.init(
            dsn=dsn.reveal(),
            release=f"perihelion@{__version__}",
            default_integrations=False,
            integrations=[
                LoggingIntegration(level=None, event_level=logging.ERROR),
                AtexitIntegration(callback=lambda _pending, _timeout: None),
            ],
            before_send=lambda event, _hint: redact_report(event, redact),
            include_local_variables=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            server_name="",
            shutdown_timeout=FLUSH_SECONDS,
        )
    except BadDsn:
        raise _make_error("is no DSN; Sentry shows it in the project's settings") from None


def report_crash(error: BaseException) -> None:
    """Report an error that ends the process, if reports were started."""
    if sys.modules.get("sentry_sdk"):
        import sentry_sdk  # noqa: PLC0415 - optional

        sentry_sdk.capture_exception(error)
        sentry_sdk.flush(FLUSH_SECONDS)


def redact_report(value: Any, redact: Callable[[str], str]) -> Any:  # noqa: ANN401 - a report is any JSON
    """`value` with every text in it redacted, names of fields included."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            redact_report(name, redact): redact_report(one, redact) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_report(one, redact) for one in value]
    return value


def _make_error(problem: str) -> ConfigurationError:
    location = SourceLocation("environment")
    return ConfigurationError([Mistake(location, "setting", f"SENTRY_DSN {problem}")])
