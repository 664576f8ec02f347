"""Variables that are set and that nothing reads, and a production that nobody would see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.service.environment_warnings import find_environment_warnings
from perihelion.service.wiring import open_app
from tests.fakes.busy_day import write_smallest_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Warnings = Callable[..., tuple[str, ...]]

NETWORKS = ["local", "bluesky", "discord", "mastodon", "nostr", "telegram", "threads", "x"]
NO_ACCOUNT = "DATABASE_URL is set, as in production, but no account is on"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that name a schedule with an account on every network."""
    return write_smallest_files(tmp_path_factory.mktemp("bot"), NETWORKS)


@pytest.fixture
def list_warnings(files: dict[str, str]) -> Warnings:
    def find_warnings(**environ: str) -> tuple[str, ...]:
        return find_environment_warnings(open_app(files | environ), files | environ)

    return find_warnings


def test_a_database_without_any_account_is_no_production(list_warnings: Warnings) -> None:
    (warning,) = list_warnings(DATABASE_URL="postgres://h/d")
    assert warning.startswith(NO_ACCOUNT)


def test_a_database_in_a_file_counts_as_well(tmp_path: Path, list_warnings: Warnings) -> None:
    file = tmp_path / "url"
    file.write_text("postgres://h/d")
    (warning,) = list_warnings(DATABASE_URL_FILE=str(file))
    assert warning.startswith(NO_ACCOUNT)


def test_a_database_with_an_account_and_a_trial_without_either_are_as_they_should_be(
    list_warnings: Warnings,
) -> None:
    account = {"MASTODON_URL": "https://mastodon.example", "MASTODON_TOKEN": "x"}
    assert list_warnings(DATABASE_URL="postgres://h/d", **account) == ()
    assert list_warnings(DATABASE_URL=" ") == ()


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("MASTODN_TOKEN", "MASTODON_TOKEN"),
        ("MASTODN_TOKEN_FILE", "MASTODON_TOKEN"),
        ("MASTODON_TOKN", "MASTODON_TOKEN"),
        ("MASTODON_FR_TOKEN", "MASTODON_TOKEN"),
        ("TWITTER_API_KEY", "X_API_KEY"),
        ("TWITTER_BEARER", "one that begins with X_"),
        ("BSKY_PASSWORD", "BLUESKY_PASSWORD"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("DATABSE_URL", "DATABASE_URL"),
    ],
)
def test_a_near_miss_is_named_even_when_it_stands_alone(
    variable: str, meant: str, list_warnings: Warnings
) -> None:
    (warning,) = list_warnings(**{variable: "hunter22"})
    assert warning.startswith(f"nothing reads {variable}; did you mean {meant}?")
    assert "hunter22" not in warning


@pytest.mark.parametrize(
    "variable",
    ["GITHUB_TOKEN", "API_KEY", "URL", "LOCAL_TOKEN", "X_FORWARDED_FOR", "XDG_SESSION_ID", "PORT"],
)
def test_other_peoples_variables_are_left_alone(variable: str, list_warnings: Warnings) -> None:
    assert list_warnings(**{variable: "x"}) == ()


def test_a_misspelt_variable_without_a_value_counts_as_not_set(list_warnings: Warnings) -> None:
    assert list_warnings(MASTODN_TOKEN=" ") == ()
