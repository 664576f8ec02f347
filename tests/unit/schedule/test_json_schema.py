"""The JSON Schema and the guide say what the loader does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from perihelion.compose.localized_text import choose_localized_text
from perihelion.schedule.json_schema import SCHEMA_FILE, build_json_schema, render_json_schema
from perihelion.schedule.keys import KEY_TABLES
from perihelion.schedule.load import load_with_mistakes, parse_schedule
from tests.fakes.schedule_texts import find_mistakes, read_as_editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.schedule.mapping_types import KeySpec

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "the-schedule.md").read_text(encoding="utf-8")
EXAMPLE = next(
    part for part in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "missions:" in part
)
KEYS = [(place, key) for place, record in KEY_TABLES.items() for key in record.keys]


def list_problems(document: object) -> list[str]:
    return [
        error.message for error in Draft202012Validator(build_json_schema()).iter_errors(document)
    ]


def iterate_objects(part: object) -> Iterator[dict[str, Any]]:
    """Every schema in `part`, at any depth, that names keys."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part["properties"]
        for child in part.values():
            yield from iterate_objects(child)
    elif isinstance(part, list):
        for child in part:
            yield from iterate_objects(child)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(build_json_schema())


def test_the_committed_schema_is_current() -> None:
    """Mend with: python -m perihelion.schedule.json_schema > schedule.schema.json."""
    assert (ROOT / SCHEMA_FILE).read_text(encoding="utf-8") == render_json_schema(
        build_json_schema()
    )


def test_the_example_of_the_guide_pleases_the_loader_and_the_schema() -> None:
    assert find_mistakes(EXAMPLE) == []
    assert list_problems(read_as_editor(EXAMPLE)) == []


def test_the_example_of_the_guide_is_translated_as_far_as_an_account_needs_it() -> None:
    remembered = parse_schedule(EXAMPLE.encode(), "a")
    for event in remembered.events:
        for account in remembered.accounts:
            words = choose_localized_text(event, account, remembered.language, lambda _: True)
            assert words.language == account.language


