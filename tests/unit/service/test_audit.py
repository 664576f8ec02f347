"""What was sent is compared with the timeline, and what differs is named and never posted again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.deliveries import State
from perihelion.networks import loader
from perihelion.service.attention import Need, find_differences
from perihelion.service.commands import audit as verb
from perihelion.service.delivery_run import prepare_ledger
from perihelion.service.reports import Reports
from perihelion.service.wiring import open_app
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes.audited_site import SENT_AT, TITLES, Site, site
from tests.fakes.telegram_server import TOKEN as TELEGRAM_TOKEN

if TYPE_CHECKING:
    from perihelion.service.wiring import App

__all__ = ("site",)

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")


def test_a_timeline_that_shows_what_was_sent_is_well(site: Site) -> None:
    (audit,) = site.audit()
    assert (audit.account, audit.judged, audit.is_well) == ("mastodon", 3, True)


def test_a_post_that_somebody_deleted_is_named_and_not_posted_again(site: Site) -> None:
    site.mastodon.delete_status(site.find_status(TITLES[0]).id)
    assert site.list_differences() == [("deleted", "e0:37-years:1")]
    assert len(site.mastodon.statuses) == 2


def test_a_post_that_somebody_edited_is_named_with_what_it_says_now(site: Site) -> None:
    status = site.find_status(TITLES[1])
    status.text = status.text.replace("Two", "Twelve")
    (audit,) = site.audit()
    (finding,) = audit.findings
    assert (finding.difference, "Twelve comes down" in finding.text) == ("edited", True)


def test_an_edited_post_with_a_new_id_is_neither_deleted_nor_doubled(site: Site) -> None:
    """As on snac."""
    status = site.find_status(TITLES[1])
    status.id, status.text = f"{status.id}9", status.text.replace("Two", "Tow")
    assert site.list_differences() == [("edited", "e1:36-years:1")]


def test_a_second_post_with_the_same_text_is_named(site: Site) -> None:
    site.mastodon.add_status(site.find_status(TITLES[2]).text)
    assert site.list_differences() == [("doubled", "e2:35-years:1")]


def test_what_a_person_called_sent_and_is_nowhere_is_missing(site: Site) -> None:
    status = site.find_status(TITLES[0])
    site.mastodon.delete_status(status.id)
    ledger = site.app.open_ledger()
    (key,) = [one.key for one in ledger.list_deliveries() if "/e0:" in str(one.key)]
    with ledger._write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state='held', receipt_id=NULL, url=NULL")
    ledger.resolve_delivery(key, State.SENT, site.clock.at, "https://example.org/1")
    ledger.close()
    site.clock.at += timedelta(hours=1)
    assert site.list_differences() == [("missing", "e0:37-years:1")]


def test_what_people_write_there_themselves_is_nobody_s_business(site: Site) -> None:
    site.mastodon.add_status("My cat, on a sunny day")
    assert site.list_differences() == []


def test_what_was_sent_moments_ago_is_not_judged_yet(site: Site) -> None:
    site.mastodon.statuses.clear()
    site.clock.at = SENT_AT + timedelta(minutes=5)
    site.server.requests.clear()
    (audit,) = site.audit()
    assert (audit.judged, audit.findings) == (0, ())
    assert not site.server.requests, "no server is asked about nothing"


def test_what_was_due_before_the_day_asked_for_is_not_judged(site: Site) -> None:
    site.mastodon.statuses.clear()
    (audit,) = site.audit(since=SENT_AT + timedelta(hours=20))
    assert (audit.judged, audit.findings) == (0, ())


def test_a_timeline_that_cannot_be_read_far_enough_tells_nothing(site: Site) -> None:
    site.mastodon.statuses.clear()
    site.server.break_next(Fault(reply=Reply(503, {})), lambda r: r.path.endswith("/statuses"))
    (audit,) = site.audit()
    assert (audit.findings, audit.is_well) == ((), False)
    assert audit.unread.startswith("could not tell: ")
    assert "the timeline: 503" in audit.unread


def test_a_network_that_shows_no_posts_is_named_and_is_no_fault(site: Site) -> None:
    ledger = site.app.open_ledger()
    with ledger._write() as connection:
        sent = "UPDATE deliveries SET account='telegram' WHERE key LIKE '%/e0:%'"
        connection.exec_driver_sql(sent)
    ledger.close()
    audits = site.audit(TELEGRAM_TOKEN=TELEGRAM_TOKEN, TELEGRAM_CHAT="@yearly")
    assert [(one.account, one.unread, one.is_well) for one in audits] == [
        ("mastodon", "", True),
        ("telegram", "telegram cannot show what was posted", True),
    ]


def test_an_account_whose_reading_costs_money_is_read_only_by_name(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = loader.load_spec("mastodon")
    monkeypatch.setattr(loader, "load_spec", lambda _name: replace(free, is_paid=True))
    (audit,) = site.audit()
    assert audit.unread.startswith("reading mastodon costs money")
    (audit,) = site.audit(only="mastodon")
    assert audit.judged == len(TITLES)


def run_verb(site: Site, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(verb, "open_app", lambda _environ, only: _open(site, only))
    result = CliRunner().invoke(verb.command, list(arguments), standalone_mode=False)
    return result.return_value, result.output


def _open(site: Site, only: str | None) -> App:
    return replace(open_app(site.environ, only=only), clock=site.clock)


def test_the_verb_exits_with_one_and_names_what_differs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_verb(site, monkeypatch) == (0, "mastodon: 3 posts compared, 0 differences\n")
    site.mastodon.delete_status(site.find_status(TITLES[0]).id)
    status, output = run_verb(site, monkeypatch, "--since", "2027-03-01")
    assert status == 1
    assert output.startswith("mastodon: 3 posts compared, 1 difference\n  deleted mastodon:m/e0:")
    status, output = run_verb(site, monkeypatch, "mastodon", "--json")
    (shown,) = json.loads(output)
    assert (status, shown["judged"], shown["findings"][0]["difference"]) == (1, 3, "deleted")


def test_a_worker_without_alerts_audits_for_status_and_a_later_address_is_still_told(
    site: Site,
) -> None:
    pager = FakeServer(lambda _request: Reply(200, {}))
    alerts = {"PERIHELION_ALERTS": pager.url.replace("http://", "json://")}
    site.mastodon.delete_status(site.find_status(TITLES[0]).id)
    for environ in (site.environ, site.environ | alerts):
        site.clock.at += timedelta(days=1)
        app = replace(open_app(environ), clock=site.clock)
        ledger = prepare_ledger(app)
        Reports(app, ledger).send()
        assert [one.need for one in find_differences(app, ledger)] == [Need.AUDIT]
        ledger.unregister_worker(site.clock.at)
        ledger.close()
    assert [one.json["title"] for one in pager.requests] == [
        "audit: 1 difference from the timelines"
    ]
    pager.close()


def test_a_worker_audits_once_a_day_and_tells_each_difference_once(site: Site) -> None:
    pager = FakeServer(lambda _request: Reply(200, {}))
    environ = {"PERIHELION_ALERTS": pager.url.replace("http://", "json://")}
    app = replace(open_app(site.environ | environ), clock=site.clock)

    def report() -> list[str]:
        pager.requests.clear()
        ledger = prepare_ledger(app)
        Reports(app, ledger).send()
        ledger.unregister_worker(site.clock.at)
        ledger.close()
        return [request.json["title"] for request in pager.requests]

    assert report() == []
    site.mastodon.delete_status(site.find_status(TITLES[0]).id)
    assert report() == [], "today's audit is over"
    site.clock.at += timedelta(hours=4)
    assert report() == ["audit: 1 difference from the timelines"]
    site.clock.at += timedelta(days=1)
    assert report() == [], "it was told"
    site.mastodon.delete_status(site.find_status(TITLES[1]).id)
    site.clock.at += timedelta(days=1)
    assert report() == ["audit: 2 differences from the timelines"]
    pager.close()
