"""Acme's adapter with one mistake each. tests/contract/networks/test_mutated_adapters.py runs it.

Each look-up here is written by hand, as somebody might who does not know `timeline_reader`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from acme_case import AcmeCase
from acme_network import Acme

from perihelion.model.errors import NotSent, OutcomeUnknown, PublishError
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.http_client import HttpClient
from perihelion.testing.contexts import NOW
from perihelion.testing.http_contract import HttpContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.base import Context

Row = dict[str, Any]


class ByHand(Acme):  # type: ignore[misc]  # acme_network is on the path of the tests' own process only
    """Reads the timeline by hand, page after page."""

    def find(self, post: Post, token: str) -> Receipt | None:  # noqa: ARG002 - as in Acme
        rows = (row for row in self.read_rows(post) if row["text"] == post.text)
        return next(map(self._make_receipt, rows), None)

    def read_rows(self, _post: Post) -> Iterator[Row]:
        cursor, seen = "", set[str]()
        while True:
            page = self._fetch_page(cursor)
            yield from (one.item for one in page.entries)
            if page.has_more and (not page.entries or page.entries[0].id in seen):
                raise NotSent("there are more posts than the server shows")
            if not page.next_cursor:
                return
            seen.update(one.id for one in page.entries)
            cursor = page.next_cursor


class NoClockAllowance(ByHand):
    """Takes the server's clock for ours."""

    def read_rows(self, post: Post) -> Iterator[Row]:
        begun = datetime.fromisoformat(post.created_at)
        return (row for row in super().read_rows(post) if parse(row["at"]) >= begun)


class OwnClockForSince(ByHand):
    """Looks back for an hour from now, by its own clock."""

    def read_rows(self, post: Post) -> Iterator[Row]:
        since = self._context.now() - timedelta(hours=1)
        return (row for row in super().read_rows(post) if parse(row["at"]) >= since)


class FirstPageOnly(ByHand):
    """Calls absent what is not on the first page."""

    def read_rows(self, _post: Post) -> Iterator[Row]:
        return (one.item for one in self._fetch_page("").entries)


class RepeatedPageIsTheEnd(ByHand):
    """Stops where a page shows nothing new."""

    def read_rows(self, _post: Post) -> Iterator[Row]:
        cursor, seen = "", set[str]()
        while page := [one for one in self._fetch_page(cursor).entries if one.id not in seen]:
            yield from (one.item for one in page)
            seen.update(one.id for one in page)
            cursor = page[-1].id


class EmptyPageIsTheEnd(ByHand):
    """Stops at an empty page, whatever it says about further ones."""

    def read_rows(self, _post: Post) -> Iterator[Row]:
        cursor = ""
        while page := self._fetch_page(cursor).entries:
            yield from (one.item for one in page)
            cursor = page[-1].id


class FailingPageIsTheEnd(ByHand):
    """Stops at a page that fails, and answers from those before it."""

    def read_rows(self, post: Post) -> Iterator[Row]:
        rows = super().read_rows(post)
        yield next(rows)
        try:
            yield from rows
        except (PublishError, TypeError, KeyError):
            return


class OnlyTheSameText(ByHand):
    """Takes a post that is shown differently for another one."""


class ContinuesWhereItStopped(ByHand):
    """Looks at what is new since its last look-up only."""

    seen = 0

    def read_rows(self, post: Post) -> Iterator[Row]:
        rows = list(super().read_rows(post))
        first, self.seen = self.seen, self.seen + 1
        return iter(rows if first == 0 else [])


class AnyRefusalIsThePosts(Acme):  # type: ignore[misc]  # as above
    """Calls every 4xx a rejection of the post."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._http = HttpClient(context, classify=lambda status, _data: classify_status(status))


class AsksNobodyWhoItIs(Acme):  # type: ignore[misc]  # as above
    """Believes a refusal without asking whether the credentials are good."""

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - as in Acme
        answer = self._request("the post", "POST", "/posts", json={"text": post.text})
        made: Receipt = self._make_receipt(answer.data)
        return made


class SessionOfItsOwn(Acme):  # type: ignore[misc]  # as above
    """Sends by itself, and goes by the name of the exception."""

    def publish(self, post: Post, token: str) -> Receipt:  # noqa: ARG002 - as in Acme
        try:
            answer = requests.post(
                f"{self._base}/posts",
                json={"text": post.text, "lang": post.language, "answers": None},
                headers=self._headers,
                timeout=10,
            )
        except requests.exceptions.ProxyError as error:
            raise NotSent("the proxy failed") from error
        except requests.RequestException as error:
            raise OutcomeUnknown("no answer") from error
        made: Receipt = self._make_receipt(answer.json())
        return made


class ProxyErrorIsNotSent(SessionOfItsOwn):
    """The same, seen behind a proxy."""


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


MISTAKEN_REFUSALS = (AnyRefusalIsThePosts, AsksNobodyWhoItIs)
for adapter in (*ByHand.__subclasses__(), *MISTAKEN_REFUSALS, SessionOfItsOwn, ProxyErrorIsNotSent):
    case_type = type("MutatedCase", (AcmeCase,), {"adapter": adapter})
    name = f"Test{adapter.__name__}"
    globals()[name] = type(name, (HttpContract,), {"case_type": case_type})


class TestFakeWithoutClock(HttpContract):
    case_type = type("MutatedCase", (AcmeCase,), {"server_now": NOW})


class TestFakeWithoutPages(HttpContract):
    case_type = type("MutatedCase", (AcmeCase,), {"show_pages_of": lambda _self, _count: None})
