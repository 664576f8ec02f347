"""An account's own statuses, read back page by page."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.server_clock import measure_clock_lag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from mastodon import Mastodon as Client

    from perihelion.networks.shared.http_client import HttpClient

MAX_PAGES = 25


class MastodonTimeline:
    """The statuses of the account with id `account`; `what` names it in errors."""

    def __init__(
        self, http: HttpClient, client: Client, account: str, what: str, now: Callable[[], datetime]
    ) -> None:
        self._http, self._client, self._account = http, client, account
        self._what, self._now = what, now

    def read_since(self, since: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Each status and when it was posted by the later clock, newest first, boosts left out.

        Ends with the page that reaches `since`. Raises NotSent where that is too far to look: an
        absence must be sure.
        """
        seen: set[str] = set()
        last: str | None = None
        for _ in range(MAX_PAGES):
            page = self._read_page(last)
            response = self._http.session.response
            clock_lag = measure_clock_lag(response.headers if response else {}, self._now())
            fresh = [status for status in page if str(status["id"]) not in seen]
            if not fresh:
                return
            seen.update(str(status["id"]) for status in fresh)
            last = str(fresh[-1]["id"])
            times = [_read_posted_at(status, clock_lag) for status in fresh]
            yield from (
                (at, one) for at, one in zip(times, fresh, strict=True) if not one.get("reblog")
            )
            if max(times) < since:
                return
        raise NotSent(f"{self._what} has too many posts to look through")

    def _read_page(self, before: str | None) -> list[dict[str, Any]]:
        with failures_as_not_sent():
            answer = self._http.capture_response(
                self._what,
                lambda: self._client.account_statuses(
                    self._account, exclude_reblogs=True, max_id=before, limit=40
                ),
            )
        if not isinstance(answer.data, list) or not all(map(_is_status, answer.data)):
            raise NotSent(f"{self._what} could not be read")
        return answer.data


def _parse_instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _read_posted_at(status: dict[str, Any], clock_lag: timedelta) -> datetime:
    """When it was posted. A time that no clock of ours can show is that of long ago."""
    with suppress(OverflowError):
        return _parse_instant(status["created_at"]) + clock_lag
    return datetime.min.replace(tzinfo=UTC)


def _is_status(status: object) -> bool:
    """Whether this holds what is needed of a status."""
    if not isinstance(status, dict):
        return False
    try:
        _parse_instant(status["created_at"])
    except (KeyError, TypeError, ValueError):
        return False
    return isinstance(status.get("id"), (str, int)) and isinstance(status.get("content"), str)
