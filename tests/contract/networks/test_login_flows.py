"""Each network's sign-in, with a person's answers, against its fake; the adapter proves the end."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from perihelion.model.errors import PublishError
from perihelion.networks import loader
from perihelion.networks.nostr.keys import generate_key, parse_key
from perihelion.testing.http_server import FakeServer
from tests.fakes import (
    bluesky_server,
    discord_server,
    mastodon_server,
    telegram_server,
    threads_server,
    x_server,
)
from tests.fakes.nostr_relay import FakeRelay
from tests.fakes.sign_in_pages import (
    CODE,
    PIN,
    REDIRECT_URI,
    SECRET,
    SHORT_TOKEN,
    DiscordLists,
    MastodonPages,
    TelegramUpdates,
    ThreadsPages,
    XPages,
    parse_query,
)
from tests.fakes.terminal_user import (
    TerminalUser,
    make_login_context,
    prove_credentials,
    run_sign_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOWHERE = "http://127.0.0.1:9"


def last_address(shown_text: str) -> str:
    """The last address with a query that was shown."""
    return str(re.findall(r"https?://\S+\?\S+", shown_text)[-1])


@pytest.fixture(autouse=True)
def captured_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a library logs, at any level, holds no secret."""
    caplog.set_level(logging.DEBUG)
    yield
    secrets = [
        SECRET,
        SHORT_TOKEN,
        CODE,
        PIN,
        mastodon_server.TOKEN,
        threads_server.TOKEN,
        telegram_server.TOKEN,
        discord_server.TOKEN,
        discord_server.WEBHOOK_TOKEN,
        bluesky_server.PASSWORD,
        x_server.SECRET_SUFFIX,
        "nsec1",
    ]
    assert [secret for secret in secrets if secret in caplog.text] == []


def shows_secret(user: TerminalUser, *secrets: str) -> bool:
    shown = "\n".join([*user.shown, *user.errors])
    return any(secret in shown for secret in secrets)


@pytest.mark.parametrize("network", [n for n in loader.BUILT_IN_NETWORKS if n != "local"])
def test_every_network_but_the_local_one_has_a_sign_in(network: str) -> None:
    assert loader.load_sign_in(network) is not None


def test_the_local_network_has_no_sign_in() -> None:
    assert loader.load_sign_in("local") is None


# Mastodon


@pytest.fixture
def mastodon() -> Iterator[tuple[MastodonPages, str]]:
    pages = MastodonPages(mastodon_server.FakeMastodon())
    with FakeServer(pages.handle_request) as server:
        pages.fake.url = server.url
        yield pages, server.url


def test_mastodon_gives_a_token_for_the_code_of_its_page(
    mastodon: tuple[MastodonPages, str],
) -> None:
    pages, url = mastodon
    user = TerminalUser(
        make_login_context("mastodon"), url, lambda told: pages.authorize_app(last_address(told))
    )
    values = run_sign_in(user)
    assert values == {"URL": url, "TOKEN": mastodon_server.TOKEN}
    assert prove_credentials(user, values).handle == "@year@fake.example"
    assert user.secret_answers == [CODE]
    assert not shows_secret(user, SECRET, CODE, mastodon_server.TOKEN)


def test_mastodon_itself_is_asked_for_no_more_than_posting_needs(
    mastodon: tuple[MastodonPages, str],
) -> None:
    pages, url = mastodon
    run_sign_in(
        TerminalUser(
            make_login_context("mastodon"),
            url,
            lambda told: pages.authorize_app(last_address(told)),
        )
    )
    assert pages.scopes == "read:accounts read:statuses write:statuses write:media"


def test_software_that_may_not_know_fine_scopes_is_asked_for_the_plain_ones(
    mastodon: tuple[MastodonPages, str],
) -> None:
    pages, url = mastodon
    pages.fake.flavour = mastodon_server.SNAC
    run_sign_in(
        TerminalUser(
            make_login_context("mastodon"),
            url,
            lambda told: pages.authorize_app(last_address(told)),
        )
    )
    assert pages.scopes == "read write"


