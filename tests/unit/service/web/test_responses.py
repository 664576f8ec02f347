"""What every response of the website has in common: caching and protection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ADDRESSES = ("/", "/feeds/en.atom", "/calendars/en/all.ics", "/api/v1/today", "/static/site.css")


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing"])
def test_no_page_may_load_anything_from_elsewhere(client: FlaskClient, address: str) -> None:
    with client.get(address) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_frame_may_be_framed(client: FlaskClient) -> None:
    policy = client.get("/embed/today").headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_known_version_is_not_sent_again(client: FlaskClient, address: str) -> None:
    with client.get(address) as first:
        assert "public" in first.headers["Cache-Control"]
        body = first.get_data()
    with client.get(address, headers={"If-None-Match": first.headers["ETag"]}) as again:
        assert (again.status_code, again.get_data()) == (304, b"")
    with client.get(address) as third:
        assert third.get_data() == body


def test_only_the_interface_for_programs_may_be_read_by_other_sites(client: FlaskClient) -> None:
    assert client.get("/api/v1/today").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/").headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(client: FlaskClient, method: str) -> None:
    assert client.open("/", method=method).status_code == 405


def test_a_page_is_light(client: FlaskClient) -> None:
    page = client.get("/").get_data()
    with client.get("/static/site.css") as response:
        style = response.get_data()
    assert len(page) + len(style) < 60_000
