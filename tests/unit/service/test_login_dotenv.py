"""A file of secrets: read alike by all its readers, private from the first byte, never in git."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from honcho.environ import parse
from hypothesis import given
from hypothesis import strategies as st

from perihelion.model.errors import UsageError
from perihelion.service import dotenv
from tests.fakes.git_repository import make_repository, track_file

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.text(
    st.characters().filter(lambda char: char.isprintable() and char != "\\"), max_size=40
)
AWKWARD = ["", "it's", '"', "$HOME `id` $(id)", "a#b", " # ", "a\\b", "=", "!x", "~", "é😀"]


def source_variable(text: str, name: str, folder: Path) -> str:
    """What a shell makes of a variable."""
    file = folder / "sourced"
    file.write_bytes(text.encode())
    done = subprocess.run(
        ["/bin/sh", "-c", f'. "{file}"; printf %s "${name}"'],
        capture_output=True,
        check=True,
        env={},
    )
    return done.stdout.decode()


@given(VALUES)
def test_honcho_reads_back_any_value(value: str) -> None:
    assert parse(dotenv.format_line("A_TOKEN", value)) == {"A_TOKEN": value}


@pytest.mark.parametrize("value", AWKWARD)
def test_a_shell_and_honcho_read_an_awkward_value_alike(value: str, tmp_path: Path) -> None:
    line = dotenv.format_line("A_TOKEN", value)
    assert source_variable(line, "A_TOKEN", tmp_path) == value
    assert parse(line) == {"A_TOKEN": value}


def test_a_plain_value_stands_without_quotes_for_readers_that_know_none() -> None:
    assert dotenv.format_line("A_TOKEN", "123:AB-c_d.e/f") == "A_TOKEN=123:AB-c_d.e/f"


@pytest.mark.parametrize(
    "value", ["secret\nB=1", "secret\x00", r"secret\now", "secret\x1b", "secret\u2028"]
)
def test_a_value_that_some_reader_would_bend_is_refused_unseen(value: str) -> None:
    with pytest.raises(UsageError, match="A_TOKEN") as caught:
        dotenv.format_line("A_TOKEN", value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["1DAY_TOKEN", "A B", "", "É_TOKEN", "A-B"])
def test_what_is_no_variable_s_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not a valid variable name"):
        dotenv.format_line(name, "x")


MANY = """# don't touch
OTHER='a
A_TOKEN=not mine
b'
  export A_TOKEN = old
A_TOKEN=older # twice
A_URL=x
A_TOKEN_NOT=1\r
LAST=1"""


def test_merging_replaces_a_line_in_its_place_and_keeps_all_else_byte_for_byte() -> None:
    merged = dotenv.merge_values(MANY, {"A_TOKEN": "new", "A_NEW": "n"}, {"A_URL"})
    assert merged == (
        "# don't touch\nOTHER='a\nA_TOKEN=not mine\nb'\nA_TOKEN=new\nA_TOKEN_NOT=1\r\nLAST=1\n"
        "A_NEW=n\n"
    )


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), VALUES), VALUES)
def test_merging_twice_is_merging_once_and_honcho_finds_every_value(
    values: dict[str, str], old: str
) -> None:
    before = "".join(f"{dotenv.format_line(name, old)}\n" for name in ("B", "Z"))
    merged = dotenv.merge_values(before, values)
    assert dotenv.merge_values(merged, values) == merged
    assert parse(merged) == {"B": old, "Z": old} | values


def test_a_quote_that_never_closes_is_refused_with_its_line() -> None:
    with pytest.raises(UsageError, match="line 2 opens a quote"):
        dotenv.merge_values("A=1\nB='x\nC=3\n", {"A": "2"})


def file_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def _open_umask() -> object:
    """A umask that hides nothing."""
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("_open_umask")
def test_a_new_file_is_private(file: Path) -> None:
    dotenv.write_values(file, {"A": "1"})
    assert (file.read_text(), file_mode(file)) == ("A=1\n", 0o600)


@pytest.mark.usefixtures("_open_umask")
def test_no_byte_is_ever_in_a_file_that_others_may_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("A=old\n")
    file.chmod(0o644)
    seen = []

    def record_mode_and_size(handle: int) -> None:
        seen.append((stat.S_IMODE(os.fstat(handle).st_mode), os.fstat(handle).st_size))

    monkeypatch.setattr(os, "fsync", record_mode_and_size)
    dotenv.write_values(file, {"A": "new"})
    assert seen == [(0o600, 6)]
    assert file_mode(file) == 0o600


def test_what_goes_wrong_in_between_leaves_the_old_file_and_no_other(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("A=old\n")

    def raise_disk_full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", raise_disk_full)
    with pytest.raises(UsageError, match="No space left"):
        dotenv.write_values(file, {"A": "new"})
    assert file.read_text() == "A=old\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_link_is_followed_and_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "secrets"
    target.write_text("B=2\n")
    file.symlink_to(target)
    dotenv.write_values(file, {"A": "1"})
    assert file.is_symlink()
    assert (target.read_text(), file_mode(target)) == ("B=2\nA=1\n", 0o600)


def test_a_file_that_cannot_be_merged_is_named_and_left_alone(file: Path) -> None:
    file.write_bytes(b"A=\xff\n")
    with pytest.raises(UsageError, match=r"\.env is not UTF-8"):
        dotenv.write_values(file, {"A": "1"})
    file.write_bytes(b"A='\n")
    with pytest.raises(UsageError, match=r"\.env: line 1"):
        dotenv.write_values(file, {"A": "1"})
    assert file.read_bytes() == b"A='\n"


@pytest.mark.parametrize("content", [b"A=\xff\n", b"A='\n"])
def test_a_file_that_cannot_be_merged_is_refused_before_anything_is_asked(
    file: Path, content: bytes
) -> None:
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"\.env"):
        dotenv.require_safe_target(file)


def test_a_folder_and_a_file_in_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a regular file"):
        dotenv.require_safe_target(tmp_path)
    with pytest.raises(UsageError, match="is missing or not writable"):
        dotenv.require_safe_target(tmp_path / "no" / ".env")


@pytest.fixture
def git_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, seen from a process that git itself has started for another one."""
    make_repository(tmp_path)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    return tmp_path


def test_a_file_that_git_tracks_is_refused_however_it_is_named(
    git_folder: Path, file: Path
) -> None:
    file.write_text("A=old\n")
    track_file(git_folder, ".env")
    link = git_folder / "link"
    link.symlink_to(file)
    for path in (file, link):
        with pytest.raises(UsageError, match="git tracks"):
            dotenv.write_values(path, {"A": "new"})
    assert file.read_text() == "A=old\n"


def test_a_file_that_git_neither_tracks_nor_ignores_is_exposed(
    git_folder: Path, file: Path
) -> None:
    dotenv.write_values(file, {"A": "1"})
    assert dotenv.is_exposed(file)
    (git_folder / ".gitignore").write_text(".env\n")
    assert not dotenv.is_exposed(file)


def test_outside_a_repository_nothing_is_exposed(file: Path) -> None:
    assert not dotenv.is_exposed(file)


def test_where_git_cannot_be_asked_a_file_in_a_repository_counts_as_exposed(
    git_folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (git_folder / ".gitignore").write_text(".env\n")
    monkeypatch.setenv("PATH", "")
    dotenv.write_values(file, {"A": "1"})
    assert dotenv.is_exposed(file)