def test_a_wrong_code_is_asked_for_again_and_never_shown(
    mastodon: tuple[MastodonPages, str],
) -> None:
    pages, url = mastodon
    wrong = "wrong-code-that-must-never-show"
    user = TerminalUser(
        make_login_context("mastodon"),
        url,
        wrong,
        lambda told: pages.authorize_app(last_address(told)),
    )
    assert run_sign_in(user)["TOKEN"] == mastodon_server.TOKEN
    assert "invalid_grant" in user.errors[0]
    assert not shows_secret(user, wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("http://mastodon.example", "https://"),
        ("https://a:b@mastodon.example", "no user, password"),
        ("two words", "space"),
        ("", "empty"),
        (NOWHERE, "no connection"),
    ],
)
def test_what_is_no_server_is_asked_for_again(
    mastodon: tuple[MastodonPages, str], wrong: str, said: str
) -> None:
    pages, url = mastodon
    user = TerminalUser(
        make_login_context("mastodon"),
        wrong,
        url,
        lambda told: pages.authorize_app(last_address(told)),
    )
    assert run_sign_in(user)["URL"] == url
    assert said in user.errors[0]


def test_the_server_that_is_already_set_is_offered(mastodon: tuple[MastodonPages, str]) -> None:
    pages, url = mastodon
    user = TerminalUser(
        make_login_context("mastodon", URL=url),
        "",
        lambda told: pages.authorize_app(last_address(told)),
    )
    assert run_sign_in(user)["URL"] == url


# Bluesky


@pytest.fixture
def bluesky() -> Iterator[str]:
    fake = bluesky_server.FakeBluesky(password="abcd-efgh-2345-6789")
    with fake.serve() as server:
        yield server.url


def test_bluesky_takes_a_handle_as_people_copy_it_and_an_app_password(bluesky: str) -> None:
    handle = f"@\u2068{bluesky_server.HANDLE}\u2069"
    user = TerminalUser(make_login_context("bluesky"), bluesky, handle, "abcd-efgh-2345-6789")
    values = run_sign_in(user)
    assert values["HANDLE"] == bluesky_server.HANDLE
    assert "app password" in " ".join(prove_credentials(user, values).notes)
    assert user.secret_answers == ["abcd-efgh-2345-6789"]


def test_the_main_password_is_warned_of_and_can_still_be_chosen(bluesky: str) -> None:
    main = "correct horse"
    user = TerminalUser(
        make_login_context("bluesky", URL=bluesky),
        "",
        "year.example",
        "hunter22",
        "1",
        main,
        "s3cret!",
        "2",
    )
    assert run_sign_in(user)["PASSWORD"] == "s3cret!"
    assert sum("looks like the account's own password" in text for text in user.shown) == 2
    assert "space" in user.errors[0]
    assert not shows_secret(user, "hunter22", main, "s3cret!")


@pytest.mark.parametrize("wrong", ["year", "@year", "year@bsky.social", "-year.bsky.social"])
def test_what_is_no_handle_is_asked_for_again(wrong: str) -> None:
    user = TerminalUser(
        make_login_context("bluesky"), "", wrong, "year.example", "abcd-efgh-2345-6789"
    )
    assert run_sign_in(user)["HANDLE"] == "year.example"
    assert "handle" in user.errors[0]


# Nostr


def test_a_new_nostr_key_is_made_and_proved_on_the_relays() -> None:
    relay = FakeRelay().serve()
    try:
        user = TerminalUser(make_login_context("nostr"), "1", relay.url)
        values = run_sign_in(user)
        assert values["KEY"].startswith("nsec1")
        assert prove_credentials(user, values).handle == parse_key(values["KEY"]).npub
    finally:
        relay.close()
    assert parse_key(values["KEY"]).npub in "\n".join(user.shown)
    assert not shows_secret(user, values["KEY"])


def test_no_two_new_nostr_keys_are_the_same() -> None:
    assert (
        len(
            {
                run_sign_in(TerminalUser(make_login_context("nostr"), "1", ""))["KEY"]
                for _ in range(20)
            }
        )
        == 20
    )


