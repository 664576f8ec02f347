"""An account's own statuses, read back page by page."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import NotSent
from perihelion.networks.shared.clocks import lag
from perihelion.networks.shared.outcomes import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from mastodon import Mastodon as Client

    from perihelion.networks.shared.http import Wire

PAGES = 25


class Timeline:
    """The statuses of the account with id `account`; `what` names it in errors."""

    def __init__(
        self, wire: Wire, client: Client, account: str, what: str, now: Callable[[], datetime]
    ) -> None:
        self._wire, self._client, self._account = wire, client, account
        self._what, self._now = what, now

    def since(self, since: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """Each status and when it was posted by the later clock, newest first, boosts left out.

        Ends with the page that reaches `since`. Raises NotSent where that is too far to look: an
        absence must be sure.
        """
        seen: set[str] = set()
        last: str | None = None
        for _ in range(PAGES):
            page = self._page(last)
            response = self._wire.session.response
            ahead = lag(response.headers if response else {}, self._now())
            fresh = [status for status in page if str(status["id"]) not in seen]
            if not fresh:
                return
            seen.update(str(status["id"]) for status in fresh)
            last = str(fresh[-1]["id"])
            times = [_by_our_clock(status, ahead) for status in fresh]
            yield from (
                (at, one) for at, one in zip(times, fresh, strict=True) if not one.get("reblog")
            )
            if max(times) < since:
                return
        raise NotSent(f"{self._what} has too many posts to look through")

    def _page(self, before: str | None) -> list[dict[str, Any]]:
        with reading():
            answer = self._wire.call(
                self._what,
                lambda: self._client.account_statuses(
                    self._account, exclude_reblogs=True, max_id=before, limit=40
                ),
            )
        if not isinstance(answer.data, list) or not all(map(_is_status, answer.data)):
            raise NotSent(f"{self._what} could not be read")
        return answer.data


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _by_our_clock(status: dict[str, Any], ahead: timedelta) -> datetime:
    """When it was posted. A time that no clock of ours can show is that of long ago."""
    with suppress(OverflowError):
        return _instant(status["created_at"]) + ahead
    return datetime.min.replace(tzinfo=UTC)


def _is_status(status: object) -> bool:
    """Whether this holds what is needed of a status."""
    if not isinstance(status, dict):
        return False
    try:
        _instant(status["created_at"])
    except (KeyError, TypeError, ValueError):
        return False
    return isinstance(status.get("id"), (str, int)) and isinstance(status.get("content"), str)
