"""Bluesky's PDS, which several files of tests share, and an account on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.testing.contexts import DictMemory
from tests.fakes.bluesky_pds import Pds, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.bluesky.adapter import Bluesky
    from tests.fakes.bluesky_pds import Person


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(tmp_path_factory.mktemp("pds")) as running:
        yield running


@pytest.fixture
def person(pds: Pds) -> Person:
    """Each test has an account of its own."""
    return pds.join()


@pytest.fixture
def memory() -> DictMemory:
    return DictMemory()


@pytest.fixture
def network(pds: Pds, person: Person, memory: DictMemory) -> Bluesky:
    return connect(pds.url, person, memory)