def test_an_own_nostr_key_is_taken_and_its_public_half_refused() -> None:
    key = generate_key()
    user = TerminalUser(
        make_login_context("nostr"), "2", parse_key(key).npub, key[:-1], key, "wss://relay.example"
    )
    assert run_sign_in(user) == {"RELAYS": "wss://relay.example", "KEY": key}
    assert "public half" in user.errors[0]
    assert "mistyped" in user.errors[1]


def test_usual_relays_are_offered_and_unsafe_ones_refused() -> None:
    user = TerminalUser(make_login_context("nostr"), "1", "ws://relay.example", "")
    assert len(run_sign_in(user)["RELAYS"].split()) >= 3
    assert "wss://" in user.errors[0]


# Telegram


SEEN = [
    {"update_id": 1, "my_chat_member": {"chat": telegram_server.CHANNEL}},
    {"update_id": 2, "message": {"chat": {"id": 5, "type": "private", "first_name": "Ann"}}},
    {"update_id": 3, "channel_post": {"chat": telegram_server.CHANNEL, "text": "hi"}},
    {"update_id": 4, "poll": {"id": "9"}},
    {"update_id": 5, "message": {"chat": "nonsense"}},
    "nonsense",
]


@pytest.fixture
def telegram() -> Iterator[tuple[TelegramUpdates, str]]:
    updates = TelegramUpdates(telegram_server.FakeTelegram())
    with FakeServer(updates.handle_request) as server:
        yield updates, server.url


def test_telegram_finds_the_channel_in_which_the_bot_was_seen(
    telegram: tuple[TelegramUpdates, str],
) -> None:
    updates, url = telegram
    updates.updates = SEEN
    user = TerminalUser(make_login_context("telegram", URL=url), telegram_server.TOKEN, "", "1")
    values = run_sign_in(user)
    assert values["CHAT"] == str(telegram_server.CHANNEL["id"])
    assert prove_credentials(user, values).handle == "@yearly"
    assert "Year in Space" in user.shown[-1]
    assert "Ann" in user.shown[-1]
    assert user.secret_answers == [telegram_server.TOKEN]
    assert not shows_secret(user, telegram_server.TOKEN)


def test_a_chat_that_the_bot_has_not_seen_can_be_typed(
    telegram: tuple[TelegramUpdates, str],
) -> None:
    updates, url = telegram
    updates.updates = SEEN
    user = TerminalUser(
        make_login_context("telegram", URL=url), telegram_server.TOKEN, "", "3", "@yearly"
    )
    assert run_sign_in(user)["CHAT"] == "@yearly"


def test_a_bot_that_has_seen_nothing_yet_is_looked_at_again(
    telegram: tuple[TelegramUpdates, str],
) -> None:
    updates, url = telegram

    def write_something(_told: str) -> str:
        updates.updates = SEEN
        return ""

    user = TerminalUser(
        make_login_context("telegram", URL=url), telegram_server.TOKEN, "", write_something, "1"
    )
    assert run_sign_in(user)["CHAT"] == str(telegram_server.CHANNEL["id"])
    assert "Write a message in the chat" in user.errors[0]


@pytest.mark.parametrize("wrong", ["1:unknown", "no token", "../getMe"])
def test_a_token_that_telegram_does_not_know_is_asked_for_again(
    telegram: tuple[TelegramUpdates, str], wrong: str
) -> None:
    _, url = telegram
    answers = (wrong, telegram_server.TOKEN, "yearly", "@yearly")
    user = TerminalUser(make_login_context("telegram", URL=url), *answers)
    assert run_sign_in(user)["TOKEN"] == telegram_server.TOKEN
    assert len(user.errors) == 2
    assert not shows_secret(user, wrong)


# Discord


@pytest.fixture
def discord() -> Iterator[tuple[DiscordLists, str]]:
    lists = DiscordLists(discord_server.FakeDiscord())
    with FakeServer(lists.handle_request) as server:
        yield lists, server.url


