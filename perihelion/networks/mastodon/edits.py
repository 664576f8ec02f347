"""Changing a status that was published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.json_values import get_list, get_text, get_value

if TYPE_CHECKING:
    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.shared.http_client import ApiResponse, HttpClient


def edit_status(
    http: HttpClient, base: str, token: str, receipt: Receipt, post: Post
) -> ApiResponse:
    """Give a status the text of `post`, with one request, after one that reads the status.

    An edit replaces everything: without what the status has already, its pictures and its warning
    would be gone. Raises Rejected if there is no such status, and the four errors of a post.
    """
    url = f"{base}/api/v1/statuses/{quote(receipt.id, safe='')}"
    headers = {"Authorization": f"Bearer {token}"}
    with unknown_as_not_sent():
        before = http.request("the post to correct", "GET", url, headers=headers)
    body = {
        "status": post.text,
        "language": post.language,
        "media_ids": [get_text(one, "id") for one in get_list(before.data, "media_attachments")],
        "sensitive": get_value(before.data, "sensitive") is True,
        "spoiler_text": before.get_text("spoiler_text"),
    }
    answer = http.request(
        "the correction",
        "PUT",
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers=headers | {"Content-Type": "application/json"},
    )
    answer.require_text("id")
    return answer
