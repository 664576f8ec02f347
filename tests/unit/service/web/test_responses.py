"""What every response of the website has in common: caching and protection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from perihelion.service.web.headers import SECURITY_HEADERS

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


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("GET", "/", 200),
        ("GET", "/static/site.css", 200),
        ("GET", "/nothing", 404),
        ("POST", "/", 405),
        ("GET", "/status", 404),
        ("GET", "/readyz", 503),
        ("GET", "/search?q=<script>", 200),
    ],
)
def test_whatever_the_answer_its_headers_protect_the_reader(
    client: FlaskClient, method: str, address: str, code: int
) -> None:
    with client.open(address, method=method) as response:
        assert response.status_code == code
        assert SECURITY_HEADERS.items() <= dict(response.headers).items()
        assert "Set-Cookie" not in response.headers
        assert b"<script>" not in response.get_data()


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


@pytest.mark.parametrize("address", [one for one in ADDRESSES if "static" not in one])
def test_what_is_kept_has_the_first_answer_s_bytes_and_headers(
    client: FlaskClient, address: str
) -> None:
    first, second = client.get(address), client.get(address)
    assert second.get_data() == first.get_data()
    first.headers.remove("Date")  # gunicorn gives every answer one
    assert sorted(second.headers) == sorted(first.headers)
    assert second.headers["Content-Length"] == str(len(first.get_data()))
    with_query, head = client.get(f"{address}?lang=de"), client.head(address)
    assert with_query.status_code == 200
    assert (head.status_code, head.get_data()) == (200, b"")


def test_each_address_of_the_site_keeps_pages_of_its_own(client: FlaskClient) -> None:
    for host in ("one.example", "other.example") * 2:
        feed = client.get("/feeds/en.atom", base_url=f"https://{host}/").get_data(as_text=True)
        assert set(re.findall(r"https://(\w+).example", feed)) == {host.split(".")[0]}


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
