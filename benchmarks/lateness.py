"""How late a post leaves: from its due instant until the request has arrived at the server.

    python benchmarks/lateness.py [INSTANTS]

`bot.py run` posts one event a second, each marked to-the-minute, to a fake Mastodon on loopback.
Half a second after each, a bare thread that slept until then posts as much: what the machine itself
is late. Real time: INSTANTS seconds. Ends with 1 when the aim is missed.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.rig.machine_load import describe_load  # noqa: E402 - see above
from perihelion.testing.http_server import FakeServer, Reply, Request  # noqa: E402 - as above
from tests.fakes.mastodon_server import TOKEN, FakeMastodon  # noqa: E402 - as above

AIM = 20.0
"""Milliseconds, p99, on an idle machine."""
WARM = 10
"""Seconds that the program gets to start before the first instant."""


class ArrivalServer:
    """A server that notes when each post arrived: event number or bare number → seconds."""

    def __init__(self) -> None:
        self.ours: dict[int, float] = {}
        self.bare: dict[int, float] = {}
        self._mastodon = FakeMastodon(now=lambda: datetime.now(UTC))
        self.server = FakeServer(self._handle_request)
        self._mastodon.url = self.server.url

    def _handle_request(self, request: Request) -> Reply:
        now = time.time()
        if request.path == "/bare":
            self.bare.setdefault(int(request.body), now)
            return Reply()
        found = re.search(rb"Instant number (\d+) ", request.body)
        if request.method == "POST" and found:
            self.ours.setdefault(int(found[1]), now)
        return self._mastodon.handle_request(request)


def write_schedule(folder: Path, first: datetime, instants: int) -> Path:
    """One event a second from `first` on, sixteen years ago."""
    lines = [
        f"defaults: {{max_per_day: {instants}, spacing: 0m}}",
        "accounts: [{network: mastodon}]",
    ]
    lines += ["missions:", "  - id: clock", "    name: Clock", "    events:"]
    for number in range(instants):
        at = first + timedelta(seconds=number)
        lines += [
            f"      - id: tick-{number}",
            f"        at: {at.year - 16}-{at:%m-%dT%H:%M:%SZ}",
            "        observe: to-the-minute",
            "        kind: milestone",
            f"        title: Instant number {number} comes",
            "        sources: made up for a benchmark",
        ]
    path = folder / "schedule.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def post_bare(url: str, start: float, instants: int) -> None:
    """What a program that does nothing else would do, half a second after each of ours."""
    for number in range(instants):
        time.sleep(max(0.0, start + number + 0.5 - time.time()))
        requests.post(f"{url}/bare", data=str(number), timeout=10)


def measure_lateness(instants: int) -> tuple[list[float], list[float]]:
    """Milliseconds late of each of our posts, and of each bare one."""
    arrivals = ArrivalServer()
    with tempfile.TemporaryDirectory() as folder, arrivals.server as server:
        created_at = datetime.now(UTC) - timedelta(days=10)
        schedule = write_schedule(Path(folder), created_at, 1)
        environ = os.environ | {
            "MASTODON_URL": server.url,
            "MASTODON_TOKEN": TOKEN,
            "PERIHELION_STATE": f"{folder}/state",
            "PERIHELION_SCHEDULE": str(schedule),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
        }
        environ["PERIHELION_LOG_LEVEL"] = "error"
        bot = [sys.executable, "bot.py"]
        before = (created_at - timedelta(days=1)).isoformat()
        init_command = [*bot, "once", "--at", before, "--state", f"{folder}/state"]
        subprocess.run(init_command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=WARM)
        write_schedule(Path(folder), first, instants)
        run = subprocess.Popen([*bot, "run"], cwd=ROOT, env=environ)
        start = first.timestamp()
        bare = threading.Thread(target=post_bare, args=(server.url, start, instants))
        bare.start()
        bare.join()
        time.sleep(1)
        run.terminate()
        run.wait(20)
    assert len(arrivals.ours) == instants, f"only {len(arrivals.ours)} posts arrived"
    ours = [(at - start - number) * 1000 for number, at in arrivals.ours.items()]
    return ours, [(at - start - number - 0.5) * 1000 for number, at in arrivals.bare.items()]


def main() -> int:
    """Print the figures; 1 if the aim was missed."""
    instants = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    ours, bare = measure_lateness(instants)
    for name, late in (("bot.py run", ours), ("bare thread", bare)):
        cuts = statistics.quantiles(late, n=100)
        print(
            f"{name:12} p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms   most {max(late):6.1f} ms"
        )
    p99 = statistics.quantiles(ours, n=100)[98]
    print(
        f"{instants} instants; aim: p99 under {AIM:.0f} ms on an idle machine ({describe_load()})"
    )
    return p99 >= AIM


if __name__ == "__main__":
    sys.exit(main())
