"""A name that was made plain, and a mention that was wanted, are recognized when read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.testing.cases import HttpCase, make_post
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN
from tests.contract.networks.test_discord_contract import BotCase
from tests.contract.networks.test_mastodon_contract import GoToSocialCase, MastodonCase, SnacCase
from tests.contract.networks.test_threads_contract import ThreadsCase
from tests.contract.networks.test_x_contract import XCase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN, WITHOUT_JOINER = "Built by @\u2060NASA in 1977", "Built by @NASA in 1977"


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpCase]:
    made: HttpCase = request.param(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "case", [MastodonCase, GoToSocialCase, SnacCase, BotCase, XCase, ThreadsCase], indirect=True
)
@pytest.mark.parametrize("kept", [PLAIN, WITHOUT_JOINER], ids=["kept", "dropped"])
def test_a_plain_name_is_found_whether_or_not_the_network_keeps_the_joiner(
    case: HttpCase, kept: str
) -> None:
    network = case.connect()
    made = network.publish(make_post(kept), TOKEN)
    found = network.find(make_post(PLAIN), OTHER_TOKEN)
    assert found is not None
    assert found.id == made.id
    assert len(network.recent(LONG_AGO)) == 1


@pytest.mark.parametrize("case", [MastodonCase, GoToSocialCase, SnacCase], indirect=True)
def test_a_mention_is_recognized_without_the_server_that_is_not_shown(case: HttpCase) -> None:
    network = case.connect()
    made = network.publish(make_post("Built by @nasa in 1977"), TOKEN)
    found = network.find(make_post("Built by @nasa@example.social in 1977"), OTHER_TOKEN)
    assert found is not None
    assert found.id == made.id