def test_a_discord_webhook_is_proved_before_it_is_taken(discord: tuple[DiscordLists, str]) -> None:
    _, url = discord
    hook = f"{url}/api/v10/webhooks/{discord_server.WEBHOOK}/{discord_server.WEBHOOK_TOKEN}"
    user = TerminalUser(make_login_context("discord"), "1", "https://discord.com", f"{hook}x", hook)
    values = run_sign_in(user)
    assert values == {"WEBHOOK": hook}
    assert prove_credentials(user, values).handle == "Year"
    assert "is not a webhook's address" in user.errors[0]
    assert "Invalid Webhook Token" in user.errors[1]
    assert not shows_secret(user, discord_server.WEBHOOK_TOKEN)


def test_a_discord_bot_s_channel_is_chosen_by_its_name(discord: tuple[DiscordLists, str]) -> None:
    _, url = discord
    known = make_login_context("discord", URL=f"{url}/api/v10")
    user = TerminalUser(known, "2", "wrong", f"Bot {discord_server.TOKEN}", "", "1")
    values = run_sign_in(user)
    assert (values["TOKEN"], values["CHANNEL"]) == (discord_server.TOKEN, discord_server.CHANNEL)
    assert prove_credentials(user, values).handle
    assert "#on-this-day (Space)" in user.shown[-1]
    assert "voice" not in user.shown[-1]
    assert "401" in user.errors[0]
    assert parse_query(last_address("\n".join(user.shown))) == {
        "client_id": "1001",
        "scope": "bot",
        "permissions": "101376",
    }
    assert not shows_secret(user, discord_server.TOKEN)


def test_a_bot_on_no_server_is_told_to_be_taken_there_and_its_channel_can_be_typed(
    discord: tuple[DiscordLists, str],
) -> None:
    lists, url = discord
    lists.guilds = ()
    known = make_login_context("discord", URL=f"{url}/api/v10")
    user = TerminalUser(known, "2", discord_server.TOKEN, "", "general", discord_server.CHANNEL)
    assert run_sign_in(user)["CHANNEL"] == discord_server.CHANNEL
    assert "no server" in user.errors[0]
    assert "number" in user.errors[1]


# Threads


@pytest.fixture
def threads() -> Iterator[tuple[ThreadsPages, str]]:
    pages = ThreadsPages(threads_server.FakeThreads())
    with FakeServer(pages.handle_request) as server:
        yield pages, server.url


def test_threads_gives_a_long_lived_token_for_the_address_that_one_comes_back_to(
    threads: tuple[ThreadsPages, str],
) -> None:
    pages, url = threads
    user = TerminalUser(
        make_login_context("threads", URL=url),
        "2",
        "4711",
        SECRET,
        REDIRECT_URI,
        lambda told: pages.authorize_app(last_address(told)),
    )
    values = run_sign_in(user)
    assert values == {"URL": url, "USER": threads_server.USER, "TOKEN": threads_server.TOKEN}
    assert prove_credentials(user, values).handle
    assert "threads_content_publish" in pages.scope
    assert user.secret_answers[0] == SECRET
    assert not shows_secret(user, SECRET, SHORT_TOKEN, CODE, threads_server.TOKEN)


def test_a_long_lived_token_of_threads_is_enough_to_find_whose_it_is(
    threads: tuple[ThreadsPages, str],
) -> None:
    _, url = threads
    user = TerminalUser(
        make_login_context("threads", URL=url), "1", "no-token", threads_server.TOKEN
    )
    values = run_sign_in(user)
    assert values == {"URL": url, "USER": threads_server.USER, "TOKEN": threads_server.TOKEN}
    assert "401" in user.errors[0]
    assert not shows_secret(user, "no-token", threads_server.TOKEN)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda address: re.sub("state=[^&#]*", "state=theirs", address), "another sign-in"),
        (lambda _address: f"{REDIRECT_URI}?error=access_denied", "not allowed: access_denied"),
        (lambda _address: REDIRECT_URI, "no code"),
    ],
)
def test_an_address_that_is_no_answer_to_this_sign_in_is_refused(
    threads: tuple[ThreadsPages, str], spoil: Callable[[str], str], said: str
) -> None:
    pages, url = threads

    def authorize_app(shown_text: str) -> str:
        return pages.authorize_app(last_address(shown_text))

    user = TerminalUser(
        make_login_context("threads", URL=url),
        "2",
        "4711",
        SECRET,
        REDIRECT_URI,
        lambda told: spoil(authorize_app(told)),
        authorize_app,
    )
    assert run_sign_in(user)["TOKEN"] == threads_server.TOKEN
    assert said in user.errors[0]