def test_the_repositorys_schedule_pleases_the_loader_and_the_schema() -> None:
    written = (ROOT / "schedule.yaml").read_text(encoding="utf-8")
    assert written.startswith(f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n")
    assert load_with_mistakes(ROOT / "schedule.yaml")[1] == []
    assert list_problems(read_as_editor(written)) == []


def test_the_schema_knows_the_same_keys_as_the_loader() -> None:
    in_schema = {frozenset(keys) for keys in iterate_objects(build_json_schema())}
    assert in_schema == {frozenset(key.name for key in table.keys) for table in KEY_TABLES.values()}


def test_every_key_of_the_schema_has_a_description() -> None:
    lacking = [
        name
        for keys in iterate_objects(build_json_schema())
        for name, key in keys.items()
        if not key.get("description")
    ]
    assert lacking == []


EVENT: dict[str, Any] = {"id": "a", "at": "2016-02-29", "title": "t", "sources": "s"}
PICTURE = {"file": "a/b.jpg", "alt": "a", "credit": "c"}


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2016-02-29T15:15:10-05:00"},
        {"at": "29.2.2016"},
        {"at": "1900-01-31T23:59:59+14:00"},
        {"at": "2100-12-31T00:00Z"},
        {"at": "2016-02-30"},
        {"at": "2016-04-31"},
        {"at": "2016-00-10"},
        {"at": "2016-02-29T24:00Z"},
        {"at": "2016-02-29T10:00+24:00"},
        {"at": "1899-12-31"},
        {"at": "2101-01-01"},
        {"zone": " "},
        {"at": "2016-02-29T20:15 Z"},
        {"id": "A"},
        {"id": "a-b-2"},
        {"kind": "two words"},
        {"tags": ["Zürich", "ISS_2"]},
        {"tags": ["a b"]},
        {"tags": "2016"},
        {"links": "https://example.org/ü?a#b"},
        {"links": [{"url": "http://[::1]:80/"}]},
        {"links": [{"title": "x"}]},
        {"links": "ftp://example.org"},
        {"picture": PICTURE},
        {"picture": {"file": "../b.jpg", "alt": "a", "credit": "c"}},
        {"picture": {"file": "a/../b.jpg", "alt": "a", "credit": "c"}},
        {"picture": {"file": "a.jpg", "credit": "c"}},
        {"pictures": [PICTURE]},
        {"pictures": [PICTURE] * 4},
        {"pictures": [PICTURE] * 5},
        {"pictures": []},
        {"pictures": PICTURE},
        {"pictures": [PICTURE, {"file": "b.jpg", "credit": "c"}]},
        {"pictures": [PICTURE, PICTURE | {"focus": "2, 0"}]},
        {"pictures": ["a.jpg"]},
        {"picture": PICTURE, "pictures": [PICTURE]},
        {"pictures": [PICTURE] * 2, "translations": {"de": {"alts": ["eins", "zwei"]}}},
        {"pictures": [PICTURE] * 2, "translations": {"de": {"alts": ["eins", " "]}}},
        {"pictures": [PICTURE], "translations": {"de": {"alt": "eins"}}},
        {"picture": PICTURE, "translations": {"de": {"alt": "eins", "alts": ["eins"]}}},
        {"picture": PICTURE, "translations": {"de": {"alts": "eins"}}},
        {"picture": PICTURE, "translations": {"de": {"alts": []}}},
        {"pictures": [PICTURE] * 4, "translations": {"de": {"alts": ["a"] * 5}}},
        {"late": "36h"},
        {"late": "same day"},
        {"leap_day": "mar-1"},
        {"leap_day": "mar-2"},
        {"importance": 5},
        {"importance": 6},
        {"sources": []},
        {"sources": ["GCAT", {"title": "t", "url": "https://example.org/", "supports": "claim"}]},
        {"sources": {"title": "t", "read": "2026-11-28"}},
        {"sources": {"title": "t", "read": "2026-11-31"}},
        {"sources": {"title": "t", "read": "2026-11-28T10:00Z"}},
        {"sources": {"title": "t", "supports": "both"}},
        {"sources": [{"url": "https://example.org/"}]},
        {"title": " "},
        {"title": "two\nlines"},
        {"title": "\n one line\n"},
        {"title": 1984},
        {"title": None},
        {"text": "two\nlines"},
        {"translations": {"pt-BR": {"title": "t"}}},
        {"translations": {"Deutsch": {"title": "t"}}},
        {"years": "round"},
        {"years": [1, 25]},
        {"years": 25},
        {"years": []},
        {"years": "often"},
        {"tone": "memorial"},
        {"tone": "sad"},
        {"observe": "to-the-minute", "at": "2016-02-29T20:15Z"},
        {"advice_off": {"exclamation": "a cry"}},
        {"advice_off": {"exclamation": ""}},
        {"advice_off": {"exlamation": "a cry"}},
        {"review": "needed", "approved": {"by": "Ada", "words": "3f9c2a7e1b04"}},
        {"approved": {"by": "Ada", "words": "3F9C"}},
        {"approved": {"by": "Ada"}},
        {"review": "done"},
        {"unknown": "x"},
    ],
)
def test_the_schema_and_the_loader_agree(change: dict[str, Any]) -> None:
    event = EVENT | change
    document = {"missions": [{"id": "m", "name": "M", "events": [event]}]}
    good_for_the_loader = find_mistakes(json.dumps(document, ensure_ascii=False)) == []
    assert (list_problems(document) == []) is good_for_the_loader


@pytest.mark.parametrize(("place", "key"), KEYS, ids=[f"{place}-{key.name}" for place, key in KEYS])
def test_every_key_stands_in_the_guide_in_its_own_table(place: str, key: KeySpec) -> None:
    section = GUIDE.partition(f"\n### {place}\n")[2].partition("\n##")[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("|")]
    (cell,) = [cell for cell in cells if f"`{key.name}`" in cell]
    assert ("**" in cell) is key.required


def test_every_default_in_the_schema_is_the_one_that_holds() -> None:
    """Writing each default out changes nothing."""
    defaults, event = (
        {key.name: key.default for key in KEY_TABLES[place].keys if key.default is not None}
        for place in ("defaults", "events")
    )
    mission = {"id": "m", "name": "M"}
    short = {"missions": [mission | {"events": [EVENT]}]}
    written = {"missions": [mission | {"events": [EVENT | event]}], "defaults": defaults}
    plain, full = (
        parse_schedule(json.dumps(document).encode(), "a") for document in (short, written)
    )
    assert (len(defaults), len(event)) == (15, 5)
    assert plain.local_account == full.local_account
    assert plain.language == full.language
    assert replace(plain.events[0], location=None) == replace(full.events[0], location=None)
