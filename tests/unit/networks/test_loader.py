from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.accounts import Account
from perihelion.model.missions import Mention
from perihelion.model.posts import Limits
from perihelion.model.source_location import SourceLocation
from perihelion.networks import loader
from perihelion.networks.base import Network, NetworkSpec, Secret, Variable
from perihelion.networks.local.adapter import Local
from perihelion.testing.contexts import make_context
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from pathlib import Path

MASTODON = Account("mastodon", "mastodon-de", location=SourceLocation("schedule.yaml", 3, 5))
SET = {"MASTODON_DE_URL": "https://example.social", "MASTODON_DE_TOKEN": "t0ken"}
BOTH_WAYS = NetworkSpec(
    "either",
    Local,
    Limits(10),
    variants=(
        (Variable("WEBHOOK", secret=True),),
        (
            Variable("URL", required=False, default="https://either.example"),
            Variable("TOKEN", secret=True),
            Variable("CHANNEL"),
        ),
    ),
)


@pytest.fixture
def either(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(loader, "_find_entry_points", lambda: {"either": lambda: BOTH_WAYS})
    monkeypatch.setattr(loader, "load_spec", lambda _name: BOTH_WAYS)
    return Account("either", "either")


def find_mistake(account: Account, environ: dict[str, str]) -> str:
    values, mistakes = loader.read_credentials(account, environ)
    assert values is None
    assert len(mistakes) == 1
    return str(mistakes[0])


def test_every_built_in_network_has_its_spec() -> None:
    assert {"local", "mastodon"} <= set(loader.network_names())
    for name in loader.network_names():
        assert loader.load_spec(name).name == name
        assert loader.load_spec(name).limits.length > 0


@pytest.mark.parametrize(
    ("network", "option", "pictures", "length"),
    [
        ("threads", ("media_url", "https://example.org/media"), 1, 500),
        ("nostr", ("media_url", "https://example.org/media"), 1, 5000),
        ("threads", ("media_url", ""), 0, 500),
        ("mastodon", ("content_warning", "space news"), 4, 490),
        ("mastodon", ("content_warning", "x" * 600), 4, 0),
        ("mastodon", ("memorial_warning", "in memory"), 4, 491),
        ("x", ("budget", "5.00"), 4, 280),
    ],
)
def test_an_account_s_options_change_what_is_foreseen(
    network: str, option: tuple[str, str], pictures: int, length: int
) -> None:
    """Else `check` and `preview` would tell of other posts than those that go out."""
    limits = loader.load_spec(network).limits_for(Account(network, network, options=(option,)))
    assert (limits.pictures, limits.length) == (pictures, length)


def test_the_local_network_needs_nothing(tmp_path: Path) -> None:
    assert loader.read_credentials(Account("local", "local"), {}) == ({}, [])
    made = loader.load_spec("local").connect(make_context("local", {}, state_folder=str(tmp_path)))
    assert isinstance(made, Network)


def test_an_account_with_nothing_set_is_off_and_no_mistake() -> None:
    assert loader.read_credentials(MASTODON, {"MASTODON_URL": "https://the.other"}) == (None, [])


def test_an_account_with_everything_set_is_on_with_its_values_hidden() -> None:
    values, mistakes = loader.read_credentials(MASTODON, SET)
    assert mistakes == []
    assert values == {"URL": Secret("https://example.social"), "TOKEN": Secret("t0ken")}
    assert "t0ken" not in repr(values)


def test_a_half_set_account_is_told_what_is_missing_and_where_it_stands() -> None:
    text = find_mistake(MASTODON, {"MASTODON_DE_URL": "https://example.social"})
    assert text.startswith("schedule.yaml:3:5: ")
    assert "MASTODON_DE_TOKEN not set, though MASTODON_DE_URL is" in text


def test_a_misspelt_variable_of_a_half_set_account_is_named() -> None:
    environ = {"MASTODON_DE_URL": "https://example.social", "MASTODON_DE_TOKN": "t0ken"}
    text = find_mistake(MASTODON, environ)
    assert "did you mean MASTODON_DE_TOKEN?" in text
    assert "t0ken" not in text


def test_a_variable_that_begins_with_a_misspelt_name_is_named_as_well() -> None:
    environ = {"MASTODON_DE_URL": "https://example.social"}
    named = find_mistake(MASTODON, environ | {"MASTODN_DE_TOKEN": "t0ken"})
    assert "(MASTODN_DE_TOKEN is not a setting; did you mean MASTODON_DE_TOKEN?)" in named
    assert "did you mean" not in find_mistake(MASTODON, environ | {"GITHUB_TOKEN": "t0ken"})


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    environ = {
        "MASTODON_DE_URL": "https://example.social",
        "MASTODON_DE_TOKEN_FILE": str(tmp_path / "token"),
    }
    values, mistakes = loader.read_credentials(MASTODON, environ)
    assert mistakes == []
    assert values is not None
    assert values["TOKEN"] == Secret("t0ken")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot read"), (b"\xff\xfe\xff", "not UTF-8"), (b" \n", "is empty")],
)
def test_a_secret_file_that_holds_none_is_a_mistake(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    environ = {
        "MASTODON_DE_URL": "https://example.social",
        "MASTODON_DE_TOKEN_FILE": str(file),
    }
    values, mistakes = loader.read_credentials(MASTODON, environ)
    assert values is None
    assert any(problem in str(mistake) for mistake in mistakes)


def test_a_secret_and_its_file_at_once_is_a_mistake() -> None:
    assert "or MASTODON_DE_TOKEN_FILE, not both" in find_mistake(
        MASTODON, SET | {"MASTODON_DE_TOKEN_FILE": "/nowhere"}
    )


@pytest.mark.parametrize(
    "url",
    ["example.social", "http://example.social", "https://", "https://me:pw@example.social",
     "https://example.social/?q", "ftp://example.social", "https://[::1", "https://a:b"],
)  # fmt: skip
def test_an_address_that_would_fail_or_leak_is_a_mistake(url: str) -> None:
    text = find_mistake(MASTODON, SET | {"MASTODON_DE_URL": url})
    assert "MASTODON_DE_URL" in text
    assert "pw" not in text


@pytest.mark.parametrize("url", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"])
def test_this_machine_may_be_reached_in_the_clear(url: str) -> None:
    assert loader.read_credentials(MASTODON, SET | {"MASTODON_DE_URL": url})[1] == []


def test_an_unknown_network_gets_a_suggestion() -> None:
    assert "did you mean `mastodon`?" in find_mistake(replace(MASTODON, network="mastodont"), SET)
    assert "use one of" in loader.suggest_network("zzzzzz")


def test_an_unknown_option_is_a_mistake_even_on_an_account_that_is_off() -> None:
    account = replace(MASTODON, options=(("visability", "public"),))
    assert "did you mean `visibility`?" in find_mistake(account, {})


def test_an_option_with_choices_takes_no_other() -> None:
    account = replace(MASTODON, options=(("visibility", "direct"),))
    assert "cannot be 'direct'" in find_mistake(account, SET)
    account = replace(MASTODON, options=(("visibility", "unlisted"), ("content_warning", "x")))
    assert loader.read_credentials(account, SET)[1] == []


def test_a_network_without_options_says_so() -> None:
    assert "it has none" in find_mistake(Account("local", "local", options=(("a", "b"),)), {})


def test_one_of_two_ways_of_signing_in_is_enough(either: Account) -> None:
    assert loader.read_credentials(either, {}) == (None, [])
    assert loader.read_credentials(either, {"EITHER_WEBHOOK": "w"})[0] == {"WEBHOOK": Secret("w")}
    values, mistakes = loader.read_credentials(either, {"EITHER_TOKEN": "t", "EITHER_CHANNEL": "c"})
    assert mistakes == []
    assert values is not None
    assert values["URL"] == Secret("https://either.example")


@pytest.mark.parametrize(
    "also", [{"EITHER_TOKEN": "t"}, {"EITHER_TOKEN": "t", "EITHER_CHANNEL": "c"}]
)
def test_two_ways_at_once_are_a_mistake(either: Account, also: dict[str, str]) -> None:
    assert "not both" in find_mistake(either, {"EITHER_WEBHOOK": "w"} | also)


def test_of_two_half_ways_the_fuller_is_asked_for(either: Account) -> None:
    text = find_mistake(either, {"EITHER_TOKEN": "t", "EITHER_URL": "https://either.example"})
    assert "EITHER_CHANNEL not set" in text


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("ws://localhost:1, ws://127.8.9.1:2", True),
        ("http://[::1]/", True),
        ("http://bot.localhost", True),
        ("ws://localhost:1 wss://relay.example", False),
        ("https://127.0.0.1.example", False),
        ("https://localhost@example.org", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_this_machine_counts_as_loopback(address: str, here: bool) -> None:  # noqa: FBT001 - a table's column
    assert loader.is_loopback_only(address) is here


def test_a_third_party_network_joins_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_find_entry_points", lambda: {"either": lambda: BOTH_WAYS})
    loader.load_spec.cache_clear()
    assert "either" in loader.network_names()
    assert loader.load_spec("either") is BOTH_WAYS
    loader.load_spec.cache_clear()


def raise_not_found() -> object:
    raise ModuleNotFoundError("No module named 'acme'")


BROKEN = {
    "gone": raise_not_found,
    "misnamed": lambda: BOTH_WAYS,
    "function": lambda: raise_not_found,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_third_party_network_that_cannot_be_loaded_is_a_mistake_of_its_account(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "_find_entry_points", lambda: BROKEN)
    values, (mistake,) = loader.read_credentials(replace(MASTODON, network=name), {})
    assert values is None
    assert str(mistake).startswith("schedule.yaml:")
    assert f"network '{name}': its package" in mistake.message
    assert "fix that package or uninstall it" in mistake.message


def test_a_third_party_network_that_cannot_be_loaded_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loader, "_find_entry_points", lambda: BROKEN)
    assert loader.usable_networks() == loader.BUILT_IN_NETWORKS
    assert set(BROKEN) < set(loader.network_names())


def test_only_x_charges_for_posts() -> None:
    assert loader.paid_networks() == ("x",)


@pytest.mark.parametrize(
    ("network", "handle", "says"),
    [
        ("mastodn", "@nasa@example.social", "did you mean `mastodon`?"),
        ("mastodon", "@nasa", "@nasa cannot be mentioned on mastodon"),
        ("bluesky", "@nasa.gov", "no post mentions anybody there"),
    ],
)
def test_a_mention_that_its_network_cannot_make_is_a_mistake_where_it_stands(
    network: str, handle: str, says: str
) -> None:
    place = SourceLocation("schedule.yaml", 9, 13)
    event = make_event(mentions=(Mention(network, (handle,), place), Mention("x", ("@NASA",))))
    (mistake,) = loader.find_mention_mistakes([event])
    assert (mistake.location, mistake.code) == (place, "bad-mention")
    assert says in mistake.message
