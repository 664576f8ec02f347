"""Bluesky's PDS, which several files of tests share, and an account on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.service.adapter_memory import DictMemory
from tests.fakes.bluesky_pds import PdsServer, connect_adapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.networks.bluesky.adapter import Bluesky
    from tests.fakes.bluesky_pds import PdsAccount


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdsServer]:
    with PdsServer(tmp_path_factory.mktemp("pds")) as running:
        yield running


@pytest.fixture
def pds_account(pds: PdsServer) -> PdsAccount:
    """Each test has an account of its own."""
    return pds.create_account()


@pytest.fixture
def memory() -> DictMemory:
    return DictMemory()


@pytest.fixture
def network(pds: PdsServer, pds_account: PdsAccount, memory: DictMemory) -> Bluesky:
    return connect_adapter(pds.url, pds_account, memory)
