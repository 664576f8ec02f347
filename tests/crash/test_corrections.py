"""A correction whose process is killed between its intent and its result is made once."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.service.post_correction import open_published
from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.bot_process import BotProcess, start_bot
from tests.fakes.mastodon_server import TOKEN, FakeMastodon
from tests.fakes.published_post import RIGHT, PublishedPost

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.testing.http_server import Request

LEASE = 20.0


class KillingServer:
    """A Mastodon server that kills the program when its first edit arrives, done or not."""

    def __init__(self, *, acts: bool) -> None:
        self.mastodon, self._acts = FakeMastodon(), acts
        self.server = FakeServer(self._answer)
        self.mastodon.url = self.server.url
        self.edits = 0
        self.run: BotProcess | None = None

    def _answer(self, request: Request) -> Reply:
        if request.method != "PUT":
            return self.mastodon.handle_request(request)
        self.edits += 1
        if self.edits > 1:
            return self.mastodon.handle_request(request)
        if self._acts:
            self.mastodon.handle_request(request)
        assert self.run is not None
        os.kill(self.run.process.pid or 0, signal.SIGKILL)
        return Reply(500, {})


@pytest.mark.parametrize(("acts", "edits"), [(True, 1), (False, 2)])
def test_a_correction_that_was_killed_is_made_once(
    acts: bool,  # noqa: FBT001 - pytest hands it over by name
    edits: int,
    tmp_path: Path,
) -> None:
    killer = KillingServer(acts=acts)
    post = PublishedPost(
        tmp_path, "mastodon", {"MASTODON_URL": killer.server.url, "MASTODON_TOKEN": TOKEN}
    )
    killer.mastodon.now = post.clock.now
    settings = {"PATH": os.environ["PATH"], "PERIHELION_LEASE": str(LEASE)}
    killer.run = start_bot(["correct", str(post.key), "--yes"], post.environ | settings, tmp_path)
    killer.run.process.join(60)
    assert killer.run.was_killed, killer.run.read_output()
    assert [one.state for one in post.list_corrections()] == [State.SENDING]
    post.clock.at += timedelta(hours=1)
    ledger = post.app.open_ledger()
    published = open_published(post.app, ledger, post.key)
    assert published.unfinished is not None
    made = published.open_corrector(ledger).resume(published.unfinished)
    ledger.close()
    assert made.state is State.SENT
    assert [RIGHT in status.text for status in killer.mastodon.statuses] == [True]
    assert killer.edits == edits
    killer.server.close()
