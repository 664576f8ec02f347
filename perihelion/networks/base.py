"""The protocol that every network's adapter follows, and the values it uses."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits, Post, Receipt

REQUEST_DEADLINE = 25.0
"""Seconds that one request may take; leases and timeouts must not be shorter."""

_lease_check: ContextVar[Callable[[], None] | None] = ContextVar("lease_check", default=None)


@contextmanager
def lease_checked_by(check: Callable[[], None]) -> Iterator[None]:
    """Have `require_lease` call `check` in this thread, as long as the context lasts."""
    token = _lease_check.set(check)
    try:
        yield
    finally:
        _lease_check.reset(token)


def require_lease() -> None:
    """Raise NotSent if the claim behind this request is no longer ours.

    An adapter calls it at the last moment before a create request leaves, when nothing that may
    take time stands between; `shared.http_session` does so for every request it sends.
    """
    check = _lease_check.get()
    if check is not None:
        check()


class Secret:
    """A value that is never shown in a repr, a log, an error or a format string."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for a request."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class DedupeMethod(StrEnum):
    """How a network prevents or reveals a duplicate post."""

    KEYED = "keyed"
    """Within the window, the same token gives the same post."""
    LOOKUP = "lookup"
    """The account's own posts can be read back."""
    NONE = "none"
    """Neither: a post with an unknown outcome is held for a person."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """What a network promises about duplicates.

    KEYED is valid for `window` after the first try (None: permanently). With `then_lookup`, posts
    can be read back as well, so that LOOKUP takes over after the window.
    """

    method: DedupeMethod
    window: timedelta | None = None
    then_lookup: bool = False

    @property
    def has_lookup(self) -> bool:
        """Whether posts can be looked up, first of all or once the key's window has closed."""
        return self.method is DedupeMethod.LOOKUP or self.then_lookup


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials they are, as `check` found. `notes` are lines for `doctor`."""

    handle: str
    url: str | None = None
    notes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishedPost:
    """A post on the account's own timeline; `text` is plain, as a reader sees it."""

    receipt: Receipt
    text: str
    posted_at: datetime
    token: str | None = None
    """The idempotency token, if the network keeps it with the post."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable of an account, without its prefix: `TOKEN`, `URL`, ..."""

    name: str
    secret: bool = False
    required: bool = True
    default: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One option in schedule.yaml for accounts on this network.

    Its value is one of `choices`, or any text without them; if it `names_place`, posts go there.
    """

    name: str
    choices: tuple[str, ...] = ()
    help: str = ""
    names_place: bool = False


class AdapterMemory(Protocol):
    """A few values that an adapter saves between runs, such as session tokens, encrypted."""

    def get(self, name: str) -> str | None:
        """The value last saved under `name`, or None."""

    def put(self, name: str, value: str) -> None:
        """Save `value` under `name`; it is on disk when this returns."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an adapter is built from. `values` are its variables, by name without prefix.

    `now` gives the current instant (UTC), for expiry and windows only, never for a post's content.
    """

    account: Account
    values: Mapping[str, Secret]
    memory: AdapterMemory
    now: Callable[[], datetime]
    state_folder: str = "state"
    timeout: tuple[float, float] = (5, 20)
    """Seconds to wait for a connection, and for the next bytes of an answer."""
    deadline: float = REQUEST_DEADLINE
    """Seconds that one request may take in total, however slowly its answer arrives."""

    def get_value(self, name: str) -> str:
        """One variable in the clear, without white space around it, or the empty string."""
        secret = self.values.get(name)
        return secret.reveal().strip() if secret else ""


@runtime_checkable
class Network(Protocol):
    """One account on one network. Building it makes no request; every call has a timeout.

    `publish` makes at most one create request and never retries. It raises exactly one of Rejected,
    Credentials, NotSent and OutcomeUnknown; any other exception counts as unknown.
    """

    name: str

    @property
    def limits(self) -> Limits:
        """What the network accepts. May ask the server once; otherwise static defaults."""

    @property
    def dedupe(self) -> Dedupe:
        """What the network promises about duplicates."""

    def check(self) -> Identity:
        """Check the credentials without writing. Raises Credentials, NotSent or OutcomeUnknown."""

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the post. `token` is the idempotency token, the same for the same delivery."""

    def find(self, post: Post, token: str) -> Receipt | None:
        """Look the post up on the account's own timeline; None means that it is surely absent.

        Raises NotSent if that cannot be found out, and AmbiguousMatch if a post of that time says
        nearly the same. Only for networks with LOOKUP.
        """

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts since `since` (UTC), newest first, or () if it cannot."""

    def not_before(self) -> datetime | None:
        """When the network's own rate limit ends (UTC), or None."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What is known about a network before an account is connected to it.

    `connect` builds an adapter without any request, and may raise ConfigurationError. `limits` are
    valid unless the server has its own. `variants` are the sets of variables with which an account
    can be set up; most networks have one, and that of local is empty. `read_options` checks options
    without choices, and raises ConfigurationError. `login` is the sign-in, as "module:function", or
    empty. `limits_of` gives the limits for accounts whose options change them.
    """

    name: str
    connect: Callable[[Context], Network]
    limits: Limits
    variants: tuple[tuple[Variable, ...], ...] = ((),)
    options: tuple[Option, ...] = ()
    login: str = ""
    read_options: Callable[[Account], object] | None = None
    limits_of: Callable[[Account], Limits] | None = None
    is_paid: bool = False
    """Whether its posts cost money; its adapter is then a PaidNetwork."""

    def limits_for(self, account: Account) -> Limits:
        """The limits for `account` unless the server has its own."""
        return self.limits_of(account) if self.limits_of else self.limits


@dataclass(frozen=True, slots=True)
class BudgetResult:
    """The post that the budget allows, or None until `wait_until`; `reason` says why it differs."""

    post: Post | None
    reason: str = ""
    wait_until: datetime | None = None


@runtime_checkable
class PaidNetwork(Protocol):
    """A network whose posts cost money; its budget is checked before a post is claimed."""

    def billed_since(self, now: datetime) -> datetime:
        """When the current billing period began (UTC)."""

    def check_budget(
        self, post: Post, earlier_posts: Sequence[Post], now: datetime
    ) -> BudgetResult:
        """Whether the budget allows `post` after the `earlier_posts` of this billing period."""
