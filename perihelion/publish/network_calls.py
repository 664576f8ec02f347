"""The calls that the request pool makes: a claim's one request, or a probe of a network."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from perihelion.ledger.values import Action, Claim
from perihelion.model.errors import NotSent, PublishError
from perihelion.networks.base import lease_checked_by, require_lease
from perihelion.publish.context import NetworkFacts
from perihelion.publish.look_ups import LookUps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from perihelion.networks.base import Network
    from perihelion.publish.decisions import Outcome


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Ask a network what it allows and promises, before the first claim on its account.

    `check_credentials` tests the credentials as well: the account was stopped because of them.
    """

    account: str
    check_credentials: bool = False


NetworkRequest = Claim | ProbeRequest


class NetworkCalls:
    """Carries out requests, in any thread.

    `wall_clock` is the ledger's, and `lease` how long a claim lasts; `elapsed` gives seconds that
    nobody sets.
    """

    def __init__(
        self,
        networks: Mapping[str, Network],
        wall_clock: Callable[[], datetime],
        lease: timedelta,
        elapsed: Callable[[], float],
    ) -> None:
        self._wall_clock, self._lease, self._elapsed = wall_clock, lease, elapsed
        self.use_networks(networks)

    def use_networks(self, networks: Mapping[str, Network]) -> None:
        """Carry out the requests that begin from now on with these networks."""
        self._networks = networks
        self._look_ups = LookUps(networks, self._wall_clock, self._elapsed)

    def perform(self, request: NetworkRequest) -> NetworkFacts | Outcome:
        """The outcome. Raises PublishError, and any exception that an adapter lets through."""
        if isinstance(request, ProbeRequest):
            return self._probe_network(request)
        delivery = request.delivery
        if delivery.post is None:
            raise NotSent("the delivery holds no post; report this as a bug")
        if request.action is Action.FIND:
            return self._look_ups.find(delivery, delivery.post)
        network = self._networks[delivery.key.account]
        self._look_ups.forget(delivery.key.account)
        with lease_checked_by(partial(self._require_unexpired_lease, request)):
            require_lease()
            return network.publish(delivery.post, delivery.token)

    def _require_unexpired_lease(self, claim: Claim) -> None:
        """Raise NotSent if this worker slept, or its clock jumped, past its lease.

        Another worker may hold the claim by now. A request that leaves within the lease has arrived
        or failed by the end of the patience that follows it.
        """
        left = claim.lease_until - self._wall_clock() if claim.lease_until else self._lease
        if not timedelta(0) < left <= self._lease:
            late = "its lease ran out before the request left"
            raise NotSent(late, retry_after=timedelta(0))

    def _probe_network(self, request: ProbeRequest) -> NetworkFacts:
        network = self._networks[request.account]
        restored = False
        if request.check_credentials:
            with suppress(PublishError):
                network.check()
                restored = True
        return NetworkFacts(
            limits=network.limits, dedupe=network.dedupe, credentials_restored=restored
        )
