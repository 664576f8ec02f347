"""How a server's timeline is spoiled for the contract suite, whatever the network's API.

Each function puts itself before the application of the case's server, and concerns only the
requests that `is_lookup` names.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.testing.cases import HttpCase
    from perihelion.testing.http_server import Reply, Request


def spoil_pages(case: HttpCase, spoil: Callable[[int, Callable[[], Reply]], Reply]) -> None:
    """Answer each look-up with `spoil(number, answer)`; `answer` gives the server's own.

    `number` counts the look-ups from 0.
    """
    app, numbers = case.server.app, itertools.count()

    def handle_request(request: Request) -> Reply:
        if not case.is_lookup(request):
            return app(request)
        return spoil(next(numbers), lambda: app(request))

    case.server.app = handle_request


def repeat_first_page(case: HttpCase) -> None:
    """The server ignores the cursor, and answers with its first page again and again."""
    first: list[Reply] = []

    def repeat(_number: int, answer: Callable[[], Reply]) -> Reply:
        first.extend([] if first else [answer()])
        return first[0]

    spoil_pages(case, repeat)


def replace_page(case: HttpCase, position: int, page: Reply) -> None:
    """The page at `position` (from 0) is `page` instead."""
    spoil_pages(case, lambda number, answer: page if number == position else answer())


def show_differently(case: HttpCase, change: Callable[[str], str]) -> None:
    """The server shows each text as `change` makes it."""

    def change_page(_number: int, answer: Callable[[], Reply]) -> Reply:
        page = answer()
        return page if page.data is None else replace(page, data=_change_texts(page.data, change))

    spoil_pages(case, change_page)


class LateTimeline:
    """A server that shows new posts late: while `is_late`, as it answered before that."""

    def __init__(self, case: HttpCase) -> None:
        self.is_late = False
        self._earlier: list[Reply] = []
        self._replayed: Iterator[Reply] | None = None
        spoil_pages(case, self._answer)

    def _answer(self, _number: int, answer: Callable[[], Reply]) -> Reply:
        if not self.is_late:
            self._earlier.append(answer())
            return self._earlier[-1]
        self._replayed = self._replayed or itertools.cycle(self._earlier)
        return next(self._replayed)


def _change_texts(data: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list):
        return [_change_texts(one, change) for one in data]
    if isinstance(data, dict):
        return {name: _change_texts(one, change) for name, one in data.items()}
    return data
