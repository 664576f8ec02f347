"""What is installed on a host and by the tests is pinned, whole, and named once."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FILES = ["requirements.txt", "requirements-dev.txt"]


def read_pins(file: str) -> list[Requirement]:
    text = (ROOT / file).read_text()
    return [Requirement(line) for line in re.findall(r"(?m)^([A-Za-z0-9][^\\\n]*?) \\?$", text)]


def read_versions(file: str) -> dict[str, str]:
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in read_pins(file)}


def list_requirements(pin: Requirement) -> Iterator[Requirement]:
    """What the installed package of this name asks for, here and with these extras."""
    try:
        lines = requires(pin.name) or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *pin.extras)):
            yield requirement


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_with_hashes_and_names_no_host(file: str) -> None:
    text = (ROOT / file).read_text()
    blocks = re.findall(r"(?m)^[A-Za-z0-9].*(?:\n    --hash=sha256:.*)*", text)
    assert len(blocks) > 20
    for block in blocks:
        pin = r"[\w.-]+(\[[\w,-]+\])?==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}"
        assert re.match(pin, block), block
    assert "://" not in text
    assert not re.search(r"(?m)^--?(index|extra|find|trusted)", text)


@pytest.mark.parametrize("file", FILES)
def test_every_extra_that_is_asked_for_is_pinned_with_its_package(file: str) -> None:
    """Else pip takes the newest release for the extra, and stops: it has no pin, and no hash.

    That shows only on the day on which a newer release appears.
    """
    pinned = {canonicalize_name(pin.name): pin.extras for pin in read_pins(file)}
    asked = [asked for pin in read_pins(file) for asked in list_requirements(pin) if asked.extras]
    missing = {str(a) for a in asked if not a.extras <= pinned[canonicalize_name(a.name)]}
    assert asked or file == "requirements.txt"
    assert missing == set()


def test_the_tests_run_on_the_very_versions_that_are_installed_on_a_host() -> None:
    assert (
        read_versions("requirements.txt").items() <= read_versions("requirements-dev.txt").items()
    )


@pytest.mark.parametrize("kind", ["", "-dev"])
def test_every_wish_is_among_the_pins(kind: str) -> None:
    lines = (ROOT / f"requirements{kind}.in").read_text().splitlines()
    wishes = [Requirement(line) for line in lines if re.match(r"\w", line)]
    pinned = {canonicalize_name(p.name): p.extras for p in read_pins(f"requirements{kind}.txt")}
    assert wishes
    for wish in wishes:
        assert wish.extras <= pinned[canonicalize_name(wish.name)]


def test_the_package_s_metadata_reads_the_same_wishes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "dependencies" in project["project"]["dynamic"]
    dynamic = project["tool"]["setuptools"]["dynamic"]
    assert dynamic["dependencies"] == {"file": ["requirements.in"]}
