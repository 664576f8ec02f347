"""The suite's own assertions explain themselves, as those of a test module do."""

import pytest

pytest.register_assert_rewrite("tests.contract.networks.suite", "tests.contract.networks.wire")
