"""`login`: what it writes and where, what it never shows, and that stopping it leaves nothing."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.accounts import Account
from perihelion.model.posts import Limits
from perihelion.networks import loader
from perihelion.networks.base import NetworkSpec, Variable
from perihelion.service import cli
from perihelion.service.account_login import prefix_variables
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes import discord_server, mastodon_server, telegram_server
from tests.fakes.git_repository import make_repository, track_file
from tests.fakes.sign_in_pages import CODE, DiscordLists, MastodonPages, TelegramUpdates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perihelion.networks.base import Context, Network

ROOT = Path(__file__).resolve().parents[3]
TOKEN = telegram_server.TOKEN
NOTHING = "Nothing was written."


@dataclass(frozen=True, slots=True)
class LoginResult:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test runs: a folder with a schedule of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schedule.yaml").write_text(
        "accounts:\n- {network: telegram}\n- {network: mastodon, name: fr}\nmissions: []\n"
    )
    return tmp_path


def run_login(
    *arguments: str, answers: tuple[str, ...] = (), env: Mapping[str, str] = {}
) -> LoginResult:
    """One call of the verb, with its answers typed."""
    typed = "".join(f"{answer}\n" for answer in answers)
    with CliRunner().isolation(typed, dict(env)) as (out, err, _):
        code = cli.run_command(cli.group, ["login", *arguments])
        return LoginResult(code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def telegram() -> Iterator[FakeServer]:
    with FakeServer(TelegramUpdates(telegram_server.FakeTelegram()).handle_request) as server:
        yield server


def telegram_environ(server: FakeServer) -> dict[str, str]:
    return {"TELEGRAM_URL": server.url}


def test_a_proved_token_is_written_to_the_file_and_shown_nowhere(
    telegram: FakeServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = run_login(
        "telegram", "--env", ".env", answers=(TOKEN, "@yearly"), env=telegram_environ(telegram)
    )
    assert (done.code, done.out) == (0, "")
    file = folder / ".env"
    assert file.read_text() == (
        f"TELEGRAM_URL={telegram.url}\nTELEGRAM_TOKEN={TOKEN}\nTELEGRAM_CHAT=@yearly\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "the bot @year_bot posts to Year in Space" in done.err
    assert "dedupe: none" in done.err
    assert TOKEN.partition(":")[2] not in done.err + caplog.text


def test_on_the_screen_are_lines_that_a_shell_takes(telegram: FakeServer, folder: Path) -> None:
    done = run_login("telegram", answers=(TOKEN, "@yearly", "2"), env=telegram_environ(telegram))
    assert done.code == 0
    assert f"export TELEGRAM_TOKEN={TOKEN}\n" in done.out
    assert all(line.startswith("export TELEGRAM_") for line in done.out.splitlines())
    assert not (folder / ".env").exists()


def test_a_file_that_will_not_do_is_asked_for_again(telegram: FakeServer, folder: Path) -> None:
    answers = (TOKEN, "@yearly", "3", "1", "no/such/.env", "")
    done = run_login("telegram", answers=answers, env=telegram_environ(telegram))
    assert done.code == 0
    assert "must be a number from 1 to 2" in done.err
    assert "is missing or not writable" in done.err
    assert (folder / ".env").exists()


def test_a_file_that_git_tracks_is_refused_before_anything_is_asked(
    telegram: FakeServer, folder: Path
) -> None:
    make_repository(folder)
    (folder / ".env").write_text("")
    track_file(folder, ".env")
    done = run_login("telegram", "--env", ".env", env=telegram_environ(telegram))
    assert done.code == 2
    assert "git tracks .env" in done.err
    assert telegram.requests == []


def test_a_file_that_git_would_add_is_written_with_a_warning(
    telegram: FakeServer, folder: Path
) -> None:
    make_repository(folder)
    done = run_login(
        "telegram", "--env", ".env", answers=(TOKEN, "@yearly"), env=telegram_environ(telegram)
    )
    assert done.code == 0
    assert "Add .env to .gitignore" in done.err


def test_an_account_s_variables_begin_with_its_name(folder: Path) -> None:
    pages = MastodonPages(mastodon_server.FakeMastodon(), codes={CODE})
    with FakeServer(pages.handle_request) as server:
        pages.fake.url = server.url
        done = run_login("mastodon", "--account", "fr", "--env", "x", answers=(server.url, CODE))
    assert done.code == 0
    text = (folder / "x").read_text()
    assert text == f"FR_URL={server.url}\nFR_TOKEN={mastodon_server.TOKEN}\n"
    assert "The schedule does not have this account" not in done.err


def test_what_is_the_default_anyway_is_not_written() -> None:
    account = Account("telegram", "tg")
    values = {"URL": "https://api.telegram.org", "TOKEN": "1:a", "CHAT": "5"}
    assert prefix_variables(account, values) == {"TG_TOKEN": "1:a", "TG_CHAT": "5"}


def test_an_account_that_the_schedule_lacks_is_told_how_to_add_it(telegram: FakeServer) -> None:
    arguments = ("telegram", "--account", "tg-de", "--env", "x")
    done = run_login(*arguments, answers=(TOKEN, "@yearly"), env={"TG_DE_URL": telegram.url})
    assert done.code == 0
    assert "add {network: telegram, name: tg-de} to its accounts" in done.err


def test_a_broken_schedule_does_not_keep_anyone_from_signing_in(
    telegram: FakeServer, folder: Path
) -> None:
    (folder / "schedule.yaml").write_text("missions: [")
    done = run_login(
        "telegram", "--env", "x", answers=(TOKEN, "@yearly"), env=telegram_environ(telegram)
    )
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mastodn",), "did you mean `mastodon`?"),
        (("local",), "local needs no sign-in"),
        (("telegram", "--account", "fr"), "fr is on mastodon, not on telegram"),
        (("telegram", "--account", "Tele Gram"), "lower-case"),
        (("telegram", "--account", "1st"), "give the account another name"),
        (("telegram", "--env", "."), "is not a regular file"),
    ],
)
def test_what_cannot_be_signed_in_is_said_at_once(arguments: tuple[str, ...], said: str) -> None:
    done = run_login(*arguments)
    assert done.code == 2
    assert said in done.err


def test_no_token_is_sent_to_an_address_that_is_not_safe() -> None:
    done = run_login("telegram", env={"TELEGRAM_URL": "http://telegram.example"})
    assert done.code == 2
    assert "TELEGRAM_URL must begin with https://" in done.err


def forbid_posting(server: FakeServer) -> None:
    """Let the bot have no right to post, at the next proof."""
    body = {"ok": False, "error_code": 403, "description": "Forbidden: bot is not a member"}
    server.break_next(Fault(Reply(403, body)), lambda request: "getChatMember" in request.path)


def test_what_was_mended_meanwhile_is_proved_again(telegram: FakeServer, folder: Path) -> None:
    forbid_posting(telegram)
    answers = (TOKEN, "@yearly", "1")
    done = run_login("telegram", "--env", ".env", answers=answers, env=telegram_environ(telegram))
    assert done.code == 0
    assert "bot is not a member" in done.err
    assert (folder / ".env").exists()


def test_who_starts_again_is_offered_what_was_said_but_no_secret(
    telegram: FakeServer, folder: Path
) -> None:
    forbid_posting(telegram)
    answers = (TOKEN, "@yearly", "2", TOKEN, "")
    done = run_login("telegram", "--env", ".env", answers=answers, env=telegram_environ(telegram))
    assert done.code == 0
    assert "[@yearly]" in done.err
    assert "TELEGRAM_CHAT=@yearly" in (folder / ".env").read_text()


@pytest.mark.parametrize("answers", [(TOKEN, "@yearly", "3"), (TOKEN,), ()])
def test_who_stops_or_has_no_more_to_say_leaves_nothing(
    telegram: FakeServer, folder: Path, answers: tuple[str, ...]
) -> None:
    forbid_posting(telegram)
    (folder / ".env").write_text("A=1\n")
    done = run_login("telegram", "--env", ".env", answers=answers, env=telegram_environ(telegram))
    assert done.code == 1
    assert NOTHING in done.err
    assert (folder / ".env").read_text() == "A=1\n"


def test_a_new_way_to_sign_in_takes_the_place_of_the_old_one(folder: Path) -> None:
    hook = "DISCORD_WEBHOOK=https://discord.com/api/webhooks/1/x\n"
    file = folder / ".env"
    file.write_text(f"A=1\n{hook}DISCORD_TOKEN_FILE=/run/secrets/discord\n")
    with FakeServer(DiscordLists(discord_server.FakeDiscord()).handle_request) as server:
        answers = ("2", discord_server.TOKEN, discord_server.CHANNEL)
        env = {"DISCORD_URL": f"{server.url}/api/v10"}
        done = run_login("discord", "--env", ".env", answers=answers, env=env)
    assert done.code == 0
    names = [line.partition("=")[0] for line in file.read_text().splitlines()]
    assert names == ["A", "DISCORD_URL", "DISCORD_TOKEN", "DISCORD_CHANNEL"]


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A network `example` of somebody else's; `login` in the dict is its own."""
    said = {"login": ""}

    def make_spec() -> NetworkSpec:
        variant = (Variable("TOKEN", secret=True, help="the key from example's settings"),)
        return NetworkSpec(
            "example", _refuse_to_connect, Limits(300), (variant,), login=said["login"]
        )

    monkeypatch.setattr(loader, "_find_entry_points", lambda: {"example": make_spec})
    loader.load_spec.cache_clear()
    yield said
    loader.load_spec.cache_clear()


