"""What a page costs, against the same server returning the same bytes; and the memory of it all.

    python -m benchmarks.web [--rounds N] [--seconds S] [--write]

Both servers are gunicorn with two processes, as `web` starts it, and take turns. A rate is pages
per second of the server's processor time, so that it does not matter what else the machine does.
The memory is the proportional set size (PSS), which counts what processes share once. `--write`
puts the tables into docs/benchmarks.md. Ends with 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.rig.machine_load import describe_load, require_quiet_machine
from benchmarks.rig.page_reader import make_request, read_page, read_pages
from benchmarks.rig.web_server import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- web: begin -->", "<!-- web: end -->"
PROCESSES, CONNECTIONS = 2, 8
MIN_RATIO, MAX_MB = 0.7, 256
BUSY_DAY = "2027-07-20T08:30Z"
"""Three posts with cards are due on it."""
SPEED = 2_000


def main() -> int:
    """Measure, print or write the tables, and say whether the aims are met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    require_quiet_machine(writes=options.write)
    ratios = measure_ratios(options.rounds, options.seconds)
    memory = measure_memory()
    table = render(ratios, memory)
    print(table)
    if options.write:
        head, _, rest = PAGE.read_text("utf-8").partition(f"{BEGIN}\n")
        PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")
    slow = [name for name, found in ratios.items() if statistics.median(found) < MIN_RATIO]
    return 1 if slow or max(map(sum, memory.values())) >= MAX_MB else 0


# The servers


@contextmanager
def serve(who: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port and the process of the website, or of the constant in its place."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        descriptor = listener.fileno()
        command = ["-m", "benchmarks.rig.web_server", who, str(descriptor), str(PROCESSES)]
        with start(command, folder, pass_fds=(descriptor,)) as process:
            port = listener.getsockname()[1]
            read_once(port, "/")  # it waits until the server answers
            yield port, process


@contextmanager
def start(
    command: list[str], folder: Path, pass_fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with a state folder of its own and no other setting; it ends by SIGTERM."""
    environ = {
        "PATH": os.environ["PATH"],
        "PERIHELION_STATE": str(folder / "state"),
        "PERIHELION_SITE": "https://bot.example",  # else each host that asks has bytes of its own
        "PERIHELION_LOG": "json",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


# The rates


def measure_ratios(rounds: int, seconds: float) -> dict[str, list[float]]:
    """Page → our pages per second over the constant's, one ratio for each round."""
    ratios: dict[str, list[float]] = {name: [] for name in ADDRESSES}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        ours = stack.enter_context(serve("ours", Path(name)))
        constant = stack.enter_context(serve("constant", Path(name)))
        for path in ADDRESSES.values():
            require_same_bytes(ours[0], constant[0], path)
        for number in range(rounds):
            for page, path in ADDRESSES.items():
                servers = (ours, constant) if number % 2 else (constant, ours)
                rates = {
                    port: measure_rate(port, process.pid, path, seconds)
                    for port, process in servers
                }
                ratios[page].append(rates[ours[0]] / rates[constant[0]])
    return ratios


def measure_rate(port: int, pid: int, path: str, seconds: float) -> float:
    """Pages per second of the processor time of the server `pid` and its processes."""
    before = read_processor_seconds(pid)
    pages = read_pages(port, path, seconds, CONNECTIONS)
    return pages / (read_processor_seconds(pid) - before)


def read_processor_seconds(pid: int) -> float:
    """What a process and its children have used so far."""
    return sum(one.cpu_times().user + one.cpu_times().system for one in list_family(pid))


def require_same_bytes(ours: int, constant: int, path: str) -> None:
    """Both answer alike, in both processes. Raises ValueError if not."""
    bodies = {read_once(port, path) for port in (ours, constant) * 4}
    if len(bodies) != 1:
        raise ValueError(f"{path} differs between the two servers")


# The memory


def measure_memory() -> dict[str, tuple[float, float]]:
    """When → the MB of the worker and of the website."""
    found = {}
    rehearsal = ["--at", BUSY_DAY, "--speed", str(SPEED)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = ["bot.py", "run", "--state", str(folder / "state")]
        with serve("ours", folder) as (port, web):
            with start(command, folder) as worker:
                wait_for_log(folder, '"event": "started"')
                found["idle"] = (read_pss(worker.pid), read_pss(web.pid))
            with start([*command, *rehearsal], folder) as worker:
                read_everything(port)
                wait_for_log(folder, '"event": "sent"')
                found["under load"] = (read_pss(worker.pid), read_pss(web.pid))
    return found


def wait_for_log(folder: Path, pattern: str) -> None:
    """Wait until the log has a line with it. Raises TimeoutError after two minutes."""
    end = time.monotonic() + 120
    while not re.search(pattern, (folder / "log").read_text("utf-8", "replace")):
        if time.monotonic() > end:
            raise TimeoutError((folder / "log").read_text("utf-8", "replace")[-2000:])
        time.sleep(0.1)


def read_everything(port: int) -> None:
    """Read each page that the sitemap has, once in each process, more or less."""
    paths = [path for one in list_sitemap(port, "/sitemap.xml") for path in list_sitemap(port, one)]
    assert len(paths) > 100
    for path in paths * PROCESSES:
        read_once(port, path)


def list_sitemap(port: int, path: str) -> list[str]:
    """The paths in a sitemap, or in an index of sitemaps."""
    return re.findall(r"<loc>https?://[^/<]+(/[^<]*)</loc>", read_once(port, path).decode())


def read_once(port: int, path: str) -> bytes:
    """One page over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), 120) as connection:
        return read_page(connection, make_request(path))


def read_pss(pid: int) -> float:
    """The MB of a process and its children; what they share is counted once."""
    files = (Path(f"/proc/{one.pid}/smaps_rollup") for one in list_family(pid))
    rollups = (file.read_text("ascii") for file in files)
    return sum(int(re.findall(r"(?m)^Pss:\s+(\d+) kB", text)[0]) for text in rollups) / 1_000


def list_family(pid: int) -> list[psutil.Process]:
    """A process and its children."""
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def render(ratios: dict[str, list[float]], memory: dict[str, tuple[float, float]]) -> str:
    """The tables, as Markdown."""
    setting = f"{PROCESSES} processes, {CONNECTIONS} connections"
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {describe_load()}"
    lines = [
        f"{when}; Python {sys.version.split()[0]}; {setting}.",
        "",
        f"| page | of the constant's rate, median (aim {MIN_RATIO}) | least and most |",
        "|---|---|---|",
    ]
    for name, found in ratios.items():
        span = f"{min(found):.2f} to {max(found):.2f}"
        lines.append(f"| {name} | {statistics.median(found):.2f} | {span} |")
    lines += [
        "",
        f"| memory in MB (PSS, aim {MAX_MB}) | worker | web | together |",
        "|---|---|---|---|",
    ]
    for when, (worker, web) in memory.items():
        lines.append(f"| {when} | {worker:.0f} | {web:.0f} | {worker + web:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
