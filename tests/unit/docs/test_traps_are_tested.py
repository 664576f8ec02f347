"""Every trap in docs/traps.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perihelion.networks import loader

ROOT = Path(__file__).resolve().parents[3]
TRAPS = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
ROWS = [line for line in TRAPS.splitlines() if line.startswith("| ") and "| test |" not in line]


def list_test_names() -> set[str]:
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "perihelion" / "testing").glob("*.py")]
    return {
        name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text("utf-8"))
    }


def test_every_trap_names_tests_that_exist() -> None:
    there = list_test_names()
    named = [re.findall(r"`(test_\w+)`", row) for row in ROWS]
    assert all(named)
    assert [name for names in named for name in names if name not in there] == []


@pytest.mark.parametrize("network", [name for name in loader.network_names() if name != "local"])
def test_every_network_has_its_traps(network: str) -> None:
    assert re.search(rf"^## {network}\b", TRAPS, re.IGNORECASE | re.MULTILINE)
