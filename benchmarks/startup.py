"""What `bot.py --help` costs against a bare click program with as many commands.

    python benchmarks/startup.py [ROUNDS]

Each round starts all three programs once, in a new order, so that a busy machine slows all alike;
the ratios are of medians. Ends with 1 when the aim is missed.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.rig.machine_load import describe_load  # noqa: E402 - found by the line above
from perihelion.service.cli import VERBS  # noqa: E402 - as above

AIM = 1.5
BARE = """import click

@click.group(help="A bare program.")
@click.version_option("1")
def main():
    pass
"""
COMMAND = """
@main.command(help={help!r})
def {name}_():
    pass
"""


def bare_program() -> str:
    """The source of a click program with our verbs, and nothing behind them."""
    commands = (COMMAND.format(name=name, help=text) for name, text in VERBS.items())
    return "".join([BARE, *commands, "\nmain()\n"])


def time_start(command: list[str]) -> float:
    """How long one start of `command` takes, output thrown away."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def measure_medians(programs: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """Program → median seconds, after one round that only warms the caches."""
    runs: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name in random.sample(list(programs), len(programs)):
            taken = time_start(programs[name])
            if number:
                runs[name].append(taken)
    return {name: statistics.median(taken) for name, taken in runs.items()}


def main() -> int:
    """Measure, print a table, and say whether the aim is met."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(bare_program(), encoding="utf-8")
        programs = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "bare click --help": [sys.executable, str(bare), "--help"],
            "bot.py --help": [sys.executable, "bot.py", "--help"],
        }
        medians = measure_medians(programs, rounds)
    floor, ours = medians["bare click --help"], medians["bot.py --help"]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {rounds} rounds, medians\n")
    for name, taken in medians.items():
        print(f"{name:18} {taken * 1000:6.1f} ms  {taken / floor:5.2f} x bare click")
    print(f"\naim: at most {AIM} x bare click ({describe_load()}); reached: {ours / floor:.2f}")
    return 0 if ours <= AIM * floor else 1


if __name__ == "__main__":
    sys.exit(main())
