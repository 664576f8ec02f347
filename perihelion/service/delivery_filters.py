"""Which deliveries `status` lists: its filters and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from perihelion.model.deliveries import DeliveryFilter, State
from perihelion.model.errors import UsageError
from perihelion.schedule.suggestions import suggest_choice
from perihelion.service.clock import parse_day
from perihelion.service.options import as_option_type, override_environment, schedule_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import DeliverySummary

PAGE_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Listing:
    """The deliveries that were asked for; `length` and `page` (from 1) are None for all of them."""

    wanted: DeliveryFilter
    length: int | None = None
    page: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether any option was given."""
        return self.wanted != DeliveryFilter() or bool(self.length or self.page)

    def read_page(self, ledger: Ledger) -> tuple[list[DeliverySummary], bool]:
        """The page's deliveries, the latest due first, and whether more follow."""
        length, page = self.length or PAGE_LENGTH, self.page or 1
        found = ledger.list_summaries(self.wanted, length + 1, skip=(page - 1) * length)
        return found[:length], len(found) > length

    def read_all(self, ledger: Ledger) -> Iterator[dict[str, Any]]:
        """The fields of the same for programs: all that was asked for, or the page if one was."""
        if self.length or self.page:
            return (one._asdict() for one in self.read_page(ledger)[0])
        return ledger.stream_summaries(self.wanted)


def listing_options(verb: Callable[..., object]) -> Callable[..., object]:
    """Give a verb the filters, which it receives as `listing`, and the two environment options.

    `--state` is both: a name of a state filters, and anything else is the state folder.
    """

    @wraps(verb)
    def call(  # noqa: PLR0913 - one parameter for each option
        *,
        account: tuple[str, ...],
        state: tuple[str, ...],
        since: date | None,
        event: str | None,
        limit: int | None,
        page: int | None,
        schedule: str | None,
        **others: object,
    ) -> object:
        states, folder = _split_states(state)
        start = datetime.combine(since, time(), UTC) if since else None
        listing = Listing(DeliveryFilter(account, states, start, event or ""), limit, page)
        environ = override_environment(state=folder, schedule=schedule)
        return verb(listing=listing, environ=environ, **others)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call


def _split_states(values: tuple[str, ...]) -> tuple[tuple[State, ...], str | None]:
    """The states that were named, and the folder, if any. Raises UsageError for several folders."""
    states = tuple(State(one) for one in values if one in _STATES)
    folders = [one for one in values if one not in _STATES]
    if len(folders) > 1:
        raise UsageError(
            f"{' and '.join(folders)} cannot both be the state folder; the states are "
            + ", ".join(_STATES)
        )
    return states, folders[0] if folders else None


_STATES = tuple(one.value for one in State)


_OPTIONS = (
    click.option(
        "--account", metavar="NAME", multiple=True, help="Only this account; may be repeated."
    ),
    click.option(
        "--state",
        metavar="STATE|DIR",
        multiple=True,
        help="Only what is in this state, such as held; may be repeated. Anything else is the "
        "state folder, which overrides PERIHELION_STATE; write ./held for one of that name.",
    ),
    click.option(
        "--since",
        metavar="DATE",
        type=as_option_type(parse_day),
        help="Only what was due on this day (UTC) or later.",
    ),
    click.option("--event", metavar="ID", help="Only this event, or this mission."),
    click.option("--limit", type=click.IntRange(1), help=f"Deliveries on a page ({PAGE_LENGTH})."),
    click.option("--page", type=click.IntRange(1), help="Which page, from the latest due on."),
    schedule_option,
)


def require_known_accounts(listing: Listing, ledger: Ledger) -> None:
    """Raise UsageError if an account was asked for that the ledger does not know."""
    known = tuple(one.name for one in ledger.list_accounts())
    for name in listing.wanted.accounts:
        if name not in known:
            raise UsageError(f"the ledger has no account {name!r}; {suggest_choice(name, known)}")
