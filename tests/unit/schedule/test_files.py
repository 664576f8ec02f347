"""Files that are no schedule at all: syntax, encoding, size, and files that cannot be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import ConfigurationError
from perihelion.model.source_location import SourceLocation
from perihelion.schedule.encoding import MAX_UNREADABLE
from perihelion.schedule.load import load_schedule
from perihelion.schedule.reader import MAX_DEPTH
from tests.fakes.schedule_texts import (
    find_mistakes,
    find_mistakes_with_messages,
    schedule_with_one_event,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("missions: []\ndefaults: a: b\n", 2, 12, "a text that contains `: ` must be quoted"),
        ("missions: []\ndefaults: 'a\n\n\n", 2, 11, "the quote that opens here is never closed"),
        ("missions: []\ndefaults: 'it's'\n", 2, 15, "is written twice"),
        ("missions: []\ndefaults: | a\n", 2, 13, "must be quoted"),
        ("missions: []\ndefaults: - a\n", 2, 11, "must be quoted"),
        ("missions: []\ndefaults: ? a\n", 2, 11, "must be quoted"),
        ('missions: []\ndefaults: "\\xZZ"\n', 2, 14, "a backslash is written twice"),
        ('missions: []\ndefaults: "\\ud83d"\n', 2, 14, "write the character itself"),
        ("missions: []\n...\ndefaults: {}\n", 3, 1, "remove the `...` above"),
        ("%YAML 2.0\n---\nmissions: []\n", 1, 1, "remove this line"),
        ("missions: [\n", 2, 1, "a value is missing here"),
        ("missions:\n  - id: a\n   name: b\n", 3, 4, "not valid YAML"),
        ("missions: []\naccounts: [{network: x, options: {a: @", 2, 38, "must be quoted"),
        ("missions: []\ndefaults: @x\n", 2, 11, "must be quoted"),
        ('missions: []\ndefaults: "\\q"\n', 2, 12, "a backslash is written twice"),
        ("missions: *\n", 1, 12, "must be quoted"),
        ("missions: !<%FF> a\n", 1, 13, "not valid YAML"),
    ],
)
def test_a_syntax_error_is_told_at_its_place(text: str, line: int, column: int, says: str) -> None:
    reported = [mistake for mistake in find_mistakes_with_messages(text) if mistake[2] == "syntax"]
    assert [mistake[:2] for mistake in reported] == [(line, column)]
    assert says in reported[0][3]


def test_a_syntax_error_hides_no_mistake_before_it() -> None:
    text = schedule_with_one_event(at="2016-02-30", tilte="x") + "      - id: b\n        at: '\n"
    assert find_mistakes(text) == [
        (6, 13, "bad-date"),
        (9, 9, "unknown-key"),
        (11, 13, "syntax"),
    ]


def test_a_syntax_error_does_not_make_the_open_mappings_incomplete() -> None:
    assert find_mistakes("missions:\n  - events:\n      - title: t\n        at: ]\n") == [
        (4, 13, "syntax")
    ]


def test_what_only_the_whole_file_shows_is_told_even_before_a_syntax_error() -> None:
    text = schedule_with_one_event(at="2016-03-27T02:30", zone="Europe/Berlin") + "      - ]\n"
    assert find_mistakes(text) == [(6, 13, "local-gap"), (10, 9, "syntax")]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("missions:\n\t- id: a\n", 2, 1),
        ("missions:\n  - id: a\n\tname: b\n", 3, 1),
        ("missions:\n  \t- id: a\n", 2, 3),
        ("missions: []\nx:\n  é: ü\n\ty: z\n", 4, 1),
    ],
)
def test_a_tab_that_indents_is_told_as_a_tab(text: str, line: int, column: int) -> None:
    reported = [mistake for mistake in find_mistakes_with_messages(text) if mistake[2] == "tab"]
    assert [mistake[:2] for mistake in reported] == [(line, column)]
    assert "spaces" in reported[0][3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("missions: &m []\n", [(1, 11, "anchor")]),
        ("missions: []\nx: &a b\n", [(2, 1, "unknown-key"), (2, 4, "anchor")]),
        ("missions: *m\n", [(1, 11, "alias")]),
        ("missions: []\n<<: *m\n", [(2, 1, "unknown-key"), (2, 5, "alias")]),
        ("missions: [*m]\n", [(1, 12, "alias")]),
        ("missions: []\n*m : a\n", [(2, 1, "alias")]),
        ("missions: !!seq []\n", [(1, 11, "yaml-tag")]),
        (
            "missions: []\nx: !!python/name:os.system a\n",
            [(2, 1, "unknown-key"), (2, 4, "yaml-tag")],
        ),
    ],
)
def test_anchors_aliases_and_tags_are_refused(
    text: str, expected: list[tuple[int, int, str]]
) -> None:
    assert find_mistakes(text) == expected


def test_an_alias_bomb_costs_nothing() -> None:
    """Each level repeats the one before ten times: 10^30 texts, if anybody followed the aliases."""
    levels = ["a0: &a0 [lol, lol]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 31)]
    started = time.process_time()
    mistakes = find_mistakes("\n".join([*levels, "missions: *a30"]))
    assert time.process_time() - started < 2
    codes = [code for *_, code in mistakes]
    assert (codes.count("anchor"), codes.count("alias")) == (31, 301)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_costs_nothing(opening: str) -> None:
    """libyaml alone takes 18 s for a hundred thousand open brackets."""
    started = time.process_time()
    mistakes = find_mistakes("missions: []\nx: \n  " + opening * 100_000)
    assert time.process_time() - started < 2
    assert [(line, code) for line, _, code in mistakes] == [(2, "unknown-key"), (3, "too-deep")]


def test_unknown_content_may_nest_a_little() -> None:
    text = f"missions: []\nx: {'[' * MAX_DEPTH}{']' * MAX_DEPTH}\n"
    assert find_mistakes(text) == [(2, 1, "unknown-key")]


def test_a_second_document_is_refused() -> None:
    assert find_mistakes("missions: []\n---\nmissions: []\n") == [(2, 1, "documents")]
    assert find_mistakes("---\nmissions: []\n...\n") == []


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff", "--- ''\n", "null\n"]
)
def test_an_empty_file_is_told_as_empty(text: str) -> None:
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (1, 1, "empty-file")
    assert "missions: []" in message


@pytest.mark.parametrize(
    ("data", "line", "column", "says"),
    [
        (b"missions: []\n# caf\xe9\n", 2, 6, "the byte 0xE9 is not UTF-8"),
        ("missions: []\n# é\xa0".encode() + b"\x80\n", 2, 5, "the byte 0x80"),
        (b"\xef\xbb\xbfmissions: []\xff\n", 1, 13, "the byte 0xFF"),
        (b"missions: []\n# \xed\xa0\x80\n", 2, 3, "the byte 0xED"),
    ],
)
def test_a_file_that_is_no_utf8_is_told_by_the_place_of_the_byte(
    data: bytes, line: int, column: int, says: str
) -> None:
    found = find_mistakes_with_messages(data)[0]
    assert found[:3] == (line, column, "encoding")
    assert says in found[3]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x80", "\ufffe"])
def test_a_control_character_is_told_by_its_place(character: str) -> None:
    text = f"missions: []\r\n# ü{character}\r\n"
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (2, 4, "character")
    assert f"U+{ord(character):04X}" in message


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_line_break_that_no_editor_counts_moves_no_mistake(character: str) -> None:
    text = schedule_with_one_event(title=f"a{character}b", tilte="x")
    assert find_mistakes(text) == [(7, 17, "character"), (9, 9, "unknown-key")]
    ((*place, code, _message),) = find_mistakes_with_messages(
        schedule_with_one_event(title='"a\\L\\_b"')
    )
    assert (place, code) == ([7, 16], "character")


def test_old_line_ends_are_counted_alike_by_every_mistake() -> None:
    text = schedule_with_one_event(title="ab\x07", tilte="x").replace("\n", "\r")
    assert find_mistakes(text) == [(7, 18, "character"), (9, 9, "unknown-key")]


def test_unreadable_places_hide_no_other_mistake() -> None:
    data = (
        schedule_with_one_event(at="2016-02-30").encode()
        + b"        text: \xff\xff\n        x: 1\n"
    )
    assert find_mistakes(data) == [
        (6, 13, "bad-date"),
        (9, 15, "encoding"),
        (9, 16, "encoding"),
        (10, 9, "unknown-key"),
    ]


def test_a_file_of_garbage_is_told_in_a_few_lines() -> None:
    reported = find_mistakes(b"\xff" * 100_000)
    assert [code for *_, code in reported].count("encoding") == MAX_UNREADABLE
    assert len(reported) <= MAX_UNREADABLE + 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("byte_order_mark", ["\ufeff", ""])
def test_utf16_is_told_as_such(encoding: str, byte_order_mark: str) -> None:
    assert find_mistakes((byte_order_mark + "missions: []").encode(encoding)) == [
        (1, 1, "encoding")
    ]


@pytest.mark.parametrize("name", ["none.yaml", "folder", "a\0b", "file.yaml/below"])
def test_a_file_that_cannot_be_read_is_a_mistake_of_the_file_as_a_whole(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.yaml").touch()
    file = tmp_path / name
    with pytest.raises(ConfigurationError) as caught:
        load_schedule(file)
    (mistake,) = caught.value.mistakes
    assert mistake.location == SourceLocation(str(file))
    code = {"none.yaml": "no-file", "folder": "directory"}.get(name, "unreadable")
    assert mistake.code == code


def test_a_forbidden_file_says_why(tmp_path: Path) -> None:
    file = tmp_path / "schedule.yaml"

    def refuse_read(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
        load_schedule(file, refuse_read)
