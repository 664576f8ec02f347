"""A sign of life to a monitor, such as healthchecks.io, which alerts somebody when it stops."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.networks.base import Secret

logger = logging.getLogger(__name__)

MIN_INTERVAL = timedelta(seconds=10)
"""However short the tick, no more than one heartbeat is sent in this time."""

CONNECT_SECONDS, READ_SECONDS, DEADLINE_SECONDS = 5.0, 5.0, 10.0
"""How long a heartbeat may take."""

_STATUS_UP = re.compile(r"(?<![^&])status=up(?![^&])")


class Heartbeat:
    """Sends heartbeats to the address in PERIHELION_HEARTBEAT; without one, sends nothing.

    The address is a secret: whoever knows it can send heartbeats, so it is never logged.
    """

    def __init__(self, url: Secret) -> None:
        self._url = url
        self._last_sent: datetime | None = None
        self._is_failing = False

    def send(self, now: datetime, *, needs_person: bool) -> None:
        """Send one, unless the last was sent moments ago; a failure is logged once."""
        if not self._url.reveal():
            return
        if self._last_sent is not None and abs(now - self._last_sent) < MIN_INTERVAL:
            return
        self._last_sent = now
        url = self._url.reveal()
        problem = _request(make_failure_url(url) if needs_person else url)
        if problem and not self._is_failing:
            logger.warning("heartbeat not sent; the next one is: %s", problem)
        elif self._is_failing and not problem:
            logger.info("heartbeats arrive again")
        self._is_failing = bool(problem)


def make_failure_url(url: str) -> str:
    """The address that reports a problem: `URL/fail`, or `status=down` where it says `status=up`.

    Uptime Kuma shows its addresses with that query; healthchecks.io takes `/fail`.
    """
    parts = urlsplit(url)
    if _STATUS_UP.search(parts.query):
        return urlunsplit(parts._replace(query=_STATUS_UP.sub("status=down", parts.query)))
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))


def _request(url: str) -> str:
    """Make one GET request; what went wrong, without the address, or nothing."""
    from requests import RequestException  # noqa: PLC0415 - heavy, and only needed with an address

    from perihelion.networks.shared.http_session import (  # noqa: PLC0415 - as above
        HttpSession,
        silence_urllib3,
    )

    silence_urllib3()
    try:
        with HttpSession((CONNECT_SECONDS, READ_SECONDS), DEADLINE_SECONDS) as session:
            status = session.get(url).status_code
    except (RequestException, OSError, ValueError) as error:
        return f"no answer ({type(error).__name__})"
    return "" if status < 300 else f"the answer was {status}"  # noqa: PLR2004 - HTTP's own limit of success
