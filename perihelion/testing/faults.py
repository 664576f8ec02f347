"""How a server's answers are spoiled for the contract suite, and how long an adapter may wait."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

from perihelion.testing.http_server import Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.testing.http_server import Request

LOST_ANSWERS = {
    "no answer": Fault(acted=True, hang=True),
    "cut before the answer": Fault(acted=True, cut_after=0),
    "cut in the headers": Fault(acted=True, cut_after=20),
    "cut in the body": Fault(acted=True, cut_after=-3),
    "a drip": Fault(acted=True, drip=0.5),
    "no JSON": Fault(acted=True, reply=Reply(200, body=b"<html>fine</html>")),
    "an empty answer": Fault(acted=True, reply=Reply(200, body=b"")),
    "JSON that names nothing": Fault(acted=True, reply=Reply(200, {})),
    "JSON of another shape": Fault(acted=True, reply=Reply(200, [["id"]])),
    "null": Fault(acted=True, reply=Reply(200, None)),
    "endless JSON": Fault(acted=True, reply=Reply(200, body=b"[" * 3_000_000)),
    "a broken encoding": Fault(
        acted=True, reply=Reply(200, body=b"{}", headers={"Content-Encoding": "gzip"})
    ),
    "see other": Fault(acted=True, reply=Reply(303, {}, headers={"Location": "/elsewhere"})),
}
"""Answers after which nobody knows: in each of them the post was in fact made."""
UPLOAD_FAULTS = {
    "refused": Fault(Reply(422, {"error": "no"})),
    "broken": Fault(Reply(500, {"error": "no"})),
    "cut off": LOST_ANSWERS["cut in the body"],
    "no JSON": LOST_ANSWERS["no JSON"],
}
"""What may happen to an upload when another one is done."""
SHORT_PATIENCE = 2.0
"""Seconds that an adapter waits for what never comes: longer than a busy machine stands still."""
MAX_SECONDS = 60.0
"""Seconds: far above any patience here, even where the machine stands still, and far below a
hanging server's 120 or the time that a dripping answer takes."""


class SilentFault(Protocol):
    """Any kind of fault that may be one of silence."""

    @property
    def hang(self) -> bool: ...

    @property
    def drip(self) -> float: ...


def patience_for(fault: SilentFault) -> float:
    """The patience that ends in time where `fault` would not, and has time for everything else."""
    return SHORT_PATIENCE if fault.hang or fault.drip else 10


def skip_first(count: int, matches: Callable[[Request], bool]) -> Callable[[Request], bool]:
    """What `matches`, once so many of its kind have gone by."""
    seen = itertools.count()
    return lambda request: matches(request) and next(seen) >= count
