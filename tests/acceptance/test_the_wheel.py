"""The installed package, away from the clone: the wheel has all it needs."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from perihelion import __version__
from tests.fakes.bot_installation import PATIENCE
from tests.fakes.wheel_installation import WheelInstallation, share_installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.server_process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "perihelion"
LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+) \(")


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory, testrun_uid: str, worker_id: str
) -> Iterator[WheelInstallation]:
    """In a folder that others may enter, which pytest's own are not."""
    lock = tmp_path_factory.getbasetemp().parent / f"{testrun_uid}.lock"
    folder = Path(tempfile.gettempdir(), f"perihelion-{testrun_uid}")
    with share_installation(folder, lock, worker_id) as installation:
        yield installation


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """An empty folder, which stays empty."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        assert list(Path(name).iterdir()) == []


def list_files(folder: Path) -> set[str]:
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    return {one for one in files if "__pycache__" not in one}


def test_the_wheel_holds_all_of_the_package_and_the_templates(installed: WheelInstallation) -> None:
    with zipfile.ZipFile(installed.wheel) as opened:
        there = set(opened.namelist())
    templates = {
        f"perihelion/service/starter/templates/{one}" for one in list_files(ROOT / "templates")
    }
    assert {f"perihelion/{one}" for one in list_files(PACKAGE)} - there == set()
    assert templates - there == set()
    others = {one for one in there if not one.startswith("perihelion/")}
    assert {one.split("/")[0] for one in others} == {f"perihelion-{__version__}.dist-info"}


@pytest.fixture(scope="module")
def museum(installed: WheelInstallation) -> Iterator[Path]:
    """A bot that `init` has laid out as the other user; afterwards only its state may change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed.give_to_other_user(folder)
        said = installed("perihelion", "init", name, cwd=folder)
        assert (said.code, said.err) == (0, "")
        for one in (folder, *folder.rglob("*")):
            if one != folder / "state":
                one.chmod(0o555 if one.is_dir() else 0o444)
        yield folder
        for one in (folder, *folder.rglob("*")):
            one.chmod(0o755)


def test_a_new_bot_passes_its_own_check_from_anywhere(
    installed: WheelInstallation, museum: Path, elsewhere: Path
) -> None:
    schedule = str(museum / "schedule.yaml")
    said = installed("perihelion", "check", "--strict", schedule, cwd=elsewhere)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("No mistakes: 6 events, ")


def test_a_new_bot_posts_once_and_into_its_own_folder(
    installed: WheelInstallation, museum: Path, elsewhere: Path
) -> None:
    state, at = museum / "state", "2027-10-01T10:00Z"
    bot = ["python", str(museum / "bot.py")]
    rehearsal = ["once", "--at", at, "--state", str(state), "--json"]
    first = installed(*bot, *rehearsal, cwd=elsewhere)
    assert (first.code, [one["state"] for one in first.json]) == (0, ["sent"])
    (line,) = (state / "timeline.jsonl").read_text("utf-8").splitlines()
    assert "Tokyo and Osaka" in line
    status = installed(*bot, "status", "--json", cwd=elsewhere)
    assert status.json["deliveries"] == {"sent": 1}


def test_a_new_bot_shows_what_it_would_post(installed: WheelInstallation, museum: Path) -> None:
    said = installed("perihelion", "preview", "2027-10-01", cwd=museum)
    assert (said.code, said.err) == (0, "")
    assert "Tokyo and Osaka" in said.out


def test_a_new_bot_shows_its_posts_as_a_page_with_their_cards(
    installed: WheelInstallation, museum: Path
) -> None:
    page = museum / "state" / "preview.html"
    said = installed("perihelion", "preview", "2027-10-01", "--html", str(page), cwd=museum)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{page} shows 1 post\n"
    written = page.read_text("utf-8")
    assert "Tokyo and Osaka" in written
    assert '<img src="data:image/jpeg;base64,' in written


@pytest.fixture
def website(
    installed: WheelInstallation, museum: Path, tmp_path: Path
) -> Iterator[tuple[ServerProcess, str]]:
    """A new bot's website on a port that it chose itself, and its address; pytest shows its log."""
    command = ["perihelion", "web", "--port", "0"]
    server = installed.start_server(*command, cwd=museum, log=tmp_path / "web.log")
    try:
        server.wait_until_ready(lambda: bool(LISTENING.search(server.read_log())), PATIENCE)
        (address,) = LISTENING.findall(server.read_log())
        yield server, address
    finally:
        server.kill()
        print(server.read_log())  # noqa: T201 - for the report of a test that fails


def test_a_new_bot_has_a_website_until_it_is_told_to_stop(
    website: tuple[ServerProcess, str],
) -> None:
    server, address = website
    front = requests.get(f"{address}/", timeout=PATIENCE)
    assert (front.status_code, front.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Perihelion</title>" in front.text
    health = requests.get(f"{address}/healthz", timeout=PATIENCE)
    assert (health.status_code, health.text) == (200, "ok\n")
    missions = requests.get(f"{address}/missions", timeout=PATIENCE)
    assert (missions.status_code, "Tokaido Shinkansen" in missions.text) == (200, True)
    server.stop()
    assert "Shutting down: Master" in server.read_log()


def test_what_is_not_there_is_named_with_the_place_where_it_was_looked_for(
    installed: WheelInstallation, elsewhere: Path
) -> None:
    said = installed("perihelion", "upcoming", cwd=elsewhere)
    assert said.code == 1
    assert said.err.startswith(f"schedule.yaml: there is no such file in {elsewhere}; give ")
