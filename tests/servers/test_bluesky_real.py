"""Our Bluesky adapter against Bluesky's own PDS: what arrives, and how it is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from perihelion.compose.text_length import fits_limits
from perihelion.networks.bluesky.record import record_key
from perihelion.networks.bluesky.spec import LIMITS
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import make_picture, make_pictures, make_post
from perihelion.testing.samples import LONG_AGO, TOKEN, TRICKY_TEXTS
from tests.fakes.bluesky_pds import MAIN_PASSWORD, PdsServer, connect_adapter

if TYPE_CHECKING:
    from perihelion.networks.bluesky.adapter import Bluesky
    from tests.fakes.bluesky_pds import PdsAccount

_HARD = ["e\u0301", "\r\n", "👩🏽\u200d🚀", "🫩", "🇺🇳", "क्षि", "각", "x"]
PIECES = st.sampled_from([*TRICKY_TEXTS.values(), *_HARD]) | st.text(max_size=10)
LINKS = st.sampled_from(
    [
        " https://example.org/ü(a) ",
        " https://müller.example/?a=%zz ",
        " https://[::1]:80/ ",
        " #Ånd ",
        " #宇宙" + "x" * 70 + " ",
    ]
)


def test_a_post_arrives_with_its_facets_language_and_card(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    text = "🚀 «Schön» https://example.org/ä?q=ü #Ånd #宇宙 @nobody.test"
    receipt = network.publish(make_post(text), TOKEN)
    (post,) = pds.list_posts(pds_account)
    assert post["uri"] == receipt.id
    value = post["value"]
    assert value["text"] == text
    assert value["langs"] == ["de"]
    assert value["createdAt"] == "2027-02-28T15:00:00Z"
    assert value["embed"]["external"]["uri"] == "https://example.org/%C3%A4?q=%C3%BC"
    raw = text.encode()
    assert [
        raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for facet in value["facets"]
    ] == ["https://example.org/ä?q=ü", "#Ånd", "#宇宙"]


@pytest.mark.parametrize("text", TRICKY_TEXTS.values(), ids=TRICKY_TEXTS.keys())
def test_text_arrives_unchanged(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky, text: str
) -> None:
    network.publish(make_post(text), TOKEN)
    assert pds.list_posts(pds_account)[0]["value"]["text"] == text


def test_a_picture_arrives_with_its_alt_text_and_shape(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky, tmp_path: Path
) -> None:
    picture = replace(make_picture(tmp_path), file=str(tmp_path / "wide.png"))
    Image.new("RGB", (30, 20), "navy").save(picture.file)
    network.publish(make_post(picture=picture), TOKEN)
    image = pds.list_posts(pds_account)[0]["value"]["embed"]["images"][0]
    assert image["alt"] == picture.alt
    assert image["aspectRatio"] == {"width": 30, "height": 20}
    kept = pds.get_blob(pds_account, image["image"]["ref"]["$link"])
    assert kept == Path(picture.file).read_bytes()


def test_four_pictures_arrive_in_order_and_a_repeat_changes_nothing(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky, tmp_path: Path
) -> None:
    post = make_post(pictures=make_pictures(tmp_path, 4))
    assert network.publish(post, TOKEN) == network.publish(post, TOKEN)
    (kept,) = pds.list_posts(pds_account)
    images = kept["value"]["embed"]["images"]
    assert [one["alt"] for one in images] == [picture.alt for picture in post.pictures]
    blobs = [pds.get_blob(pds_account, one["image"]["ref"]["$link"]) for one in images]
    assert blobs == [Path(picture.file).read_bytes() for picture in post.pictures]


def test_a_large_picture_is_made_small_enough_for_the_server(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky, tmp_path: Path
) -> None:
    picture = replace(make_picture(tmp_path), file=str(tmp_path / "noise.png"))
    Image.effect_noise((1450, 1450), 90).save(picture.file)
    post = make_post(picture=picture)
    assert network.publish(post, TOKEN) == network.publish(post, TOKEN)
    image = pds.list_posts(pds_account)[0]["value"]["embed"]["images"][0]["image"]
    assert image["mimeType"] == "image/jpeg"
    assert len(pds.get_blob(pds_account, image["ref"]["$link"])) == image["size"] <= 1_000_000


def test_a_thread_names_its_root_and_each_parent(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    first = network.publish(make_post("one"), f"{1:032x}")
    second = network.publish(make_post("two", reply_to=first.id), f"{2:032x}")
    network.publish(make_post("three", reply_to=second.id), f"{3:032x}")
    cids = {post["uri"]: post["cid"] for post in pds.list_posts(pds_account)}
    third = next(post for post in pds.list_posts(pds_account) if post["value"]["text"] == "three")
    assert third["value"]["reply"] == {
        "root": {"uri": first.id, "cid": cids[first.id]},
        "parent": {"uri": second.id, "cid": cids[second.id]},
    }


def test_check_tells_who_it_is_and_writes_nothing(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    identity = network.check()
    assert identity.handle == f"@{pds_account.handle}"
    assert any("with an app password" in note for note in identity.notes)
    assert (
        pds.call_query("com.atproto.repo.describeRepo", repo=pds_account.did)["collections"] == []
    )
    own = connect_adapter(pds.url, replace(pds_account, password=MAIN_PASSWORD), DictMemory())
    assert any("make an app password" in note for note in own.check().notes)


def test_posts_are_read_back(network: Bluesky) -> None:
    texts = [f"post {number}" for number in range(7)]
    for number, text in enumerate(texts):
        created_at = f"2027-02-28T15:0{number}:00Z"
        network.publish(make_post(text, created_at=created_at), f"{number * 7919:032x}")
    assert [one.text for one in network.recent(LONG_AGO)] == texts[::-1]


def test_the_server_counts_as_we_do(pds: PdsServer) -> None:
    """Texts on the very limit of either measure, of every script and of emoji up to Unicode 16."""
    pds_account, memory = pds.create_account(), DictMemory()
    network = connect_adapter(pds.url, pds_account, memory)
    network.check()
    token = json.loads(memory.values["session"])["access"]
    serial = count()

    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(PIECES, min_size=1, max_size=8).map("".join).filter(bool))
    def compare_counts(piece: str) -> None:
        text = piece
        while fits_limits(text + piece, LIMITS, with_picture=False):
            text += piece
        for tried in (text, text + piece):
            taken = fits_limits(tried, LIMITS, with_picture=False)
            assert (
                pds.accepts_post(pds_account, token, record_key(f"{next(serial):032x}"), tried)
                == taken
            )

    compare_counts()


def test_every_text_of_ours_is_taken_with_its_facets(network: Bluesky) -> None:
    serial = count()

    @settings(
        max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(PIECES | LINKS, min_size=1, max_size=10).map("".join))
    def publish_and_find(text: str) -> None:
        if fits_limits(text, LIMITS, with_picture=False):
            key = f"{next(serial):032x}"
            network.publish(make_post(text), key)
            assert network.find(make_post(text), key)

    publish_and_find()
