"""What `--json` prints has the shapes that docs/json-output.schema.json describes."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from perihelion.service.cli import VERBS, group
from tests.fakes.published_post import PublishedPost

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA = json.loads((DOCS / "json-output.schema.json").read_text("utf-8"))
SENT = "local:probe/launch:36-years:1"
MORE_EVENTS = """
      - {id: landing, at: 1991-03-03, title: The probe lands, sources: a test, review: needed}
      - {id: farewell, at: 1991-03-04, title: The probe falls silent, sources: a test}
"""
CALLS = [
    ("approve", ["approve", "{landing}", "--by", "Ann", "--yes"]),
    ("audit", ["audit"]),
    ("balance", ["balance"]),
    ("calendar", ["calendar", "2028"]),
    ("check", ["check"]),
    ("correct", ["correct", SENT, "--dry-run"]),
    ("correct", ["correct", SENT, "--yes"]),
    ("doctor", ["doctor"]),
    ("once", ["once", "--at", "2028-03-02T23:00Z", "--state", "{folder}/rehearsal"]),
    ("preview", ["preview", "2028-03-02"]),
    ("recover", ["recover", "--days", "3660", "--state", "{folder}/recovered"]),
    ("search", ["search", "probe"]),
    ("show", ["show", "probe/launch"]),
    ("status", ["status"]),
    ("status-KEY", ["status", SENT]),
    ("upcoming", ["upcoming", "--days", "366"]),
    ("upcoming--cost", ["upcoming", "--cost"]),
    ("hold", ["hold", "{farewell}", "--by", "Ann"]),
    ("resolve", ["resolve", "--state", "held", "--skip", "--dry-run"]),
    ("resolve", ["resolve", "{farewell}", "--skip"]),
    ("pause", ["pause"]),
    ("status", ["status"]),
    ("resume", ["resume"]),
    ("restore", ["restore"]),
]
"""Shapes, and the calls that print them, one after the other with one ledger."""


def call_verbs(folder: Path) -> list[tuple[str, Any]]:
    """What each of the calls has printed, with its shape."""
    post = PublishedPost(folder, "local", {})
    schedule = folder / "schedule.yaml"
    schedule.write_text(schedule.read_text("utf-8").rstrip("\n") + MORE_EVENTS, "utf-8")
    coming = call_verb(post, ["upcoming", "--days", "366"])
    names = {one["event"]: f"local:{one['event']}:{one['count']}-years:1" for one in coming}
    words = {"landing": names["probe/landing"], "farewell": names["probe/farewell"]}
    return [
        (shape, call_verb(post, [word.format(folder=folder, **words) for word in arguments]))
        for shape, arguments in CALLS
    ]


def call_verb(post: PublishedPost, arguments: list[str]) -> Any:  # noqa: ANN401 - JSON is anything
    """What one call with `--json` prints."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    done = CliRunner().invoke(group, [*arguments, "--json"], env=dict(post.environ))
    root.handlers[:], root.level = handlers, level
    assert done.stdout, (arguments, done.output, done.exception)
    return json.loads(done.stdout)


def list_shapes() -> set[str]:
    """Every verb that takes `--json`."""
    commands = {verb: group.get_command(None, verb) for verb in VERBS}  # type: ignore[arg-type]  # the context is not read
    return {
        verb
        for verb, command in commands.items()
        if command and any("--json" in one.opts for one in command.params)
    }


@pytest.mark.slow
def test_everything_that_is_printed_is_described(tmp_path: Path) -> None:
    printed = call_verbs(tmp_path)
    require_full_examples(printed)
    wrong: dict[str, list[str]] = {}
    for number, (shape, document) in enumerate(printed):
        schema = {"$ref": f"#/$defs/{shape}", "$defs": SCHEMA["$defs"]}
        errors = Draft202012Validator(schema).iter_errors(document)
        found = [f"{one.json_path}: {one.message}" for one in errors]
        wrong |= {f"{number} {shape}": found} if found else {}
    assert wrong == {}


def require_full_examples(printed: list[tuple[str, Any]]) -> None:
    """Fail where the lists are empty, of which nothing could be checked."""
    assert [shape for shape, document in printed if not document] == []
    (first, *_), shown = (one for shape, one in printed if shape == "status"), dict(printed)
    assert first["list"]
    assert first["accounts"]
    assert shown["status"]["pauses"]
    assert shown["show"]["posts"]
    assert shown["show"]["deliveries"]
    assert shown["preview"][0]["pictures"] == []


def test_every_verb_has_its_shape_and_every_shape_its_example() -> None:
    examples = {shape for shape, _ in CALLS}
    assert {shape.split("-")[0] for shape in examples} == list_shapes()
    assert examples <= SCHEMA["$defs"].keys()


def test_the_page_lists_every_shape() -> None:
    listed = re.findall(r"(?m)^\| `([^`]+)` \|", (DOCS / "json-output.md").read_text("utf-8"))
    assert sorted(listed) == sorted({shape for shape, _ in CALLS})


def test_the_schema_describes_exactly() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    objects = [one for one in walk(SCHEMA["$defs"]) if "properties" in one]
    assert len(objects) > 20
    assert all(one["additionalProperties"] is False for one in objects)
    assert all(sorted(one["required"]) == sorted(one["properties"]) for one in objects)


def walk(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON is anything
    """Every object in a JSON document."""
    if isinstance(value, dict):
        yield value
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from walk(one)
