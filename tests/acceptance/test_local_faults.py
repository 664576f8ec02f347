"""A machine that lacks a template, a picture or a folder: nothing is lost, somebody is alerted."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.testing.http_server import FakeServer, Reply
from tests.fakes.bot_installation import (
    ROOT,
    BotInstallation,
    wait_for_result,
    wait_until,
    wait_until_started,
)

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

SPEED = 900
"""Rehearsed seconds in a real one: four hours take 16 seconds."""

HOURS = (4, 8, 12, 16, 20)
EVENTS = {4: "eva", 8: "launch", 12: "eva", 16: "landing", 20: "landing"}
"""The kind of event that is due at each hour of 2 March 2027."""

UNHARMED = {16: 1, 20: 1}
"""The hours at which the templates of only one language are broken: the other account goes on."""

PICTURED = {8, 12, 20}
"""The hours whose events have a picture."""


def write_schedule() -> str:
    lines = [
        "defaults: {max_per_day: 20}",
        "accounts:",
        "  - {network: local, name: local}",
        "  - {network: local, name: local-de, language: de}",
        "missions:",
        "  - id: long-day",
        "    name: Long Day",
        "    events:",
    ]
    for hour in HOURS:
        picture = f'{{file: "media/{hour}.png", alt: A sample, credit: NASA}}'
        lines += [
            f"      - id: at-{hour}",
            f"        at: 2016-03-02T{hour:02}:00Z",
            "        observe: to-the-minute",
            f"        kind: {EVENTS[hour]}",
            f"        title: The event of {hour} hours takes place",
            "        sources: made up for a test",
        ]
        lines += [f"        pictures: [{picture}]"] * (hour in PICTURED)
        alts = ", alts: [Ein Muster]" * (hour in PICTURED)
        lines += [f"        translations: {{de: {{title: Das Ereignis um {hour} Uhr{alts}}}}}"]
    return "\n".join(lines) + "\n"


@dataclass
class Installation:
    """A schedule with its templates and pictures, and a program that runs in another folder."""

    folder: Path
    pager: FakeServer

    def __post_init__(self) -> None:
        self.folder.mkdir()
        shutil.copytree(ROOT / "templates", self.folder / "templates")
        (self.folder / "media").mkdir()
        for hour in PICTURED:
            (self.folder / "media" / f"{hour}.png").write_bytes(b"a picture")
        schedule = self.folder / "schedule.yaml"
        schedule.write_text(write_schedule(), encoding="utf-8")
        address = self.pager.url.replace("http://", "json://")
        settings = {
            "PERIHELION_SCHEDULE": str(schedule),
            "PERIHELION_TEMPLATES": "",
            "PERIHELION_ALERTS": address,
            "PERIHELION_TICK": "0.3",
            "PERIHELION_RELOAD": "off",  # else a broken template is not used at all
        }
        self.bot = BotInstallation(self.folder.with_name("elsewhere"), settings)

    @property
    def posted_hours(self) -> Counter[int]:
        """How often each hour's event was posted."""
        return Counter(int(line["event"].rpartition("-")[2]) for line in self.bot.timeline)

    @property
    def last_look(self) -> str:
        """The rehearsed instant of the worker's last look at a delivery that waits, if any."""
        query = "SELECT max(updated_at) FROM deliveries WHERE state = 'waiting'"
        with closing(sqlite3.connect(self.bot.state / "ledger.sqlite3")) as ledger:
            (found,) = ledger.execute(query).fetchone()
        return found or ""

    @property
    def alerts(self) -> list[str]:
        """The first line of each alert: the fault itself."""
        return [request.json["message"].splitlines()[0] for request in self.pager.requests]

    def list_deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.bot("status", "--json").json["list"]
        return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    pager = FakeServer(lambda _request: Reply(200, {}))
    yield Installation(tmp_path / "installed", pager)
    pager.close()


class LocalFault:
    """Breaks one thing, and repairs it."""

    def __init__(self, path: Path, broken: bytes | None = None) -> None:
        self.path, self._broken = path, broken
        self._kept = path.with_name(f"{path.name}.kept")

    def happen(self) -> None:
        """Take the file or folder away, or leave `broken` in its place."""
        self.path.rename(self._kept)
        if self._broken is not None:
            self.path.write_bytes(self._broken)

    def repair(self) -> None:
        """Put it back, as an upload does: the file is a new one."""
        self.path.unlink(missing_ok=True)
        if self._kept.is_dir():
            self._kept.rename(self.path)
        else:
            self.path.write_bytes(self._kept.read_bytes())
            self._kept.unlink()


