"""Saved lists of launches become drafts, as exact as the list is."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.errors import UsageError
from perihelion.schedule.load import parse_schedule
from perihelion.service.drafts.proposals import Proposals, read_proposals
from perihelion.service.drafts.review import review_drafts

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    "#Launch_Tag\tLaunch_Date\tPiece\tType\tName\tPLName\tLV_Type\tLaunch_Site\tLaunch_Pad\t"
    "Agency\tLaunch_Code\n# Updated 2024 Dec 01 16:03:11\n"
)


def propose(folder: Path, text: str, since: date = date(1950, 1, 1)) -> Proposals:
    file = folder / "list"
    file.write_text(text, encoding="utf-8")
    return read_proposals(file, since)


def make_line(tag: str, when: str, name: str = "Sputnik", code: str = "OS") -> str:
    return f"{tag}  \t{when}\t{tag}A\tP\t{name}\tPS-1\tR-7\tNIIP-5\tLC1\tMVS\t{code}\n"


def make_launch(**changes: Any) -> dict[str, Any]:
    launch = {
        "url": "https://ll.thespacedevs.com/2.2.0/launch/1/",
        "name": "Firefly Alpha | FLTA005 (Noise of Summer)",
        "status": {"id": 3, "abbrev": "Success"},
        "net": "2024-07-04T04:04:00Z",
        "net_precision": {"id": 1, "abbrev": "MIN"},
        "launch_service_provider": {"name": "Firefly Aerospace"},
        "mission": {"name": "FLTA005", "description": "Eight cubesats."},
        "pad": {"name": "SLC-2W", "location": {"name": "Vandenberg SFB, CA, USA"}},
    }
    return launch | changes


def test_launch_library_2_s_launches_are_drafted_with_source_and_precision(tmp_path: Path) -> None:
    launches = [
        make_launch(),
        make_launch(name="Electron", net_precision={"abbrev": "DAY"}, status={"abbrev": "Failure"}),
        make_launch(status={"abbrev": "Go"}),
        make_launch(net_precision={"abbrev": "M"}),
        make_launch(net="2023-07-04T04:04:00Z"),
        make_launch(net=None),
    ]
    found = propose(tmp_path, json.dumps({"count": 6, "results": launches}), date(2024, 1, 1))
    first, second = found.drafts
    assert first.fields == {
        "mission": "flta005-noise-of-summer",
        "mission_name": "FLTA005 (Noise of Summer)",
        "agencies": ["Firefly Aerospace"],
        "id": "launch",
        "at": "2024-07-04T04:04Z",
        "kind": "launch",
        "title": "Firefly Alpha launches FLTA005 (Noise of Summer)",
        "sources": [
            {"title": "Launch Library 2", "url": "https://ll.thespacedevs.com/2.2.0/launch/1/"}
        ],
    }
    assert "launched from SLC-2W, Vandenberg SFB, CA, USA" in first.notes
    assert (second.fields["at"], second.fields["title"]) == ("2024-07-04", "Electron lifts off")
    assert "the launch counts as Failure" in second.notes
    assert found.left_out == {
        "not launched yet, or nobody says so": 1,
        "not known to the day": 1,
        "before 2024-01-01": 1,
        "without a date": 1,
    }


@pytest.mark.parametrize(
    ("vague", "at"),
    [
        ("1957 Oct  4 1928:34", "1957-10-04T19:28:34Z"),
        ("1957 Oct  4 1928:34.5", "1957-10-04T19:28:34Z"),
        ("1957 Oct  4 1928:34?", "1957-10-04T19:28Z"),
        ("1957 Oct  4 1928", "1957-10-04T19:28Z"),
        ("1957 Oct  4 1928?", "1957-10-04"),
        ("1957 Oct  4 19h", "1957-10-04"),
        ("1957 Oct  4.81", "1957-10-04"),
        ("1957 Oct 14", "1957-10-14"),
        ("1957 Oct  4?", None),
        ("1957 Oct", None),
        ("1957", None),
        ("-", None),
    ],
)
def test_gcat_s_dates_are_taken_as_exactly_as_they_are_meant(
    tmp_path: Path, vague: str, at: str | None
) -> None:
    found = propose(tmp_path, HEAD + make_line("1957 ALP", vague))
    assert [draft.fields["at"] for draft in found.drafts] == ([at] if at else [])
    assert found.left_out == ({} if at else {"not known to the day": 1})


def test_gcat_s_payloads_of_one_launch_are_one_draft(tmp_path: Path) -> None:
    text = HEAD + make_line("1957 ALP", "1957 Oct  4") + make_line("1957 ALP", "1957 Oct  4", "B")
    (draft,) = propose(tmp_path, text).drafts
    assert draft.fields["sources"] == [{"title": "GCAT 1957 ALP"}]
    assert draft.notes == ("launched from NIIP-5 LC1 by MVS (GCAT's codes)", "with it: B")


def test_suborbital_launches_are_left_out_and_namesakes_told_apart(tmp_path: Path) -> None:
    text = (
        HEAD
        + make_line("1957-F01", "1957 Dec  6", "Vanguard", "OF")
        + make_line("1958-F01", "1958 Feb  5", "Vanguard", "OF")
        + make_line("1958-S01", "1958 Feb  6", "Probe", "SS")
    )
    found = propose(tmp_path, text)
    assert [draft.full_id for draft in found.drafts] == [
        "vanguard/launch-1957-12-06",
        "vanguard/launch-1958-02-05",
    ]
    assert "GCAT counts the launch as a failure" in found.drafts[0].notes
    assert found.left_out == {"not to orbit or beyond": 1}


def test_a_launch_that_the_schedule_has_is_marked_with_where_they_disagree(tmp_path: Path) -> None:
    schedule = parse_schedule(
        b"missions: [{id: sputnik-1, name: Sputnik 1, events: [{id: launch, kind: launch, "
        b"at: 1957-10-04T19:28Z, title: It goes round the Earth, sources: s}]}]",
        "schedule.yaml",
    )
    text = HEAD + make_line("1957 ALP", "1957 Oct  4 1929:34")
    (draft,) = review_drafts(propose(tmp_path, text).drafts, schedule).drafts
    (warning,) = draft.warnings
    assert warning.startswith("may be the same as sputnik-1/launch (schedule.yaml:1:")
    assert warning.endswith("they disagree: 1957-10-04T19:29:34Z here, 1957-10-04T19:28Z there")


def test_wikidata_s_first_of_january_is_doubted(tmp_path: Path) -> None:
    rows = [{"date": "1958-01-01T00:00:00Z", "itemLabel": "Explorer", "item": "x"}]
    (draft,) = propose(tmp_path, json.dumps(rows)).drafts
    assert draft.warnings == ("Wikidata writes 1 January where it knows only the year",)


def test_an_entry_that_cannot_be_an_event_does_not_stop_the_others(tmp_path: Path) -> None:
    launches = [make_launch(name="\u0000 | \u0000"), make_launch()]
    found = propose(tmp_path, json.dumps({"results": launches}))
    review = review_drafts(found.drafts, parse_schedule(b"missions: []", "s.yaml"))
    assert review.mistakes
    assert [one.mission for one in review.keep_right().drafts] == ["flta005-noise-of-summer"]


def test_other_files_are_refused(tmp_path: Path) -> None:
    for text in ("# a document", "[1]", '{"entities": {}}'):
        with pytest.raises(UsageError, match=r"is not a list that|is not in the format"):
            propose(tmp_path, text)
