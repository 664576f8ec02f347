"""`status` lists what was asked for, page by page, and prints JSON as it reads."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from perihelion.ledger import listing
from perihelion.model.deliveries import State
from perihelion.model.errors import UsageError
from perihelion.service.commands.status import command
from perihelion.service.json_stream import print_json_object
from tests.fakes.ledger_testbed import DAY, NOON, LedgerTestbed, make_planned

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 25


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with 25 deliveries a day apart on `one`, a held one on `two`, and one more."""
    folder = tmp_path_factory.mktemp("status")
    (folder / "schedule.yaml").write_text("missions: []\n", "utf-8")
    testbed = LedgerTestbed(f"sqlite:///{folder / 'ledger.sqlite3'}")
    testbed.open_ledger().migrate(NOON)
    worker = testbed.open_worker()
    for number in range(1, COUNT + 1):
        due = NOON + number * DAY
        testbed.promise_deliveries(worker, make_planned(number, "one", due=due, late=due + DAY))
    testbed.promise_deliveries(worker, make_planned(1, "two", state=State.HELD))
    testbed.close()
    return folder


def run(folder: Path, *arguments: str) -> str:
    given = ("--state", str(folder), "--schedule", str(folder / "schedule.yaml"))
    done = CliRunner().invoke(command, [*arguments, *given], catch_exceptions=False)
    return done.stdout


def list_keys(folder: Path, *arguments: str) -> list[str]:
    document = json.loads(run(folder, "--json", *arguments))
    return [one["key"] for one in document["list"]]


def test_json_has_all_deliveries_whatever_the_size_of_the_pages_it_reads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 4)
    keys = list_keys(folder)
    assert len(keys) == len(set(keys)) == COUNT + 1
    assert keys[0] == f"one:year-in-space/landing:{COUNT}-years:1", "the latest due first"


def test_each_filter_narrows_the_list_and_they_combine(folder: Path) -> None:
    held = ["two:year-in-space/landing:1-years:1"]
    assert list_keys(folder, "--state", "held") == held
    assert list_keys(folder, "--account", "two") == held
    assert len(list_keys(folder, "--account", "one", "--account", "two")) == COUNT + 1
    assert list_keys(folder, "--account", "one", "--state", "held") == []
    last = (NOON + (COUNT - 1) * DAY).date().isoformat()
    assert len(list_keys(folder, "--since", last)) == 2
    assert len(list_keys(folder, "--event", "year-in-space/landing")) == COUNT + 1
    assert len(list_keys(folder, "--event", "year-in-space")) == COUNT + 1
    assert list_keys(folder, "--event", "year-in-space/land") == []


def test_tables_show_a_page_and_say_how_to_see_the_next(folder: Path) -> None:
    first = run(folder, "--account", "one")
    assert first.count("one:year-in-space/landing") == 20
    assert "More with --page 2." in first
    second = run(folder, "--account", "one", "--page", "2")
    assert second.count("one:year-in-space/landing") == COUNT - 20
    assert "More" not in second
    assert len(list_keys(folder, "--limit", "3", "--page", "2")) == 3
    assert "No delivery is like that." in run(folder, "--page", "9")


def test_filters_leave_all_else_that_json_says_as_it_is(folder: Path) -> None:
    whole: dict[str, Any] = json.loads(run(folder, "--json"))
    narrowed = json.loads(run(folder, "--json", "--account", "one"))
    assert list(narrowed) == list(whole)
    assert narrowed["attention"] == whole["attention"]
    assert narrowed["attention"][0]["need"] == "held"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account", "oen"], "did you mean `one`?"),
        (["--state", "heldd"], "cannot both be the state folder; the states are due, "),
        (["two:year-in-space/landing:1-years:1", "--page", "2"], "use it without filters"),
    ],
)
def test_what_cannot_be_meant_is_explained(folder: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(folder, *arguments)
    assert said in str(caught.value)


def test_a_list_is_printed_while_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    printed: list[int] = []

    def generate() -> Any:  # noqa: ANN401 - an iterator of numbers
        for number in range(3000):
            printed.append(capsys.readouterr().out.count("\n"))
            yield {"number": number, "at": NOON + timedelta(seconds=number)}

    print_json_object({"before": {"a": 1}, "list": generate(), "after": []})
    assert sum(printed) > 1000, "most lines were out before the last item was read"
