"""A soak: simulated days with a restart each, random faults, PostgreSQL and a disk that forgets.

    python -m tests.soak.run [--days 365] [--speed 1000] [--seed 1]

The worker and the website run through honcho, as a platform runs the Procfile. A day begins at
08:30 with an empty state folder and ends once everything of it is settled, or at 23:30. At the end
everything that was due was sent once, or is accounted for; and the alerts match what happened, one
to one. Prints a line for each day, and ends with 1 and the reasons if that does not hold. `make
test` does not run it: a year takes hours.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import requests

from perihelion.ledger.store import Ledger
from perihelion.model.deliveries import State
from perihelion.service.console import format_count
from tests.fakes.database_fixtures import to_driver_url
from tests.fakes.postgres import PostgresServer
from tests.fakes.server_process import ServerProcess, port_of, reserve_port
from tests.soak.surroundings import (
    EVENTS_A_DAY,
    NETWORKS,
    Account,
    Faults,
    Pager,
    list_days,
    open_account,
    write_schedule,
)

if TYPE_CHECKING:
    from datetime import date

    from perihelion.model.deliveries import Delivery

ROOT = Path(__file__).resolve().parents[2]
OPEN = (State.DUE, State.WAITING, State.SENDING, State.UNKNOWN)
SIMULATED_DAY = timedelta(hours=15)
DAYS_FOR_THE_LAST = 4
"""How many times as long the last day may take: no later one settles what it leaves open."""
START_SECONDS = 60.0


class Soak:
    """Everything that outlives a day."""

    def __init__(self, folder: Path, stack: ExitStack, days: int, speed: float, seed: int) -> None:
        self.folder, self.days, self.speed = folder, days, speed
        self.chance = random.Random(seed)
        self.pager = Pager()
        pager = self.pager.serve()
        stack.callback(pager.close)
        self.postgres = PostgresServer()
        stack.callback(self.postgres.remove)
        self.postgres.start()
        self.url = self.postgres.create_database("soak")
        self.accounts = {name: open_account(name, seed) for name in NETWORKS}
        for account in self.accounts.values():
            stack.callback(account.server.close)
        self.reservation = reserve_port()
        stack.callback(self.reservation.close)
        self.environ = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": self.url,
            "PERIHELION_ALERTS": pager.url.replace("http://", "json://"),
            "PERIHELION_LEASE": "2",
            "PERIHELION_PATIENCE": "2",
            "PERIHELION_TICK": "0.5",
            "PERIHELION_LOG": "json",
            **write_schedule(folder, days),
        }
        for account in self.accounts.values():
            self.environ |= account.values
        self.revoked: set[tuple[str, date]] = set()

    # One day

    def play_day(self, day: date) -> str:
        """Start everything, break something, and stop it once the day is settled."""
        is_last = day == list_days(self.days)[-1]  # nobody would be left to alert about it
        faults = Faults(0) if is_last else Faults.choose(self.chance, list(self.accounts))
        if faults.revoked:
            self.revoked.add((faults.revoked, day))
        faults.begin(self.accounts)
        begin = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
        started = time.monotonic()
        self._start(begin)
        longest = SIMULATED_DAY * (DAYS_FOR_THE_LAST if is_last else 1)
        settled = self._let_pass(day, faults, begin, longest)
        self.process.stop(seconds=30)
        taken = time.monotonic() - started
        return f"{day} {'settled' if settled else 'over'} in {taken:.0f} s, {faults}"

    def _start(self, begin: datetime) -> None:
        state = Path(tempfile.mkdtemp(dir=self.folder, prefix="disk-"))
        procfile = self.folder / "Procfile"
        options = f"--at {begin:%Y-%m-%dT%H:%M}Z --speed {self.speed:g} --state {state}"
        procfile.write_text(
            f"web: exec python bot.py web\nworker: exec python bot.py run {options}\n", "utf-8"
        )
        log = self.folder / f"{begin:%m-%d}.log"
        honcho = str(Path(sys.executable).parent / "honcho")
        port = str(port_of(self.reservation))
        seen = len(log.read_text("utf-8")) if log.exists() else 0
        self.process = ServerProcess(
            [honcho, "-f", str(procfile), "-d", str(ROOT), "start", "-p", port],
            log,
            cwd=ROOT,
            env=self.environ,
        )
        self.process.wait_until_ready(
            lambda: '"event": "started"' in log.read_text("utf-8")[seen:], START_SECONDS
        )

    def _let_pass(self, day: date, faults: Faults, begin: datetime, longest: timedelta) -> bool:
        """Let the day pass; returns whether all of it was settled before its end."""
        begun = time.monotonic()
        length = longest.total_seconds() / self.speed
        breaks = begun + SIMULATED_DAY.total_seconds() / self.speed / 5
        while time.monotonic() < begun + length:
            time.sleep(0.1)
            if time.monotonic() > breaks:
                breaks = begun + length
                self._break(faults, begin, begun)
            if self._is_settled(day):
                self._verify_website()
                return True
        return False

    def _break(self, faults: Faults, begin: datetime, begun: float) -> None:
        """The database is away for a moment, or everything is killed and starts again."""
        if faults.loses_database:
            self.postgres.crash()
            time.sleep(0.5)
            self.postgres.start()
        if faults.kills:
            self.process.kill()
            self._start(begin + timedelta(seconds=(time.monotonic() - begun) * self.speed))

    def _is_settled(self, day: date) -> bool:
        deliveries = [one for one in self.list_deliveries() if one.day == day]
        wanted = EVENTS_A_DAY * len(self.accounts)
        return len(deliveries) == wanted and not any(one.state in OPEN for one in deliveries)

    def _verify_website(self) -> None:
        """It is ready, and has no credentials of an account."""
        address = f"http://127.0.0.1:{port_of(self.reservation)}"
        end = time.monotonic() + 30
        while True:
            try:
                answer = requests.get(f"{address}/readyz", timeout=10)
                break
            except requests.ConnectionError:
                assert time.monotonic() < end, self.process.read_log()[-2000:]
                time.sleep(0.2)
        assert (answer.status_code, answer.text) == (200, "ready\n"), answer.text
        family = psutil.Process(self.process._process.pid).children(recursive=True)
        web = [one for one in family if "gunicorn" in " ".join(one.cmdline())]
        assert web, [one.cmdline() for one in family]
        secrets = {name for one in self.accounts.values() for name in one.values if "TOKEN" in name}
        assert not any(secrets & one.environ().keys() for one in web)

    def list_deliveries(self) -> list[Delivery]:
        """What the ledger has."""
        ledger = Ledger(
            to_driver_url(self.url),
            "visitor",
            timedelta(seconds=2),
            lambda: datetime.now(UTC),
            time.monotonic,
        )
        try:
            return ledger.list_deliveries() if ledger.get_version_or_none() else []
        finally:
            ledger.close()

    # The end

    def find_mistakes(self) -> list[str]:
        """Whatever was doubled, lost or silent, and each alert without a cause or cause without."""
        deliveries = self.list_deliveries()
        found = [mistake for one in self.accounts.values() for mistake in self._check(one)]
        expected = Counter(self._list_expected_alerts(deliveries))
        alerts = Counter(keep_last_of_day(self.pager.titles))
        found += [
            f"alerted {n} times too often: {title}" for title, n in (alerts - expected).items()
        ]
        found += [f"not alerted: {title}" for title in expected - alerts]
        return found

    def _check(self, account: Account) -> list[str]:
        posted, found = account.count_posts(), []
        for one in self.list_deliveries():
            if one.key.account != account.name:
                continue
            number = posted[name_event(one)]
            if number > 1:
                found.append(f"{one.key} was posted {number} times")
            if one.state is State.SENT and number != 1:
                found.append(f"{one.key} is sent, but was posted {number} times")
            if one.state in OPEN:
                found.append(f"{one.key} is {one.state}: {one.reason}")
            if one.state not in {State.SENT, *OPEN} and not one.reason:
                found.append(f"{one.key} is {one.state} without a reason")
        wanted = self.days * EVENTS_A_DAY
        made = sum(one.key.account == account.name for one in self.list_deliveries())
        return found if made == wanted else [*found, f"{account.name}: {made} of {wanted} promised"]

    def _list_expected_alerts(self, deliveries: list[Delivery]) -> list[str]:
        titles = [f"{name} is stopped" for name, _day in self.revoked]
        titles += [f"{one.key} is held" for one in deliveries if one.state is State.HELD]
        for state in (State.REJECTED, State.MISSED):
            days = Counter(one.day for one in deliveries if one.state is state)
            titles += [f"{day}: {format_count(n, 'posts')} {state}" for day, n in days.items()]
        sent = {(one.key.account, one.day) for one in deliveries if one.state is State.SENT}
        due = {(one.key.account, one.day) for one in deliveries}
        return titles + [f"{name} on {day}: nothing sent" for name, day in due - sent]


def is_day_alert(title: str) -> bool:
    """Whether an alert counts a day's posts."""
    return title.endswith((State.REJECTED.value, State.MISSED.value))


def keep_last_of_day(titles: list[str]) -> list[str]:
    """The titles without earlier ones of a day on which more was missed or rejected later."""
    last = {(title.split()[0], title.split()[-1]): title for title in titles if is_day_alert(title)}
    return [title for title in titles if not is_day_alert(title)] + list(last.values())


def name_event(delivery: Delivery) -> str:
    """What its post is recognised by."""
    number = delivery.key.event.rpartition("-")[2]
    return f"{delivery.day} number {number}"


def main() -> int:
    """Play the days, print what happened, and say whether the promise was kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--speed", type=float, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        soak = Soak(Path(folder), stack, options.days, options.speed, options.seed)
        for day in list_days(options.days):
            print(soak.play_day(day), flush=True)  # noqa: T201 - a script
        states = Counter(one.state.value for one in soak.list_deliveries())
        print(dict(states), Counter(title.split(" ", 1)[-1] for title in soak.pager.titles))  # noqa: T201 - as above
        mistakes = soak.find_mistakes()
        for one in soak.list_deliveries():
            if one.state is not State.SENT:
                print(one.key, one.state.value, one.reason)  # noqa: T201 - as above
        print("\n".join(mistakes) or "everything is accounted for")  # noqa: T201 - as above
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
