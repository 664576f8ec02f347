from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from perihelion.model.deliveries import DeliveryKey
from perihelion.model.errors import LocalFault, NotSent, OutcomeUnknown
from perihelion.model.posts import Media, Post
from perihelion.networks.local import adapter as local
from perihelion.networks.local.adapter import Local
from perihelion.networks.shared.json_values import parse_json
from perihelion.testing.cases import make_pictures
from perihelion.testing.contexts import NOW, make_context

KEY = DeliveryKey("local", "year-in-space/landing", 11)


def make_adapter(folder: Path) -> Local:
    return Local(make_context("local", {}, state_folder=str(folder)))


def make_local_post(text: str = "Home again") -> Post:
    return Post(text, "en", "2027-03-02T15:00:00Z", key=str(KEY))


def read_lines(folder: Path) -> list[dict[str, Any]]:
    raw = (folder / "timeline.jsonl").read_bytes()
    assert raw.endswith(b"\n")
    return [json.loads(line) for line in raw.split(b"\n")[:-1]]


def test_a_line_says_all_that_is_promised(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"png")
    made = Post("Héllo\n🚀", "en", "x", pictures=(Media(str(picture), "A rocket"),), key=str(KEY))
    receipt = make_adapter(tmp_path / "deep" / "state").publish(made, KEY.token)
    line = read_lines(tmp_path / "deep" / "state")[0]
    assert line["key"] == "local:year-in-space/landing:11-years:1"
    assert line["event"] == "year-in-space/landing"
    assert line["text"] == "Héllo\n🚀"
    assert line["posted_at"] == NOW.isoformat().replace("+00:00", "Z")
    assert line["alt"] == "A rocket"
    assert line["id"] == line["token"] == receipt.id == KEY.token
    assert line["url"] == receipt.url


def test_a_post_without_a_picture_says_so(tmp_path: Path) -> None:
    make_adapter(tmp_path).publish(make_local_post(), "t")
    (line,) = read_lines(tmp_path)
    assert (line["picture"], line["alt"], line["pictures"]) == (None, None, [])


def test_a_line_names_every_picture_and_the_first_as_ever(tmp_path: Path) -> None:
    pictures = make_pictures(tmp_path, 2)
    make_adapter(tmp_path).publish(replace(make_local_post(), pictures=pictures), "t")
    (line,) = read_lines(tmp_path)
    assert (line["picture"], line["alt"]) == (pictures[0].file, pictures[0].alt)
    assert line["pictures"] == [{"file": one.file, "alt": one.alt} for one in pictures]


@pytest.mark.parametrize("torn", [b'{"key": "k", "tok', b"\xf0\x9f", b'"', b"[1]", b"{" * 70_000])
def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    make_adapter(tmp_path).publish(make_local_post("one"), "t1")
    with (tmp_path / "timeline.jsonl").open("ab") as file:
        file.write(torn)
    make_adapter(tmp_path).publish(make_local_post("two"), "t2")
    assert [line["text"] for line in read_lines(tmp_path)] == ["one", "two"]


def test_a_whole_line_that_lacks_only_its_end_is_kept(tmp_path: Path) -> None:
    make_adapter(tmp_path).publish(make_local_post("one"), "t1")
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert make_adapter(tmp_path).publish(make_local_post("one"), "t1").id == "t1"
    make_adapter(tmp_path).publish(make_local_post("two"), "t2")
    assert [line["text"] for line in read_lines(tmp_path)] == ["one", "two"]


def test_a_kill_at_any_byte_loses_and_doubles_nothing(tmp_path: Path) -> None:
    make_adapter(tmp_path).publish(make_local_post("one"), "t1")
    path = tmp_path / "timeline.jsonl"
    first = path.read_bytes()
    make_adapter(tmp_path).publish(make_local_post("zwei 🚀"), "t2")
    whole = path.read_bytes()
    for cut in range(len(first), len(whole) + 1):
        path.write_bytes(whole[:cut])
        make_adapter(tmp_path).publish(make_local_post("zwei 🚀"), "t2")
        assert [line["text"] for line in read_lines(tmp_path)] == ["one", "zwei 🚀"]


def test_an_adapter_sees_what_others_have_added(tmp_path: Path) -> None:
    mine, other = make_adapter(tmp_path), make_adapter(tmp_path)
    mine.publish(make_local_post("one"), "t1")
    other.publish(make_local_post("two"), "t2")
    assert mine.publish(make_local_post("two"), "t2").id == "t2"
    assert len(read_lines(tmp_path)) == 2


