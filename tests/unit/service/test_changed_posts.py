"""`--changed REV`: the posts and the advice that a git change makes different, and no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import UsageError
from perihelion.service.changed_posts import Comparison, find_changed_posts, open_earlier_app
from perihelion.service.changed_posts_report import print_changed_posts
from perihelion.service.changed_posts_text import MARKDOWN_LENGTH, render_markdown, summarize
from perihelion.service.commands.check import check_everything
from perihelion.service.git_revision import write_revision
from perihelion.service.preview_choice import PreviewChoice
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.git_repository import commit_all, make_repository

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.service.changed_posts import PostChange
    from perihelion.service.wiring import App

HEAD = "accounts:\n  - {network: mastodon}\n  - {network: x}\ninclude: more/*.yaml\n"
MISSION = """\
missions:
  - id: m
    name: M
    events:
      - {id: a, at: 1969-07-20, title: A lands, sources: GCAT 1969-059}
      - {id: b, at: 1969-11-14, title: B sets out, sources: GCAT 1969-099, picture: {
         file: b.jpg, alt: B, credit: C}}
"""
SPAN = 366


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose first commit has the schedule above and two templates."""
    make_repository(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "schedule.yaml").write_text(HEAD)
    (tmp_path / "more" / "m.yaml").write_text(MISSION)
    (tmp_path / "b.jpg").write_bytes(b"one")
    (tmp_path / "templates" / "default.j2").write_text("{{ title }}, {{ ago }}.")
    words = (ROOT / "templates" / "_words.j2").read_text()
    (tmp_path / "templates" / "_words.j2").write_text(words)
    commit_all(tmp_path)
    return tmp_path


def open_bot(folder: Path) -> App:
    return open_app(list_variables(folder))


def list_variables(folder: Path) -> dict[str, str]:
    return {
        "PERIHELION_SCHEDULE": str(folder / "schedule.yaml"),
        "PERIHELION_STATE": str(folder / "state"),
    }


def change(folder: Path, old: str, new: str, file: str = "more/m.yaml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def find_changes(folder: Path, tmp: Path, network: str | None = None) -> list[PostChange]:
    app = open_bot(folder)
    files = write_revision("HEAD", app.settings.schedule, app.settings.templates, tmp / "earlier")
    compared = Comparison(open_earlier_app(app, files), app, files.changed)
    return find_changed_posts(compared, network, app.clock.now().date(), SPAN)


def describe(changes: list[PostChange]) -> list[tuple[str, str, str]]:
    return sorted(
        (one.kind, one.either.due.anniversary.event.id, one.either.due.account.name)
        for one in changes
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("missions:\n", "# Only a comment, and all lines move.\nmissions:\n", []),
        ("A lands", "A comes down", [("altered", "a")]),
        ("1969-11-14", "1969-11-15", [("altered", "b")]),
        ("id: a,", "id: c,", [("added", "c"), ("removed", "a")]),
        ("alt: B,", "alt: A rocket,", [("altered", "b")]),
        ("sources: GCAT 1969-059", "sources: NASA", []),
    ],
)
def test_a_change_shows_the_posts_that_it_makes_different(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, old: str, new: str,
    expected: list[tuple[str, str]],
) -> None:  # fmt: skip
    change(folder, old, new)
    found = describe(find_changes(folder, tmp_path_factory.mktemp("earlier")))
    assert found == [(*one, account) for one in expected for account in ("mastodon", "x")]


@pytest.mark.parametrize(
    ("edit", "events"),
    [
        (("{{ ago }}", "it was {{ ago }}", "templates/default.j2"), ["a", "b"]),
        (("one", "two", "b.jpg"), ["b"]),
        (("x}", 'x, post_at: "09:00"}', "schedule.yaml"), ["a", "b"]),
    ],
)
def test_templates_pictures_and_accounts_count_as_well(
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    edit: tuple[str, str, str],
    events: list[str],
) -> None:
    change(folder, *edit)
    changes = find_changes(folder, tmp_path_factory.mktemp("earlier"), network="x")
    assert describe(changes) == [("altered", event, "x") for event in events]


