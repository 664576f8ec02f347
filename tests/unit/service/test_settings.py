"""What the environment decides, and what is said when it is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from perihelion.model.errors import ConfigurationError, UsageError
from perihelion.networks.base import REQUEST_DEADLINE, Context
from perihelion.service.known_ledger import require_known_ledger
from perihelion.service.setting_names import SETTINGS
from perihelion.service.settings import (
    LogFormat,
    LogLevel,
    Settings,
    read_ledger_address,
    read_settings,
)
from perihelion.service.short_times import find_short_times
from perihelion.service.wiring import open_app
from tests.fakes.schedule_texts import schedule_with_one_event


def read_environ(**environ: str) -> Settings:
    return read_settings(environ, terminal=False)


def list_mistakes(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as wrong:
        read_environ(**environ)
    return [str(mistake) for mistake in wrong.value.mistakes]


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read_environ()
    assert settings.state == Path("state")
    assert settings.schedule == Path("schedule.yaml")
    assert settings.templates == Path("templates")
    assert settings.database_url.reveal() == "sqlite:///state/ledger.sqlite3"
    assert settings.lease == timedelta(seconds=120)
    assert settings.tick == timedelta(seconds=30)
    assert (settings.log, settings.log_level) == (LogFormat.JSON, LogLevel.INFO)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_environ(**{setting.name: " " for setting in SETTINGS}) == read_environ()


def test_a_person_at_a_terminal_gets_a_readable_log_unless_told_otherwise() -> None:
    assert read_settings({}, terminal=True).log is LogFormat.CONSOLE
    assert read_settings({"PERIHELION_LOG": "JSON"}, terminal=True).log is LogFormat.JSON


def test_state_and_templates_are_beside_the_schedule() -> None:
    settings = read_environ(PERIHELION_SCHEDULE="/srv/museum/schedule.yaml")
    assert settings.templates == Path("/srv/museum/templates")
    assert settings.state == Path("/srv/museum/state")
    assert settings.database_url.reveal() == "sqlite:////srv/museum/state/ledger.sqlite3"


def test_a_ledger_in_the_current_folder_is_not_left_behind_for_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    museum, here = tmp_path / "museum", tmp_path / "here"
    for folder in (museum, here):
        (folder / "state").mkdir(parents=True)
    monkeypatch.chdir(here)
    settings = read_environ(PERIHELION_SCHEDULE=str(museum / "schedule.yaml"))
    require_known_ledger(settings)
    (here / "state/ledger.sqlite3").touch()
    with pytest.raises(UsageError, match="say which of these folders") as refused:
        require_known_ledger(settings)
    assert f"no ledger in {museum / 'state'}, but one in {here / 'state'}" in str(refused.value)
    require_known_ledger(replace(settings, state=Path("state")))
    require_known_ledger(read_environ(PERIHELION_SCHEDULE=str(museum), DATABASE_URL="sqlite:////x"))
    (museum / "state/ledger.sqlite3").touch()
    require_known_ledger(settings)


def test_the_ledger_follows_the_state_folder() -> None:
    settings = read_environ(PERIHELION_STATE="/var/lib/perihelion")
    assert settings.database_url.reveal() == "sqlite:////var/lib/perihelion/ledger.sqlite3"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_is_taken_whole(scheme: str) -> None:
    rest = "bot:p%40ss@db.example:6432/ledger?sslmode=require&options=-c%20x"
    settings = read_environ(DATABASE_URL=f"{scheme}://{rest}")
    assert settings.database_url.reveal() == f"postgresql+psycopg://{rest}"


@pytest.mark.parametrize(
    "url",
    ["mysql://bot:hunter22@db/x", "bot:hunter22@db", "postgres://", "sqlite://", "sqlite:///"],
)
def test_an_address_that_names_no_ledger_is_refused_without_showing_it(url: str) -> None:
    (mistake,) = list_mistakes(DATABASE_URL=url)
    assert mistake.startswith("environment: DATABASE_URL: ")
    assert "write postgresql://... or sqlite:///FILE" in mistake
    assert "hunter22" not in mistake


def test_an_address_may_be_given_by_the_name_of_its_variable_or_as_a_path(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("postgres://bot@db/y\n")
    environ = {"OLD": "postgres://bot@db/x", "NEW_FILE": str(tmp_path / "address")}
    given = ("OLD", "NEW", "./OLD", "state/ledger.sqlite3", "sqlite:////srv/x", "postgres://db/z")
    assert [read_ledger_address(one, environ).reveal() for one in given] == [
        "postgresql+psycopg://bot@db/x",
        "postgresql+psycopg://bot@db/y",
        "sqlite:///./OLD",
        "sqlite:///state/ledger.sqlite3",
        "sqlite:////srv/x",
        "postgresql+psycopg://db/z",
    ]
    with pytest.raises(UsageError, match="neither a variable that is set nor an address"):
        read_ledger_address("OLDER", environ)


def test_the_settings_show_their_secret_to_nobody() -> None:
    assert "hunter22" not in repr(read_environ(DATABASE_URL="postgres://bot:hunter22@db/x"))


@pytest.mark.parametrize("url", ["hunter22", "ftp://host/hunter22", "https:///hunter22"])
def test_a_heartbeat_s_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    (mistake,) = list_mistakes(PERIHELION_HEARTBEAT=url)
    assert "PERIHELION_HEARTBEAT is not an address; write https://..." in mistake
    assert "hunter22" not in mistake


def test_a_monitor_in_the_same_building_needs_no_certificate() -> None:
    settings = read_environ(PERIHELION_HEARTBEAT="http://kuma:3001/api/push/hunter22?status=up")
    assert settings.heartbeat.reveal().startswith("http://kuma:3001/")
    assert "hunter22" not in repr(settings)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgres://bot@db/x\n")
    settings = read_environ(DATABASE_URL_FILE=str(file))
    assert settings.database_url.reveal() == "postgresql+psycopg://bot@db/x"


def test_a_secret_that_is_set_twice_is_refused(tmp_path: Path) -> None:
    assert list_mistakes(DATABASE_URL="sqlite:///x", DATABASE_URL_FILE=str(tmp_path)) == [
        "environment: set DATABASE_URL or DATABASE_URL_FILE, not both"
    ]


def test_a_secret_file_that_is_missing_empty_or_no_text_is_named(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe\x00")
    missing = tmp_path / "missing"
    begin = "environment: DATABASE_URL_FILE: "
    assert list_mistakes(DATABASE_URL_FILE=str(empty)) == [f"{begin}{empty} is empty"]
    assert list_mistakes(DATABASE_URL_FILE=str(binary)) == [
        f"{begin}cannot read {binary}: it is not UTF-8 text"
    ]
    assert list_mistakes(DATABASE_URL_FILE=str(missing)) == [
        f"{begin}cannot read {missing}: No such file or directory"
    ]


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon", "86401"])
def test_seconds_that_make_no_sense_are_refused(seconds: str) -> None:
    (mistake,) = list_mistakes(PERIHELION_LEASE=seconds)
    assert mistake == (
        f"environment: PERIHELION_LEASE must be seconds above 0 and up to 86400, not {seconds!r}"
    )


def test_every_mistake_is_reported_at_once() -> None:
    assert list_mistakes(
        DATABASE_URL="mysql://db",
        PERIHELION_LEASE="soon",
        PERIHELION_TICK="0",
        PERIHELION_LOG="xml",
        PERIHELION_LOG_LEVEL="loud",
        PERIHELION_SCHEDUEL="mine.yaml",
    ) == [
        (
            "environment: DATABASE_URL: mysql:// is not a ledger's address; write postgresql://... "
            "or sqlite:///FILE"
        ),
        "environment: PERIHELION_LEASE must be seconds above 0 and up to 86400, not 'soon'",
        "environment: PERIHELION_TICK must be seconds above 0 and up to 86400, not '0'",
        "environment: PERIHELION_LOG must be one of json, console, not 'xml'",
        (
            "environment: PERIHELION_LOG_LEVEL must be one of debug, info, warning, error, not "
            "'loud'"
        ),
        "environment: PERIHELION_SCHEDUEL is unknown; did you mean PERIHELION_SCHEDULE?",
    ]


def test_the_variables_of_an_account_named_perihelion_are_not_taken_for_misspelt_ones() -> None:
    assert (
        read_environ(PERIHELION_URL="x", PERIHELION_TOKEN="y", PERIHELION_HANDLE="z")
        == read_environ()
    )


def list_warnings(**environ: str) -> tuple[str, ...]:
    return find_short_times(read_settings(environ))


def test_the_defaults_are_wise() -> None:
    assert list_warnings() == ()


def test_a_time_as_long_as_a_request_may_take_is_wise() -> None:
    assert (
        list_warnings(
            PERIHELION_LEASE=f"{REQUEST_DEADLINE}", PERIHELION_PATIENCE=f"{REQUEST_DEADLINE}"
        )
        == ()
    )


def test_a_lease_shorter_than_a_request_says_what_it_costs_and_what_to_write() -> None:
    (said,) = list_warnings(PERIHELION_LEASE="24.9")
    assert said == (
        "PERIHELION_LEASE=24.9 is less than the 25 seconds that a request may take: another worker "
        "may take over a delivery while its request is under way, and must then look it up, or "
        "hold it for you; set PERIHELION_LEASE=120, or unset it"
    )


def test_a_patience_shorter_than_a_request_says_that_a_post_may_be_sent_twice() -> None:
    (said,) = list_warnings(PERIHELION_PATIENCE="4")
    assert said == (
        "PERIHELION_PATIENCE=4 is less than the 25 seconds that a request may take: a post may be "
        "looked up before its interrupted request has arrived, and be sent twice; set "
        "PERIHELION_PATIENCE=120, or unset it"
    )


def test_both_are_reported_at_once() -> None:
    warnings = list_warnings(PERIHELION_LEASE="1", PERIHELION_PATIENCE="1")
    names = [warning.split("=")[0] for warning in warnings]
    assert names == ["PERIHELION_LEASE", "PERIHELION_PATIENCE"]


def test_the_deadline_is_the_one_that_every_adapter_gets() -> None:
    assert Context.__dataclass_fields__["deadline"].default == REQUEST_DEADLINE


@pytest.mark.parametrize("hidden", ["\ufeff", "\u200b", "\u2060", "\u202e"])
@pytest.mark.parametrize("variable", ["MASTODON_TOKEN", "MASTODON_TOKEN_FILE"])
def test_an_invisible_character_in_a_secret_is_refused_by_its_place(
    tmp_path: Path, hidden: str, variable: str
) -> None:
    value = f"{hidden}hunter2"
    (tmp_path / "token").write_text(value, "utf-8")
    environ = {variable: str(tmp_path / "token") if "FILE" in variable else value}
    schedule = tmp_path / "schedule.yaml"
    accounts = "accounts:\n  - {network: mastodon}\n"
    schedule.write_text(schedule_with_one_event() + accounts, "utf-8")
    environ |= {"PERIHELION_SCHEDULE": str(schedule), "MASTODON_URL": "https://mastodon.example"}
    with pytest.raises(ConfigurationError) as caught:
        open_app(environ)
    assert f"character 1 of its value is invisible (U+{ord(hidden):04X})" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="character 7 of its value is invisible"):
        read_settings({"PERIHELION_ALERTS": f"json:/{hidden}/localhost"})
