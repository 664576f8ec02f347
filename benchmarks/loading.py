"""How fast and how small `load()` is, against `yaml.load(Loader=CSafeLoader)` alone.

    python benchmarks/loading.py [--rounds 5] [EVENTS ...]

Each reading is a process of its own; the readers take turns. Time is the processor's, of the
reading alone (all readers have one thread, and a busy machine would blur the clock's);
memory is the peak it adds to a process that has imported what it needs (Linux: VmHWM). `load()`
includes validation, line numbers and conversion; CSafeLoader gives dicts of unchecked values.
Aim: at most 0.5 times CSafeLoader's time and memory; exit status 1 if it is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 10_000, 100_000)
PER_MISSION = 50
AIM = 0.5

MISSION = """\
  - id: mission-{n}
    name: Mission {n}
    agencies: [NASA, Roscosmos]
    events:
"""
EVENT = """\
      - id: event-{n}
        at: {year}-{month:02}-{day:02}T{hour:02}:{minute:02}Z
        kind: launch
        title: Event number {n} happens in orbit
        text: >-
          A sentence of some length about event {n}, which nobody
          has ever heard of, and which ends here.
        people: [Scott Kelly, Tim Kopra]
        links: [https://example.org/events/{n}]
        tags: [ISS, Space]
        picture: {{file: media/{n}.jpg, alt: What picture {n} shows, credit: NASA}}
        sources: [NASA release {n}, GCAT]
"""


def write_schedule(file: Path, events: int) -> None:
    """A schedule of so many events."""
    with file.open("w", encoding="utf-8") as out:
        out.write("missions:\n")
        for n in range(events):
            if n % PER_MISSION == 0:
                out.write(MISSION.format(n=n // PER_MISSION))
            when = {"year": 1957 + n % 69, "month": 1 + n % 12, "day": 1 + n % 28}
            out.write(EVENT.format(n=n, hour=n % 24, minute=n % 60, **when))


def perihelion_reader(file: Path) -> Callable[[], int]:
    """`load()`; the call gives the number of events."""
    sys.path.insert(0, str(ROOT))
    from perihelion.schedule.load import load_schedule  # noqa: PLC0415 - only this reader's process needs it

    return lambda: len(load_schedule(file).events)


def yaml_reader(file: Path) -> Callable[[], int]:
    """CSafeLoader, reading from the open file; the call gives the number of events."""
    import yaml  # noqa: PLC0415 - only this reader's process needs it

    def count_events() -> int:
        with file.open("rb") as stream:
            missions = yaml.load(stream, Loader=yaml.CSafeLoader)["missions"]
        return sum(len(mission["events"]) for mission in missions)

    return count_events


def uncollected_reader(file: Path) -> Callable[[], int]:
    """CSafeLoader at its best: with garbage collection off."""
    gc.disable()
    return yaml_reader(file)


READERS = {
    "load()": perihelion_reader,
    "CSafeLoader": yaml_reader,
    "CSafeLoader, gc off": uncollected_reader,
}


def peak_mb() -> float:
    """The most memory this process has had so far."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure_reading(reader: str, file: Path, events: int) -> None:
    """One reading, in this process; prints seconds and megabytes."""
    read = READERS[reader](file)
    before = peak_mb()
    started = time.process_time()
    found = read()
    seconds = time.process_time() - started
    assert found == events
    print(json.dumps([seconds, peak_mb() - before]))


def measure_in_process(reader: str, file: Path, events: int) -> tuple[float, float]:
    """Seconds and megabytes of one reading in a fresh process."""
    command = [sys.executable, __file__, "--measure", reader, str(file), str(events)]
    seconds, megabytes = json.loads(subprocess.check_output(command))
    return seconds, megabytes


def compare_readers(events: int, rounds: int, folder: Path) -> bool:
    """Print the lines of the table for one size; true if the aim is reached."""
    file = folder / f"{events}.yaml"
    write_schedule(file, events)
    readings: dict[str, list[tuple[float, float]]] = {reader: [] for reader in READERS}
    for _ in range(rounds):
        for reader, results in readings.items():
            results.append(measure_in_process(reader, file, events))
    ours, *others = (
        (reader, median(s for s, _ in results), median(mb for _, mb in results))
        for reader, results in readings.items()
    )
    print(f"| {events:,} | {ours[0]} | {ours[1]:.2f} | {ours[2]:.1f} | | |")
    for reader, seconds, megabytes in others:
        time_ratio, memory_ratio = ours[1] / seconds, ours[2] / megabytes
        print(
            f"| {events:,} | {reader} | {seconds:.2f} | {megabytes:.1f} "
            f"| {time_ratio:.2f} | {memory_ratio:.2f} |",
            flush=True,
        )
    usual = others[0]
    return ours[1] <= AIM * usual[1] and ours[2] <= AIM * usual[2]


def main() -> None:
    """Compare the readers at each size."""
    parser = argparse.ArgumentParser(description="load() against CSafeLoader")
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, metavar="EVENTS")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.rig.machine_load import describe_load  # noqa: PLC0415 - found only now

    print(
        f"medians of {arguments.rounds} rounds; ratios are load() / the reader; "
        f"aim {AIM} ({describe_load()})"
    )
    print("| events | reader | CPU s | added MB | time | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        reached = [
            compare_readers(events, arguments.rounds, Path(folder)) for events in arguments.sizes
        ]
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure_reading(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
