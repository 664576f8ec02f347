"""Our Bluesky adapter against Bluesky's own PDS: repeats, lost answers and sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from perihelion.model.errors import Credentials, NotSent, OutcomeUnknown
from perihelion.service.adapter_memory import DictMemory
from perihelion.testing.cases import make_picture, make_post
from perihelion.testing.samples import OTHER_TOKEN, TOKEN
from tests.fakes.bluesky_pds import JWT_SECRET, MAIN_PASSWORD, PdsServer, connect_adapter
from tests.fakes.fault_proxy import FaultProxy

if TYPE_CHECKING:
    from pathlib import Path

    from perihelion.networks.bluesky.adapter import Bluesky
    from tests.fakes.bluesky_pds import PdsAccount

POSTS = "app.bsky.feed.post"
LOST = ["rst_after_request", "eof_after_request", "cut_response:40", "cut_response:400"]


def test_the_same_token_makes_one_record(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    receipts = {network.publish(make_post(), TOKEN).id for _ in range(3)}
    assert receipts == {pds.list_posts(pds_account)[0]["uri"]}
    assert len(pds.list_posts(pds_account)) == 1


def test_a_changed_text_with_the_same_token_is_still_one_record_and_the_first(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    first = network.publish(make_post("one"), TOKEN)
    changed = make_post("one, mended", created_at="2028-02-28T15:00:00Z")
    lost = connect_adapter(pds.url, pds_account, DictMemory())
    assert lost.publish(changed, TOKEN) == first
    assert lost.find(changed, TOKEN) == first
    assert [post["value"]["text"] for post in pds.list_posts(pds_account)] == ["one"]


def test_create_record_answers_500_to_a_repeat(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    """The trap that putRecord avoids."""
    receipt = network.publish(make_post(), TOKEN)
    identity = {"identifier": pds_account.handle, "password": pds_account.password}
    token = pds.call_procedure("com.atproto.server.createSession", identity)["accessJwt"]
    record = {"$type": POSTS, "text": "again", "createdAt": "2027-02-28T15:00:00Z"}
    key = receipt.id.rpartition("/")[2]
    body = {"repo": pds_account.did, "collection": POSTS, "rkey": key, "record": record}
    with pytest.raises(requests.HTTPError, match="500"):
        pds.call_procedure("com.atproto.repo.createRecord", body, token=token)
    assert len(pds.list_posts(pds_account)) == 1


@pytest.mark.parametrize("mode", LOST)
def test_a_lost_answer_is_settled_to_one_record(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, mode: str
) -> None:
    """Killed between the server's act and its answer: find sees it, and a repeat makes no other."""
    connect_adapter(pds.url, pds_account, memory).check()
    with FaultProxy("127.0.0.1", pds.port, mode, times=1) as proxy:
        inside = move_session_to_proxy(memory, pds.url, proxy.url)
        network = connect_adapter(proxy.url, pds_account, inside)
        with pytest.raises(OutcomeUnknown):
            network.publish(make_post(), TOKEN)
        found = network.find(make_post(), TOKEN)
        assert found is not None
        assert network.publish(make_post("mended since"), TOKEN) == found
    assert len(pds.list_posts(pds_account)) == 1


def test_a_request_that_never_arrives_is_unknown_and_no_record(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory
) -> None:
    connect_adapter(pds.url, pds_account, memory).check()
    with FaultProxy("127.0.0.1", pds.port, "drop_request", times=1) as proxy:
        inside = move_session_to_proxy(memory, pds.url, proxy.url)
        network = connect_adapter(proxy.url, pds_account, inside)
        with pytest.raises(OutcomeUnknown):
            network.publish(make_post(), TOKEN)
        assert network.find(make_post(), TOKEN) is None
    assert pds.list_posts(pds_account) == []


def test_a_lost_upload_makes_no_record_and_is_never_unknown(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, tmp_path: Path
) -> None:
    connect_adapter(pds.url, pds_account, memory).check()
    with FaultProxy("127.0.0.1", pds.port, "rst_after_request", times=1) as proxy:
        inside = move_session_to_proxy(memory, pds.url, proxy.url)
        network = connect_adapter(proxy.url, pds_account, inside)
        post = make_post(picture=make_picture(tmp_path))
        with pytest.raises(NotSent):
            network.publish(post, TOKEN)
        assert pds.list_posts(pds_account) == []
        network.publish(post, TOKEN)
    assert len(pds.list_posts(pds_account)) == 1


def test_an_expired_token_makes_no_record_and_is_renewed(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, network: Bluesky
) -> None:
    network.check()
    kept = json.loads(memory.values["session"])
    memory.values["session"] = json.dumps(kept | {"access": make_expired_token(pds_account)})
    with pytest.raises(NotSent, match="ExpiredToken") as caught:
        network.publish(make_post(), TOKEN)
    assert caught.value.retry_after == timedelta()
    assert pds.list_posts(pds_account) == []
    network.publish(make_post(), TOKEN)
    assert len(pds.list_posts(pds_account)) == 1
    assert json.loads(memory.values["session"])["refresh"] != kept["refresh"]