def test_a_revision_without_a_schedule_had_no_posts(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "schedule.yaml").rename(folder / "calendar.yaml")
    app = open_app(list_variables(folder) | {"PERIHELION_SCHEDULE": str(folder / "calendar.yaml")})
    where = tmp_path_factory.mktemp("earlier")
    files = write_revision("HEAD", app.settings.schedule, app.settings.templates, where)
    compared = Comparison(open_earlier_app(app, files), app, files.changed)
    changes = find_changed_posts(compared, "x", app.clock.now().date(), SPAN)
    assert describe(changes) == [("added", "a", "x"), ("added", "b", "x")]


def test_both_sides_are_printed_side_by_side_and_the_accounts_that_agree_once(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(folder, "A lands", "A comes down")
    monkeypatch.setenv("COLUMNS", "80")
    choice = PreviewChoice(days=SPAN)
    posts = print_changed_posts(open_bot(folder), "HEAD", choice, as_markdown=False)
    texts = [one.post.text.split(",")[0] for one in posts if one.post]
    assert texts == ["A comes down"] * 2
    shown = capsys.readouterr().out
    text = next(one for one in shown.splitlines() if one.startswith("A lands, "))
    assert " | A comes down, " in text
    assert shown.count("mastodon, x (the same on 2 accounts)") == 1
    assert "2 posts" in shown
    assert "2 altered." in shown


def test_markdown_shows_the_text_as_it_is_and_mentions_nobody(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    change(folder, "A lands", "'@NASA lands <b> | *A*'")
    changes = find_changes(folder, tmp_path_factory.mktemp("earlier"), network="x")
    shown = render_markdown(changes, summarize(changes, "HEAD", "now"))
    assert "| before | after |\n|---|---|\n| A lands, " in shown
    assert "@<!-- -->NASA" in shown.replace("\u200b", "")
    assert "&lt;b&gt; \\| \\*A\\*" in shown
    many = render_markdown(changes, "x" * MARKDOWN_LENGTH)
    assert "And 1 more change: `preview --changed` shows them all." in many


def test_what_git_cannot_tell_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule, templates = folder / "schedule.yaml", folder / "templates"
    for revision in ("nonsense", "--help", "HEAD:more"):
        with pytest.raises(UsageError, match="git knows no revision"):
            write_revision(revision, schedule, templates, tmp_path / "earlier")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(folder))
    (folder / ".git").rename(folder / "not-git")
    with pytest.raises(UsageError, match="where the schedule is in a git repository"):
        write_revision("HEAD", schedule, templates, tmp_path / "earlier")
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(UsageError, match="which is not installed; install it"):
        write_revision("HEAD", schedule, templates, tmp_path / "earlier")


def test_check_advises_on_what_differs_and_on_lost_ids(folder: Path) -> None:
    change(folder, "A lands,", "A lands today,")
    change(folder, "id: b, at", "id: c, at")
    result = check_everything(list_variables(folder), (), "HEAD")
    assert [(one.location.line, one.code) for one in result.advice] == [
        (5, "relative-date"),
        (6, "lost-id"),
    ]
    assert "its id was `m/b` at HEAD" in result.advice[1].message
    assert result.checked.startswith("2 events that differ from HEAD, ")


def test_an_event_that_is_gone_is_told_at_its_mission_unless_that_is_meant(folder: Path) -> None:
    text = MISSION.splitlines(keepends=True)
    (folder / "more" / "m.yaml").write_text("".join(text[:-2]))
    (advice,) = check_everything(list_variables(folder), (), "HEAD").advice
    assert (advice.location.line, advice.code) == (5, "lost-id")
    assert "`m/b` was in its mission at HEAD and is gone" in advice.message
    change(folder, "name: M", "name: M\n    advice_off: {lost-id: it never took place}")
    assert check_everything(list_variables(folder), (), "HEAD").advice == []
    assert check_everything(list_variables(folder)).advice == []
