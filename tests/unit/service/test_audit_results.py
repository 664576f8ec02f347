"""What the last audit found stays in view until the next audit, or a person, settles it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.service.attention import Need, find_attention
from perihelion.service.audit import AUDITED_BACK
from perihelion.service.audit_results import list_results
from perihelion.service.cli import run_command
from perihelion.service.commands import audit as verb
from perihelion.service.commands import status
from tests.fakes.audited_site import Site, site

if TYPE_CHECKING:
    import pytest

__all__ = ("site",)


def test_what_the_last_audit_found_needs_a_person_until_it_is_accepted(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = site.app.open_ledger()
    gone = site.mastodon.statuses.pop()
    site.audit()
    needs = [one for one in find_attention(site.app, ledger) if one.need is Need.AUDIT]
    (needed,) = needs
    assert needed.text.startswith("deleted http")
    assert f"`python bot.py audit --accept {needed.subject}`" in needed.text
    monkeypatch.setattr(status, "open_app_for_ledger", lambda _: (site.app, None))
    assert run_command(status.command, []) == 1
    assert needed.subject in capsys.readouterr().out
    run_command(status.command, ["--json"])
    (result,) = json.loads(capsys.readouterr().out)["audits"]
    assert (result["account"], len(result["findings"])) == ("mastodon", 1)
    arguments = ["--accept", needed.subject]
    monkeypatch.setattr(verb, "open_app_for_ledger", lambda _: (site.app, None))
    assert run_command(verb.command, arguments) == 0
    assert run_command(verb.command, arguments) == 2
    assert [one.findings for one in site.audit() if one.account == "mastodon"] == [()]
    assert not any(one.need is Need.AUDIT for one in find_attention(site.app, ledger))
    site.mastodon.statuses.append(replace(gone, text="It says something else"))
    site.audit()
    (other,) = (one for one in find_attention(site.app, ledger) if one.need is Need.AUDIT)
    assert (other.subject, other.text[:6]) == (needed.subject, "edited")
    ledger.close()


def test_an_audit_that_failed_or_looked_back_less_forgets_nothing(site: Site) -> None:
    ledger = site.app.open_ledger()
    site.mastodon.statuses.pop()
    site.audit()
    (before,) = list_results(ledger)
    site.audit(since=site.clock.at - timedelta(hours=1))
    assert list_results(ledger) == [before]
    site.clock.at += AUDITED_BACK
    assert [one for one in find_attention(site.app, ledger) if one.need is Need.AUDIT] == []
    ledger.close()
