"""Accounts that differ only in name are worded once, and each is named where it has a problem."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from perihelion.service import post_preview
from perihelion.service.post_preview import PostPreview, preview_posts
from perihelion.service.wiring import App, open_app

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.model.anniversaries import DueAnniversary

ACCOUNTS = """\
accounts:
  - {network: mastodon, name: one}
  - {network: mastodon, name: two}
  - {network: mastodon, name: warned, options: {content_warning: space}}
  - {network: mastodon, name: early, post_at: "08:00"}
missions:
  - {id: m, name: M, events: [{id: a, at: 2001-07-20, title: M lands, sources: GCAT}]}
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "schedule.yaml").write_text(ACCOUNTS, "utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "_words.j2").write_text("{% set years = count %}", "utf-8")
    (tmp_path / "templates" / "default.j2").write_text("{{ title }}, {{ years }}", "utf-8")
    environ = {
        "PERIHELION_SCHEDULE": str(tmp_path / "schedule.yaml"),
        "PERIHELION_STATE": str(tmp_path / "state"),
        "PERIHELION_TEMPLATES": str(tmp_path / "templates"),
    }
    return open_app(environ)


def preview(app: App) -> dict[str, PostPreview]:
    found = preview_posts(app, app.schedule.accounts, date(2026, 7, 20), 1)
    return {one.due.account.name: one for one in found}


def test_only_accounts_that_differ_in_more_than_their_name_are_worded_anew(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    worded: list[str] = []
    word = post_preview.preview_due

    def note(app: App, due: DueAnniversary) -> PostPreview:
        worded.append(due.account.name)
        return word(app, due)

    monkeypatch.setattr(post_preview, "preview_due", note)
    found = preview(app)
    assert set(worded) == {"one", "warned", "early"}
    assert found["two"].post == found["one"].post
    assert found["two"].key == "two:m/a:25-years:1"
    assert found["two"].limit != found["warned"].limit
    assert found["early"].due.at != found["one"].due.at


def test_an_account_that_a_template_names_has_words_of_its_own(app: App) -> None:
    (app.settings.templates / "default.j2").write_text("{{ title }} on {{ account }}", "utf-8")
    texts = {name: one.post.text for name, one in preview(app).items() if one.post}
    assert texts["one"] == "M lands on one"
    assert texts["two"] == "M lands on two"


def test_a_post_that_cannot_be_worded_is_a_problem_of_each_account(app: App) -> None:
    (app.settings.templates / "default.j2").write_text("{{ title * 100 }}", "utf-8")
    for name, one in preview(app).items():
        assert f"m/a on {name}" in one.problem
