"""The contract suite that every network passes, for the networks of this package and of others.

Needs the extra `testing` (pytest, hypothesis). docs/add-a-network.md shows how a network joins.
"""

import pytest

pytest.register_assert_rewrite(
    "perihelion.testing.cases",
    "perihelion.testing.fuzz",
    "perihelion.testing.network_contract",
    "perihelion.testing.refusal_contract",
    "perihelion.testing.lookup_contract",
    "perihelion.testing.http_lookup_contract",
    "perihelion.testing.proxy_contract",
    "perihelion.testing.http_contract",
)