def _refuse_to_connect(_context: Context) -> Network:
    raise AssertionError("nothing is to be connected here")


def test_a_network_without_a_sign_in_says_what_to_set_instead(
    third_party: dict[str, str],
) -> None:
    assert third_party["login"] == ""
    done = run_login("example", "--account", "one")
    assert done.code == 2
    expected = "example has no guided sign-in; set ONE_TOKEN (the key from example's settings)"
    assert expected in done.err


def test_a_sign_in_of_a_third_party_is_loaded_by_its_name(
    third_party: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "their_login.py").write_text("def walk(talk): talk.prompt('Their question', str)\n")
    monkeypatch.syspath_prepend(str(folder))
    third_party["login"] = "their_login:walk"
    done = run_login("example")
    assert "Their question" in done.err
    assert done.code == 1


def test_a_sign_in_that_is_not_there_is_named(third_party: dict[str, str]) -> None:
    third_party["login"] = "perihelion.networks.shared.sign_in_steps:walk"
    with pytest.raises(TypeError, match="no function 'walk' in perihelion"):
        loader.load_sign_in("example")


IN_A_TERMINAL = """
import os, pty, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
"""
"""Runs its arguments as somebody would who sits before it, though a shell that starts the tests in
the background has them ignore Ctrl-C."""


def test_ctrl_c_at_a_hidden_question_ends_with_130_and_what_was_typed_was_never_seen(
    telegram: FakeServer, folder: Path
) -> None:
    call = [sys.executable, str(ROOT / "bot.py"), "login", "telegram", "--env", ".env"]
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *call],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"TELEGRAM_URL": telegram.url, "PYTHONPATH": str(ROOT), "PATH": ""},
        cwd=folder,
    )
    assert process.stdin
    assert process.stdout
    seen = _read_until_prompt(process, b"The token")
    process.stdin.write(b"1:wrong-token\n")
    process.stdin.flush()
    seen += _read_until_prompt(process, b"The token")
    process.stdin.write(b"\x03")
    process.stdin.flush()
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert NOTHING.encode() in rest
    assert b"Unauthorized" in seen
    assert b"wrong-token" not in seen + rest
    assert not (folder / ".env").exists()


def _read_until_prompt(process: subprocess.Popen[bytes], prompt: bytes) -> bytes:
    """The output up to a question: `prompt`, and the colon after which the terminal listens."""
    assert process.stdout
    seen = b""
    while not (prompt in seen and seen.endswith(b": ")):
        byte = process.stdout.read(1)
        assert byte, seen
        seen += byte
    return seen