def test_a_session_is_renewed_before_it_ends(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, network: Bluesky
) -> None:
    network.check()
    first = json.loads(memory.values["session"])
    later = connect_adapter(
        pds.url, pds_account, memory, now=datetime.now(UTC) + timedelta(hours=3)
    )
    later.publish(make_post(), TOKEN)
    second = json.loads(memory.values["session"])
    assert first["refresh"] != second["refresh"]
    assert first["seconds"] == second["seconds"] == 7200


def test_revoked_sessions_are_replaced(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, network: Bluesky
) -> None:
    network.check()
    kept = json.loads(memory.values["session"])
    pds.call_procedure("com.atproto.server.deleteSession", token=kept["refresh"])
    memory.values["session"] = json.dumps(kept | {"seconds": 0})
    network.publish(make_post(), TOKEN)
    assert len(pds.list_posts(pds_account)) == 1


def test_a_wrong_password_is_told(pds: PdsServer, pds_account: PdsAccount) -> None:
    wrong = connect_adapter(pds.url, replace(pds_account, password="wrong"), DictMemory())
    with pytest.raises(Credentials, match="BLUESKY_PASSWORD"):
        wrong.publish(make_post(), TOKEN)
    with pytest.raises(Credentials):
        wrong.check()


def test_an_account_that_is_taken_down_stops(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory, network: Bluesky
) -> None:
    network.check()
    pds.take_down_account(pds_account)
    for notebook in (memory, DictMemory()):
        with pytest.raises(Credentials):
            connect_adapter(pds.url, pds_account, notebook).publish(make_post(), TOKEN)
        with pytest.raises(Credentials):
            connect_adapter(pds.url, pds_account, notebook).check()


def test_an_account_that_is_deactivated_stops(
    pds: PdsServer, pds_account: PdsAccount, network: Bluesky
) -> None:
    network.check()
    identity = {"identifier": pds_account.handle, "password": MAIN_PASSWORD}
    own = pds.call_procedure("com.atproto.server.createSession", identity)["accessJwt"]
    pds.call_procedure("com.atproto.server.deactivateAccount", {}, token=own)
    with pytest.raises(Credentials, match="AccountDeactivated"):
        network.publish(make_post(), TOKEN)
    with pytest.raises(Credentials, match="deactivated"):
        network.check()


def test_parallel_tries_of_one_delivery_make_one_record(
    pds: PdsServer, pds_account: PdsAccount, memory: DictMemory
) -> None:
    connect_adapter(pds.url, pds_account, memory).check()

    def publish_attempt(number: int) -> str:
        post = make_post(f"wording {number}")
        return connect_adapter(pds.url, pds_account, memory).publish(post, TOKEN).id

    with ThreadPoolExecutor(8) as pool:
        receipts = set(pool.map(publish_attempt, range(8)))
    assert len(receipts) == len(pds.list_posts(pds_account)) == 1


def test_too_many_sign_ins_are_not_sent_and_say_until_when(tmp_path: Path) -> None:
    with PdsServer(tmp_path, {"PDS_RATE_LIMITS_ENABLED": "true"}) as limited:
        pds_account = limited.create_account()
        memory = DictMemory()
        for number in range(3):
            connect_adapter(limited.url, pds_account, memory).publish(make_post(), f"{number:032x}")
        for _ in range(29):
            connect_adapter(limited.url, pds_account, DictMemory()).check()
        late = connect_adapter(limited.url, pds_account, DictMemory())
        with pytest.raises(NotSent, match="RateLimitExceeded") as caught:
            late.publish(make_post(), OTHER_TOKEN)
        assert caught.value.retry_after is not None
        assert timedelta(minutes=4) < caught.value.retry_after <= timedelta(minutes=5)
        connect_adapter(limited.url, pds_account, memory).publish(make_post(), OTHER_TOKEN)
        assert len(limited.list_posts(pds_account)) == 4


def move_session_to_proxy(memory: DictMemory, real: str, proxy: str) -> DictMemory:
    """The same session, as it would have been got by way of the proxy."""
    made = DictMemory()
    made.values = {"session": memory.values["session"].replace(real, proxy)}
    return made


def make_expired_token(pds_account: PdsAccount) -> str:
    """An access token as the server makes them, which ended a minute ago."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "scope": "com.atproto.appPass",
        "aud": "did:web:localhost",
        "sub": pds_account.did,
        "iat": now - 7260,
        "exp": now - 60,
    }
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"typ": "at+jwt", "alg": "HS256"}, claims)
    ]
    signed = b".".join(parts)
    mac = hmac.new(JWT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