def test_a_wrong_app_secret_ends_the_attempt_without_showing_it(
    threads: tuple[ThreadsPages, str],
) -> None:
    pages, url = threads
    wrong = "wrong-secret-that-must-never-show"
    user = TerminalUser(
        make_login_context("threads", URL=url),
        "2",
        "4711",
        wrong,
        REDIRECT_URI,
        lambda told: pages.authorize_app(last_address(told)),
    )
    with pytest.raises(PublishError, match="client secret") as caught:
        run_sign_in(user)
    assert wrong not in str(caught.value)


# X


@pytest.fixture
def x() -> Iterator[tuple[XPages, str]]:
    pages = XPages(x_server.FakeX())
    with FakeServer(pages.handle_request) as server:
        yield pages, server.url


def test_the_four_keys_of_x_are_taken_as_they_are(x: tuple[XPages, str]) -> None:
    _, url = x
    user = TerminalUser(make_login_context("x", URL=url), "1", *x_server.KEYS.values())
    values = run_sign_in(user)
    assert values == {"URL": url, **x_server.KEYS}
    assert prove_credentials(user, values).handle == "@year"
    assert user.secret_answers == list(x_server.KEYS.values())


def test_x_gives_another_account_s_keys_for_a_pin(x: tuple[XPages, str]) -> None:
    pages, url = x
    app = [x_server.KEYS["API_KEY"], x_server.KEYS["API_SECRET"]]
    user = TerminalUser(
        make_login_context("x", URL=url),
        "2",
        *app,
        "7654321",
        lambda told: pages.authorize_app(last_address(told)),
    )
    values = run_sign_in(user)
    assert values == {"URL": url, **x_server.KEYS}
    assert prove_credentials(user, values).handle == "@year"
    assert "401" in user.errors[0]
    assert not shows_secret(user, x_server.SECRET_SUFFIX, PIN, SECRET)


def test_wrong_keys_of_an_app_are_both_asked_for_again(x: tuple[XPages, str]) -> None:
    pages, url = x
    app = [x_server.KEYS["API_KEY"], x_server.KEYS["API_SECRET"]]
    user = TerminalUser(
        make_login_context("x", URL=url),
        *("2", "wrong-key-1", "wrong-secret-2", *app),
        lambda told: pages.authorize_app(last_address(told)),
    )
    assert run_sign_in(user)["ACCESS_TOKEN"] == x_server.KEYS["ACCESS_TOKEN"]
    assert any("401" in text for text in user.shown)
    assert not shows_secret(user, "wrong-key-1", "wrong-secret-2")


@pytest.mark.parametrize("public", [False, True])
def test_oauth_2_of_x_is_proved_without_spending_the_refresh_token(
    x: tuple[XPages, str], *, public: bool
) -> None:
    pages, url = x
    pages.fake.public_client = public
    secret = "" if public else x_server.CLIENT["CLIENT_SECRET"]
    user = TerminalUser(
        make_login_context("x", URL=url),
        *("3", x_server.CLIENT["CLIENT_ID"], secret, REDIRECT_URI),
        lambda told: pages.authorize_app(last_address(told)),
    )
    values = run_sign_in(user)
    assert prove_credentials(user, values).handle == "@year"
    assert values["REFRESH_TOKEN"] == pages.fake.refresh
    assert not shows_secret(user, x_server.SECRET_SUFFIX, CODE)
