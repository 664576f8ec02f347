"""`doctor` names the server that it found, and says what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.networks.mastodon.adapter import Mastodon
from perihelion.networks.mastodon.server_notes import KNOWN_SOFTWARE
from perihelion.testing.contexts import make_context
from perihelion.testing.http_server import Fault, Reply
from tests.fakes.mastodon_server import GOTOSOCIAL, MASTODON, SNAC, TOKEN, FakeMastodon, Flavour

if TYPE_CHECKING:
    from perihelion.testing.http_server import FakeServer

LOOKED_UP = "it is not known to keep keys, so a post in doubt is always looked up"


def read_notes(server: FakeServer) -> tuple[str, ...]:
    """What `doctor` shows of an account there."""
    return Mastodon(make_context("mastodon", {"URL": server.url, "TOKEN": TOKEN})).check().notes


def read_notes_of(flavour: Flavour) -> tuple[str, ...]:
    with FakeMastodon(flavour).serve() as server:
        return read_notes(server)


def test_mastodon_itself_keeps_keys_and_counts_a_link_as_23() -> None:
    assert read_notes_of(MASTODON)[:4] == (
        "Mastodon 4.5.2",
        "it keeps each post's key for an hour; after that, a post in doubt is looked up",
        "a published post can be edited",
        "up to 500 characters (a link counts 23), alt texts up to 1500",
    )


def test_gotosocial_keeps_no_keys_and_counts_links_in_full() -> None:
    found, keys, _edits, limits, *others = read_notes_of(GOTOSOCIAL)
    assert (found, keys) == ("GoToSocial 0.20.0+git-1", LOOKED_UP)
    assert limits == "up to 500 characters (links count in full), alt texts up to 1500"
    assert any("choose plain text" in one for one in others)


def test_snac_gives_an_edited_post_another_id() -> None:
    notes = read_notes_of(SNAC)
    assert notes[0].startswith("snac ")
    assert notes[1] == LOOKED_UP
    assert "another id" in notes[2]


@pytest.mark.parametrize("name", sorted(KNOWN_SOFTWARE.keys() - {"mastodon"}))
def test_software_is_known_by_its_nodeinfo_whatever_version_it_claims(name: str) -> None:
    """Pleroma's is "2.7.2 (compatible; Pleroma 2.9.1)"."""
    notes = read_notes_of(Flavour(name, "2.7.2 (compatible)", "", keeps_keys=False))
    assert notes[0] == f"{KNOWN_SOFTWARE[name].name} 2.7.2 (compatible)"


def test_software_that_nobody_knows_is_named_as_it_names_itself() -> None:
    notes = read_notes_of(Flavour("brandnew", "0.1", "", keeps_keys=False))
    assert notes[:2] == ("brandnew 0.1", LOOKED_UP)
    assert notes[2].startswith("whether a published post can be edited is not known")


def test_a_server_that_does_not_say_what_it_is_is_not_guessed() -> None:
    with FakeMastodon().serve() as server:
        for _ in range(4):
            server.break_next(Fault(Reply(503, {})), lambda one: "instance" in one.path)
        assert read_notes(server)[0].startswith("the server does not say what it is")
