"""The composition root: turns environment and schedule into the parts, connected to each other."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from perihelion.almanac.observance import observe_to_the_minute
from perihelion.almanac.recall import recall_anniversary
from perihelion.model.accounts import Account
from perihelion.model.errors import ConfigurationError
from perihelion.model.missions import Schedule
from perihelion.model.units import Unit
from perihelion.networks import loader
from perihelion.networks.base import Context
from perihelion.networks.shared.redaction import Redactor
from perihelion.service.adapter_memory import DictMemory, EncryptedMemory
from perihelion.service.clock import RehearsalClock, SystemClock
from perihelion.service.enabled_accounts import EnabledAccount, resolve_accounts
from perihelion.service.program import IN_A_CLONE, Program, find_program
from perihelion.service.redaction import find_secrets
from perihelion.service.schedule_cache import load_cached_schedule
from perihelion.service.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from perihelion.almanac.calendar import Calendar
    from perihelion.compose.templates import Templates
    from perihelion.ledger.store import Ledger
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits, Post
    from perihelion.model.source_location import Mistake
    from perihelion.networks.base import Network
    from perihelion.publish.context import Clock, PublishContext
    from perihelion.service.adapter_memory import LazyLedger
    from perihelion.service.settings import Settings


@dataclass(frozen=True)
class App:
    """Perihelion, configured. Nothing is opened or connected before it is used."""

    settings: Settings
    schedule: Schedule
    clock: Clock
    enabled_accounts: tuple[EnabledAccount, ...]
    disabled_accounts: tuple[Account, ...]
    reload_settings: Callable[[], Settings]
    """Reads the settings again: the file with the ledger's address may have changed."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What no log and no message may show."""
    rereads_templates: bool = True
    """Whether a template that has changed is read again; if not, each is as it was at first."""
    program: Program = IN_A_CLONE
    """What alerts, logs and pages call this program where they name a command."""
    _wording: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)
    """Templates serve one thread at a time, and reports word coming posts while a worker posts."""

    @cached_property
    def redact(self) -> Redactor:
        """Takes the secrets out of a text, before anything is made of it."""
        return Redactor(self.secrets)

    @cached_property
    def calendar(self) -> Calendar:
        """All events by day."""
        from perihelion.almanac.calendar import Calendar  # noqa: PLC0415 - not all verbs need it

        return Calendar(self.schedule.events)

    @cached_property
    def templates(self) -> Templates:
        """The templates folder."""
        from perihelion.compose.templates import Templates  # noqa: PLC0415 - jinja2 is heavy

        return Templates(self.settings.templates, rereads=self.rereads_templates)

    @property
    def is_rehearsal(self) -> bool:
        """Whether the clock shows another time than the real one."""
        return isinstance(self.clock, RehearsalClock)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts that are on; the built-in local one if no other is."""
        return tuple(enabled.account for enabled in self.enabled_accounts)

    def compose_post(
        self,
        anniversary: Anniversary,
        account: Account,
        limits: Limits,
        created_at: datetime,
        *,
        draws_cards: bool = True,
    ) -> Post:
        """The post for one anniversary on one account. Raises CompositionError.

        Without `draws_cards`, cards are described and not drawn, which is much faster.
        """
        from perihelion.compose.composer import compose_post  # noqa: PLC0415 - jinja2 is heavy

        with self._wording:
            return compose_post(
                anniversary,
                account,
                limits,
                self.templates,
                language=self.schedule.language,
                created_at=created_at,
                media_root=self.settings.schedule.parent.absolute(),
                draws_cards=draws_cards,
            )

    def find_anniversary(self, delivery: Delivery) -> Anniversary | None:
        """The anniversary of a delivery in the ledger, as the schedule has its event now."""
        event = self._events_by_name.get(delivery.key.event)
        if event is None:
            return None
        account = self._accounts_by_name.get(delivery.key.account)
        zone = account.timezone if account and account.days == "account" else None
        key = delivery.key
        if key.unit is Unit.REPLAY_YEARS:
            return self.calendar.replays.recall_replay(event, key.count, delivery.day)
        if key.part > len(event.parts) + 1:
            return None
        levels = account.to_the_minute if account else ()
        event = observe_to_the_minute(event, levels)
        seen = recall_anniversary(event, key.count, key.unit, delivery.day, zone)
        # What leaves at another time than its own is not an event of that minute.
        instant = seen.instant if seen.instant == delivery.due_at else None
        return replace(seen, instant=instant, part=key.part)

    @cached_property
    def _accounts_by_name(self) -> dict[str, Account]:
        return {account.name: account for account in self.accounts}

    @cached_property
    def _events_by_name(self) -> dict[str, Event]:
        return {event.full_id: event for event in self.schedule.events}

    def open_ledger(self) -> Ledger:
        """The ledger, for a worker with a new name. Nothing is connected yet."""
        from perihelion.ledger.store import Ledger  # noqa: PLC0415 - sqlalchemy is heavy

        return Ledger(
            self.settings.database_url.reveal(),
            worker=make_worker_name(),
            lease=self.settings.lease,
            machine_clock=self.clock.real_now,
            elapsed=time.monotonic,
        )

    def make_publish_context(
        self, ledger: Ledger, networks: dict[str, Network] | None = None
    ) -> PublishContext:
        """What the delivery loop needs of the schedule and the networks, new unless given."""
        from perihelion.publish.context import PublishContext  # noqa: PLC0415 - only posting needs it

        return PublishContext(
            calendar=self.calendar,
            accounts={account.name: account for account in self.accounts},
            networks=self.connect_accounts(ledger) if networks is None else networks,
            compose_post=self.compose_post,
            find_anniversary=self.find_anniversary,
            redact=self.redact,
        )

    def connect_accounts(self, ledger: Ledger | None = None) -> dict[str, Network]:
        """An adapter for each account. Raises ConfigurationError with the mistakes of all."""
        networks: dict[str, Network] = {}
        mistakes: list[Mistake] = []
        for enabled in self.enabled_accounts:
            try:
                networks[enabled.account.name] = self.connect_account(enabled, ledger)
            except ConfigurationError as error:
                mistakes += error.mistakes
        if mistakes:
            raise ConfigurationError(mistakes)
        return networks

    def connect_account(
        self, enabled: EnabledAccount, ledger: Ledger | LazyLedger | None = None
    ) -> Network:
        """An adapter for one account; no request is made. Without a ledger it remembers nothing.

        Raises ConfigurationError for values that cannot be right.
        """
        account = enabled.account
        return loader.load_spec(account.network).connect(
            Context(
                account=account,
                values=enabled.values,
                memory=EncryptedMemory(ledger, account.name, enabled.values)
                if ledger is not None
                else DictMemory(),
                now=self.clock.now,
                state_folder=str(self.settings.state),
            )
        )


def make_worker_name() -> str:
    """A name that no other process has, now or later."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def open_app(
    environ: Mapping[str, str],
    *,
    at: datetime | None = None,
    speed: float = 1.0,
    only: str | None = None,
) -> App:
    """Read the settings and the schedule, and find out which accounts are on.

    `at` and `speed` start a rehearsal's clock. With `only`, no other account's variables are
    refused; one whose variables are wrong is neither on nor off. Raises ConfigurationError with
    all mistakes of the first of the three that has any.
    """
    settings = read_settings(environ)
    schedule = load_cached_schedule(settings.schedule, environ)
    on, off, mistakes = resolve_accounts(schedule, environ, only)
    if mistakes:
        raise ConfigurationError(mistakes)
    rehearses = at is not None or speed != 1
    clock = RehearsalClock(at or SystemClock().now(), speed) if rehearses else SystemClock()
    # Not a partial: its repr would show the environment, with all its secrets.
    secrets = find_secrets(environ).union(*(one.secret_values for one in on))
    program = find_program()
    return App(
        settings, schedule, clock, on, off, lambda: read_settings(environ), secrets, program=program
    )


def open_app_for_ledger(environ: Mapping[str, str]) -> tuple[App, ConfigurationError | None]:
    """As `open_app`, for verbs that need only the ledger: schedule mistakes are returned.

    The App then has no events and no accounts. Raises ConfigurationError if the settings are
    wrong, as they say where the ledger is.
    """
    try:
        return open_app(environ), None
    except ConfigurationError as error:
        settings = read_settings(environ)
        empty = Schedule((), (), (), local_account=Account("local", "local"))
        clock, program = SystemClock(), find_program()
        return App(settings, empty, clock, (), (), lambda: settings, program=program), error