def list_faults(folder: Path) -> dict[int, LocalFault]:
    """The fault of each hour, which meets the event of that hour."""
    templates = folder / "templates"
    return {
        4: LocalFault(templates),
        8: LocalFault(folder / "media"),
        12: LocalFault(folder / "media" / "12.png", b""),
        16: LocalFault(templates / "landing.j2", b"{% set lead = 'Touchdown"),
        20: LocalFault(templates / "de" / "_words.j2"),
    }


@pytest.mark.timeout(300)
def test_on_a_day_of_faults_each_repaired_an_hour_later_all_is_sent_and_each_told_once(
    installation: Installation,
) -> None:
    faults = list_faults(installation.folder)
    process = installation.bot.start("run", "--at", "2027-03-02T01:00Z", "--speed", str(SPEED))
    try:
        wait_until_started(process)
        for hour in HOURS:
            faults[hour].happen()
            wait_for_the_hour_after(hour, installation, process)
            assert installation.posted_hours[hour] == UNHARMED.get(hour, 0)
            if hour == HOURS[-1]:
                check_that_a_person_is_needed(installation)
            faults[hour].repair()
            wait_until(partial(has_posted, installation, hour), process)
        process.send_signal(signal.SIGTERM)
        said = wait_for_result(process)
    finally:
        process.kill()
    assert said.code == 0, said.err
    assert installation.posted_hours == dict.fromkeys(HOURS, 2)
    assert len(installation.alerts) == len(HOURS)
    for hour, told in zip(HOURS, installation.alerts, strict=True):
        assert told.startswith("needs repair: ")
        assert str(faults[hour].path) in told
    deliveries = installation.list_deliveries()
    assert {(one["state"], one["attempts"]) for one in deliveries} == {("sent", 1)}
    assert installation.bot("status").code == 0


def wait_for_the_hour_after(
    hour: int, installation: Installation, process: subprocess.Popen[str]
) -> None:
    """Wait until it is an hour later in the rehearsed day, and what was due has waited for it."""
    wait_until(lambda: installation.last_look >= f"2027-03-02T{hour + 1:02}", process)


def has_posted(installation: Installation, hour: int) -> bool:
    return installation.posted_hours[hour] == 2


def check_that_a_person_is_needed(installation: Installation) -> None:
    said = installation.bot("status", "--json")
    assert said.code == 1
    assert "No worker can start until this is fixed" in said.err
    assert [one["need"] for one in said.json["attention"]] == ["repair"]
    (waiting,) = (one for one in said.json["list"] if one["state"] != "sent")
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)


BREAKAGES = {
    "templates": "there is no such folder; put the templates beside the schedule",
    "templates/_words.j2": "is missing; every language needs one",
    "templates/de/default.j2": "is missing; every language needs one",
    "media": "there is no picture folder",
    "media/8.png": "there is no picture",
}


@pytest.mark.parametrize("command", ["run", "once"])
@pytest.mark.parametrize("broken", BREAKAGES)
def test_a_worker_does_not_start_with_what_is_broken_and_doctor_and_status_say_so(
    installation: Installation, broken: str, command: str
) -> None:
    fault = LocalFault(installation.folder / broken)
    fault.happen()
    at = ("--at", "2027-03-02T12:30Z")
    said = installation.bot(command, *at)
    assert said.code == 1
    assert BREAKAGES[broken] in said.err
    assert not installation.bot.timeline
    assert not (installation.bot.state / "ledger.sqlite3").exists()
    if command == "once":
        doctor, status = installation.bot("doctor", "--json"), installation.bot("status")
        assert (doctor.code, status.code) == (1, 1)
        (files,) = [one for one in doctor.json if one["subject"] == "files"]
        assert not files["ok"]
        assert BREAKAGES[broken] in "\n".join(files["detail"])
        assert BREAKAGES[broken] in status.err
        fault.repair()
        assert installation.bot("once", *at).code == 0
        assert set(installation.posted_hours) == {4, 8, 12}


def test_the_working_directory_decides_neither_templates_nor_pictures(
    installation: Installation,
) -> None:
    said = installation.bot("once", "--at", "2027-03-02T12:30Z", "--json")
    assert said.code == 0, said.err
    pictures = {one["file"] for line in installation.bot.timeline for one in line["pictures"]}
    own = {one for one in pictures if "/state/cards/" not in one}  # the others have drawn cards
    assert own == {str(installation.folder / "media" / f"{hour}.png") for hour in (8, 12)}
    assert json.loads(said.out)
