"""What was corrected is public: on a page and in a feed, as soon as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import feedparser
import pytest

from perihelion.model.corrections import Means
from perihelion.model.deliveries import DeliveryKey, State
from perihelion.model.posts import Post
from perihelion.service.web.application import create_app
from tests.fakes.ledger_testbed import LedgerTestbed, make_planned, make_result
from tests.unit.service.web.conftest import SCHEDULE, FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from perihelion.ledger.store import Ledger

MADE_AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
KEY = DeliveryKey("mastodon", "apollo-11/landing", 57)
RIGHT = Post("The Eagle <landed> on the Moon", "en", "2027-03-02T12:00:00Z", title="A title")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """With one post that was sent."""
    (tmp_path / "state").mkdir()
    testbed = LedgerTestbed(f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}")
    testbed.open_ledger().migrate(MADE_AT)
    worker = testbed.open_worker()
    testbed.promise_deliveries(worker, replace(make_planned(), key=KEY))
    (claim,) = testbed.claim_deliveries(worker)
    testbed.settle_claims(worker, make_result(claim))
    yield worker
    testbed.close()


@pytest.fixture
def reader(tmp_path: Path, clock: FixedClock) -> FlaskClient:
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml"),
        "PERIHELION_STATE": str(tmp_path / "state"),
    }
    return create_app(environ, clock).test_client()


def correct(ledger: Ledger, url: str = "https://example.org/1", key: DeliveryKey = KEY) -> None:
    made = ledger.begin_correction(key, Means.EDIT, "The Eagle landed on Mars", RIGHT, MADE_AT)
    assert made.state is State.SENDING
    sent = replace(made, state=State.SENT, receipt_id="1", url=url)
    ledger.settle_correction(made, sent, MADE_AT)


def read(reader: FlaskClient, path: str) -> str:
    response = reader.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/corrections", "has no record of what was published"),
        ("/de/corrections", "kann daher keine Korrekturen nennen"),
        ("/es/corrections", "no puede mostrar correcciones"),
    ],
)
def test_without_a_ledger_the_page_says_so(reader: FlaskClient, path: str, said: str) -> None:
    assert said in read(reader, path)
    assert feedparser.parse(read(reader, "/feeds/en/corrections.atom")).entries == []


def test_a_correction_is_shown_once_it_was_published(reader: FlaskClient, ledger: Ledger) -> None:
    assert "Nothing has been corrected so far." in read(reader, "/corrections")
    correct(ledger)
    page = read(reader, "/corrections")
    assert "The Eagle landed on Mars" in page
    assert "The Eagle &lt;landed&gt; on the Moon" in page
    assert '<a href="/e/apollo-11/landing">' in page
    assert '<a href="https://example.org/1">' in page
    assert "2 March 2027" in page
    assert "Apollo 11 landet auf dem Mond" in read(reader, "/de/corrections")


def test_the_feed_has_it_with_an_id_of_its_own(reader: FlaskClient, ledger: Ledger) -> None:
    correct(ledger)
    correct(ledger)
    feed = feedparser.parse(read(reader, "/feeds/en/corrections.atom"))
    assert not feed.bozo
    ids = [entry.id for entry in feed.entries]
    assert ids == [f"http://localhost/corrections#{KEY}#{number}" for number in (2, 1)]
    assert "on Mars" in feed.entries[0].summary
    assert reader.get("/feeds/fr/corrections.atom").status_code == 404


def test_what_has_not_come_to_an_end_is_not_shown(reader: FlaskClient, ledger: Ledger) -> None:
    ledger.begin_correction(KEY, Means.EDIT, "The Eagle landed on Mars", RIGHT, MADE_AT)
    assert "on Mars" not in read(reader, "/corrections")


def test_an_address_that_is_none_of_the_web_is_no_link(reader: FlaskClient, ledger: Ledger) -> None:
    correct(ledger, url="javascript:alert(1)")
    page = read(reader, "/corrections")
    assert "on Mars" in page
    assert "javascript" not in page
