"""What is saved is read again once it is whole, and refused while it is wrong."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perihelion.schedule import load
from perihelion.service import reload
from perihelion.service.reload import MAX_LOOKS_WHILE_WRITTEN, Refused, Reloader, Settling
from perihelion.service.wiring import App
from tests.fakes.saved_schedule import LATER, SavedSchedule, look_until_settled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def saved(tmp_path: Path) -> SavedSchedule:
    return SavedSchedule(tmp_path)


@pytest.fixture
def reloader(saved: SavedSchedule) -> Reloader:
    return Reloader(saved.open_app(), saved.environ, LATER)


def read_titles(reloader: Reloader) -> list[str]:
    found = look_until_settled(reloader)
    assert isinstance(found, App), found
    return [event.title for event in found.schedule.events]


def read_mistake(reloader: Reloader) -> str:
    found = look_until_settled(reloader)
    assert isinstance(found, Refused), found
    return str(found.error)


def test_what_has_not_changed_is_not_read_again(reloader: Reloader) -> None:
    assert reloader.look() is None


def test_what_may_have_changed_while_it_was_first_read_is_read_again(saved: SavedSchedule) -> None:
    opened_at = datetime.fromtimestamp(saved.events.stat().st_ctime, UTC)
    reloader = Reloader(saved.open_app(), saved.environ, opened_at)
    assert read_titles(reloader) == ["first of number 0 of 1."]


@pytest.mark.parametrize("save", [SavedSchedule.replace, lambda s, text: s.events.write_text(text)])
def test_what_is_saved_is_used_once_two_looks_have_found_the_same(
    saved: SavedSchedule, reloader: Reloader, save: Callable[[SavedSchedule, str], object]
) -> None:
    save(saved, saved.make_events("second"))
    assert isinstance(reloader.look(), Settling)
    save(saved, saved.make_events("third"))
    assert isinstance(reloader.look(), Settling), "it was saved once more"
    assert read_titles(reloader) == ["third of number 0 of 1."]
    assert reloader.look() is None


def test_mistakes_are_told_once_and_what_is_right_again_is_used(
    saved: SavedSchedule, reloader: Reloader
) -> None:
    saved.replace("missions:\n  - id: m\n    nam: Mission\n")
    assert f"{saved.events}:3:5: " in read_mistake(reloader)
    assert reloader.look() is None
    saved.replace(saved.make_events("second"))
    assert read_titles(reloader) == ["second of number 0 of 1."]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
def test_half_a_file_is_not_read_while_it_is_being_written(
    saved: SavedSchedule, reloader: Reloader
) -> None:
    text = saved.make_events("second", 6)
    with saved.events.open("w", encoding="utf-8") as file:
        file.write(text[: text.index("      - {id: e3")])  # it is a whole schedule, with less in it
        file.flush()
        looks = [reloader.look() for _ in range(5)]
        file.write(text[text.index("      - {id: e3") :])
    assert looks == [Settling()] * 5
    assert len(read_titles(reloader)) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
def test_a_program_that_keeps_a_file_open_does_not_keep_it_from_being_read(
    saved: SavedSchedule, reloader: Reloader
) -> None:
    saved.replace(saved.make_events("second"))
    with saved.events.open("a", encoding="utf-8"):
        looks = [reloader.look() for _ in range(MAX_LOOKS_WHILE_WRITTEN + 2)]
    assert isinstance(looks[-1], App)
    assert set(looks[:-1]) == {Settling()}


def test_what_changes_while_it_is_read_is_not_used(
    saved: SavedSchedule, reloader: Reloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = iter([saved.make_events("third"), "missions: [", saved.make_events("fourth")])

    def load_and_save(path: Path) -> object:
        found = load.load_with_mistakes(path)
        for text in saves:
            saved.replace(text)
            break
        return found

    monkeypatch.setattr(reload, "load_with_mistakes", load_and_save)
    saved.replace(saved.make_events("second"))
    assert read_titles(reloader) == ["fourth of number 0 of 1."]


def test_a_link_that_leads_elsewhere_now_is_followed(tmp_path: Path) -> None:
    """A ConfigMap of Kubernetes: files link into ..data, which links to a folder of its own."""
    saved = SavedSchedule(tmp_path)
    for version in ("1", "2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "one.yaml").write_text(saved.make_events(f"number {version}"))
    (tmp_path / "..data").symlink_to("..1")
    saved.events.unlink()
    saved.events.symlink_to("../..data/one.yaml")
    reloader = Reloader(saved.open_app(), saved.environ, LATER)
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert read_titles(reloader) == ["number 2 of number 0 of 1."]


def test_files_that_come_and_go_are_noticed(saved: SavedSchedule, reloader: Reloader) -> None:
    other = saved.events.with_name("two.yaml")
    other.write_text(saved.make_events("other", mission="n"), encoding="utf-8")
    assert len(read_titles(reloader)) == 2
    other.unlink()
    assert len(read_titles(reloader)) == 1
    saved.events.unlink()
    assert "matches no file" in read_mistake(reloader)
    saved.replace(saved.make_events("back"))
    assert read_titles(reloader) == ["back of number 0 of 1."]


def test_a_schedule_that_is_gone_is_refused_until_it_is_back(
    saved: SavedSchedule, reloader: Reloader
) -> None:
    saved.main.unlink()
    assert "there is no such file" in read_mistake(reloader)
    saved.save_accounts()
    assert len(read_titles(reloader)) == 1


def test_a_picture_must_be_there_before_its_event_is_used(
    saved: SavedSchedule, reloader: Reloader
) -> None:
    picture = ', pictures: [{file: a.png, alt: A, credit: B}], title: "'
    saved.replace(saved.make_events("second").replace(', title: "', picture))
    assert "there is no picture" in read_mistake(reloader)
    (saved.folder / "a.png").write_bytes(b"a picture")
    assert read_titles(reloader) == ["second of number 0 of 1."]
    (saved.folder / "a.png").write_bytes(b"another picture")
    assert read_titles(reloader) == ["second of number 0 of 1."]


def test_a_broken_template_is_refused_and_the_one_before_it_goes_on_wording(
    saved: SavedSchedule,
) -> None:
    def word(app: App) -> str:
        context = {"title": "A landing", "count": 3}
        return next(iter(app.templates.render_wordings("milestone", "en", context)))

    saved.replace(saved.make_events("second"))
    reloader = Reloader(saved.open_app(), saved.environ, LATER)
    template = saved.folder / "templates" / "default.j2"
    template.write_text("{{ ago }}: {{ title }}")
    first = look_until_settled(reloader)
    assert isinstance(first, App)
    template.write_text("{{ titel }}")
    assert "default.j2:1:1: 'titel' is undefined; did you mean title?" in read_mistake(reloader)
    assert word(first) == "3 years ago: A landing"
    template.unlink()
    (saved.folder / "templates" / "_words.j2").unlink()
    assert "is missing" in read_mistake(reloader)
    assert word(first) == "3 years ago: A landing"


def test_a_wish_to_look_at_once_reads_what_has_not_changed(reloader: Reloader) -> None:
    reloader.forget()
    assert isinstance(reloader.look(), App)