def test_only_what_was_added_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def count_and_parse(raw: bytes) -> object:
        seen.append(raw)
        return parse_json(raw)

    mine = make_adapter(tmp_path)
    for number in range(50):
        mine.publish(make_local_post(), f"t{number}")
    monkeypatch.setattr("perihelion.networks.local.adapter.parse_json", count_and_parse)
    mine.publish(make_local_post(), "t50")
    assert len([raw for raw in seen if raw]) == 1


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_that_was_replaced_or_emptied_is_read_anew(
    tmp_path: Path,
    replace: bool,  # noqa: FBT001 - a table's column
) -> None:
    mine = make_adapter(tmp_path)
    mine.publish(make_local_post("one"), "t1")
    path = tmp_path / "timeline.jsonl"
    if replace:
        path.rename(tmp_path / "old")
    else:
        path.write_bytes(b"")
    mine.publish(make_local_post("one"), "t1")
    assert [line["token"] for line in read_lines(tmp_path)] == ["t1"]


def test_lines_by_hand_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "timeline.jsonl").write_bytes(
        b'garbage\n[]\n{"token": 5}\n{"account": "local"}\n\n'
        b'{"account": "local", "posted_at": "yesterday", "text": "x", "token": "t"}\n'
    )
    mine = make_adapter(tmp_path)
    mine.publish(make_local_post("one"), "t1")
    assert [one.text for one in mine.recent(NOW)] == ["one"]
    found = mine.find(make_local_post(), "t1")
    assert found is not None


def test_recent_lists_this_account_only(tmp_path: Path) -> None:
    make_adapter(tmp_path).publish(make_local_post("mine"), "t1")
    line = read_lines(tmp_path)[0] | {"account": "other", "token": "t2"}
    with (tmp_path / "timeline.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    assert [one.token for one in make_adapter(tmp_path).recent(NOW)] == ["t1"]


def test_a_folder_that_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    mine = make_adapter(tmp_path / "state")
    with pytest.raises(NotSent, match="cannot be written"):
        mine.publish(make_local_post(), "t")


def test_check_says_that_a_folder_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may write anywhere
    with pytest.raises(NotSent, match="make its folder writable"):
        make_adapter(tmp_path).check()


def test_check_makes_nothing(tmp_path: Path) -> None:
    assert make_adapter(tmp_path / "state").check().handle == "local"
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_on_disk_before_it_counts_and_so_is_the_name_of_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: kept.append(os.fstat(file).st_ino))
    mine = make_adapter(tmp_path)
    mine.publish(make_local_post("one"), "t1")
    mine.publish(make_local_post("two"), "t2")
    folder, timeline = tmp_path.stat().st_ino, mine.path.stat().st_ino
    assert kept == [folder, timeline, timeline]


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let fsync find, after the line was written, that the disk is full."""

    def raise_disk_full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", raise_disk_full)


def test_a_full_disk_leaves_no_part_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = make_adapter(tmp_path)
    mine.publish(make_local_post("one"), "t1")
    with monkeypatch.context() as patch:
        fill_disk(patch)
        with pytest.raises(NotSent, match="No space left"):
            mine.publish(make_local_post("two"), "t2")
    assert [line["text"] for line in read_lines(tmp_path)] == ["one"]
    mine.publish(make_local_post("two"), "t2")
    assert len(read_lines(tmp_path)) == 2


def test_a_lock_that_is_never_freed_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOCK_SECONDS", 0.05)
    with FileLock(str(tmp_path / "timeline.jsonl.lock")), pytest.raises(NotSent, match="locked"):
        make_adapter(tmp_path).publish(make_local_post(), "t")


def test_a_post_that_is_no_unicode_waits_for_a_repair(tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="Unicode"):
        make_adapter(tmp_path).publish(make_local_post("\ud800"), "t")


def test_threads_and_processes_at_once_make_one_line_each_token(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.unit.networks.test_local import make_adapter, make_local_post, Path\n"
        f"mine = make_adapter(Path({str(tmp_path)!r}))\n"
        "for number in range(20): mine.publish(make_local_post(f'post {number}'), f't{number}')\n"
    )
    root = Path(__file__).resolve().parents[3]
    others = [subprocess.Popen([sys.executable, "-c", program], cwd=root) for _ in range(3)]
    shared = make_adapter(tmp_path)

    def publish_all() -> None:
        for number in reversed(range(20)):
            shared.publish(make_local_post(f"post {number}"), f"t{number}")

    threads = [threading.Thread(target=publish_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert sorted(line["token"] for line in read_lines(tmp_path)) == sorted(
        f"t{n}" for n in range(20)
    )


def test_a_line_written_in_part_that_cannot_be_undone_is_unknown() -> None:
    class Stuck:
        def truncate(self, _size: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OutcomeUnknown, match="in part"):
        local._undo_append(Stuck(), 0, OSError("full"))  # type: ignore[arg-type]  # only truncate is used
