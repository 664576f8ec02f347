"""What the tests of the contract suite are given: the network's case, and an adapter."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

import pytest

from perihelion.testing.cases import Case, HttpCase, assert_no_secret, skip_unless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.networks.base import Network


class CaseFixtures:
    """For any network: a new case for each test."""

    case_type: ClassVar[type[Case]]

    @pytest.fixture
    def case(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Case]:
        """The network under test. Whatever a test does, no log line may show a secret."""
        caplog.set_level(logging.DEBUG)
        made = self.case_type(tmp_path)
        yield made
        made.close()
        assert_no_secret(made, caplog.text)

    @pytest.fixture
    def network(self, case: Case) -> Network:
        return case.connect()

    @pytest.fixture
    def readable(self, case: Case) -> Case:
        """The case, if its account's posts can be read back."""
        skip_unless(case.can_read_back, "this network cannot be read back")
        return case


class HttpCaseFixtures(CaseFixtures):
    """For a network behind an HTTP server."""

    case_type: ClassVar[type[HttpCase]]

    @pytest.fixture
    def wire(self, case: Case) -> HttpCase:
        assert isinstance(case, HttpCase)
        return case
