"""What a network is to Perihelion: the protocol every adapter follows, and its vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from perihelion.model.accounts import Account
    from perihelion.model.posts import Limits, Post, Receipt

Read = TypeVar("Read")

REQUEST_DEADLINE = 25.0
"""Seconds that one request may take; what is set for leases and patience must not be less."""


class Secret:
    """A value that shows itself to nobody: not in a repr, a log, an error or a format string."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the request that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class DedupeMethod(StrEnum):
    """How a network lets us know that a post already exists."""

    KEYED = "keyed"
    """The same token again gives the same post, inside the window."""
    LOOKUP = "lookup"
    """The account's own posts can be read back."""
    NONE = "none"
    """Neither: an unknown outcome is held for a person."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """What a network promises about repeats.

    KEYED holds for `window` after the first try (None: for ever). `then_lookup` says that posts
    can be read back as well, so that LOOKUP takes over once the window has closed.
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
    """Who the credentials belong to, as `check` found out. `notes` are lines for `doctor`."""

    handle: str
    url: str | None = None
    notes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishedPost:
    """A post found on the account's own timeline; `text` is plain, as a reader sees it."""

    receipt: Receipt
    text: str
    posted_at: datetime
    token: str | None = None
    """The idempotency token, where the network keeps it with the post."""


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
    """One thing that only accounts on this network may say in schedule.yaml's `options`.

    With `choices` it must be one of them; without, any text will do.
    """

    name: str
    choices: tuple[str, ...] = ()
    help: str = ""


class AdapterMemory(Protocol):
    """A few values an adapter keeps between runs (session tokens, container ids), encrypted."""

    def get(self, name: str) -> str | None:
        """The value last put under `name`, or None."""

    def put(self, name: str, value: str) -> None:
        """Keep `value` under `name`; on disk when this returns."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that an adapter is built from. `values` holds its variables, by name without prefix.

    `now` gives the present UTC instant; only for expiry and windows, never for what a post says.
    """

    account: Account
    values: Mapping[str, Secret]
    memory: AdapterMemory
    now: Callable[[], datetime]
    state_folder: str = "state"
    timeout: tuple[float, float] = (5, 20)
    """Seconds to wait for a connection, and for the next byte of an answer."""
    deadline: float = REQUEST_DEADLINE
    """Seconds that one request may take as a whole, however slowly its answer drips in."""

    def get_value(self, name: str) -> str:
        """One variable in the clear, or the empty string."""
        secret = self.values.get(name)
        return secret.reveal() if secret else ""


@runtime_checkable
class Network(Protocol):
    """One account on one network. Built without any request; every call has a timeout.

    `publish` makes at most one create request, never retries, and raises exactly one of Rejected,
    Credentials, NotSent and OutcomeUnknown; anything else it lets out counts as unknown.
    """

    name: str

    @property
    def limits(self) -> Limits:
        """What the network takes. May ask the server once; static defaults when it cannot."""

    @property
    def dedupe(self) -> Dedupe:
        """What the network promises about repeats."""

    def check(self) -> Identity:
        """Prove the credentials. Writes nothing. Raises Credentials, NotSent or OutcomeUnknown."""

    def publish(self, post: Post, token: str) -> Receipt:
        """Make the post. `token` is the idempotency token, equal for equal deliveries."""

    def find(self, post: Post, token: str) -> Receipt | None:
        """Look the post up on the account's own timeline; None means that it is not there.

        Raises NotSent when the answer could not be had. LOOKUP networks only.
        """

    def recent(self, since: datetime) -> tuple[PublishedPost, ...]:
        """The account's own posts since `since` (UTC), newest first, where they can be listed."""

    def not_before(self) -> datetime | None:
        """Until when the network's own rate limit asks to wait (UTC), or None."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """All there is to know about a network before an account is connected to it.

    `limits` are those that hold where no server says otherwise. `variants` are the sets of
    variables that an account can be set up with; most networks have one, local's is empty.
    `read_options` reads the options that take any text, and raises ConfigurationError.
    `connect` builds an adapter and makes no request. It may raise ConfigurationError. `login`
    names a function that walks a person through getting the account's values, as "module:function";
    empty where there is none. `limits_of` says what an account's options make of `limits`, where
    they change them.
    """

    name: str
    connect: Callable[[Context], Network]
    limits: Limits
    variants: tuple[tuple[Variable, ...], ...] = ((),)
    options: tuple[Option, ...] = ()
    login: str = ""
    read_options: Callable[[Account], object] | None = None
    limits_of: Callable[[Account], Limits] | None = None

    def limits_for(self, account: Account) -> Limits:
        """What holds for `account` where no server says otherwise."""
        return self.limits_of(account) if self.limits_of else self.limits


class Dialogue(Protocol):
    """A person at a terminal, whom a sign-in tells and asks.

    `context` is the account's, for a Wire: its values are what is already set, or else the
    defaults. What is put into its memory is there when the new values are proved, and gone after.
    """

    context: Context

    def show(self, text: str) -> None:
        """Show `text`, a paragraph or an address. Secrets that were typed are taken out of it."""

    def prompt(
        self,
        question: str,
        parse: Callable[[str], Read],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Read:
        """What `read` makes of the answer, without white space around it.

        Where `read` raises ValueError, a configuration or a publish error, its text is shown and
        the question asked again. The text of a ValueError follows the word "That". A `secret` is
        typed unseen. `default` is what an empty answer means; without one, `read` gets it as it is.
        """


@dataclass(frozen=True, slots=True)
class BudgetResult:
    """What a network that charges for posts may be sent: `post`, or None until `wait_until`."""

    post: Post | None
    reason: str = ""
    wait_until: datetime | None = None


@runtime_checkable
class PaidNetwork(Protocol):
    """A network whose posts cost money; asked before a post is claimed."""

    def billed_since(self, now: datetime) -> datetime:
        """When the present billing period began (UTC)."""

    def check_budget(
        self, post: Post, earlier_posts: Sequence[Post], now: datetime
    ) -> BudgetResult:
        """Whether `post` may go out, after `earlier` ones of this billing period."""
