"""Mastodon.py, restricted to single requests, and the meaning of the API's answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import Credentials, PublishError, RefusedForNow, Rejected
from perihelion.networks.shared.error_classification import classify_status
from perihelion.networks.shared.http_session import HttpSession
from perihelion.networks.shared.json_values import get_object, get_text

if TYPE_CHECKING:
    import requests
    from mastodon import Mastodon as Client


_PICTURE_STATE = re.compile(r"not finished processing|media .*not found", re.IGNORECASE)
"""A picture that is still being processed, or that the server has deleted since its upload. The
next try uploads it again."""


class JsonSession(HttpSession):
    """Sends the post as JSON, as the API documents it; stricter servers refuse form fields.

    It is UTF-8 without escapes, because snac 2.75 reads the escapes of U+20BB7 as U+10BB7. Errors
    are asked for in English, in which they can be told apart.
    """

    def __init__(self, timeout: tuple[float, float], deadline: float) -> None:
        super().__init__(timeout, deadline)
        self.headers["Accept-Language"] = "en"

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """As in requests, except for the body of a post."""
        form = kwargs.get("data")
        if method == "POST" and str(url).endswith("/api/v1/statuses") and isinstance(form, dict):
            body = {name.removesuffix("[]"): value for name, value in form.items()}
            body["sensitive"] = form.get("sensitive") == "1"
            kwargs["data"] = json.dumps(body, ensure_ascii=False).encode()
            kwargs["headers"] = {**kwargs.get("headers", {}), "Content-Type": "application/json"}
        return super().request(method, url, *args, **kwargs)


def classify_response(status: int, data: object) -> type[PublishError] | None:
    """403: the account may not post (its scope, or it is suspended). 404: the post to reply to.

    Without an error in JSON, the answer is not the API's: a 404 then means a wrong address.
    """
    from_api = not {"error", "errors"}.isdisjoint(get_object(data))
    if status == 403 and from_api:  # noqa: PLR2004 - Forbidden
        return Credentials
    if status == 404 and from_api:  # noqa: PLR2004 - Not Found
        return Rejected
    if status == 422 and _PICTURE_STATE.search(get_text(data, "error")):  # noqa: PLR2004 - Unprocessable Content
        return RefusedForNow
    return classify_status(status, from_api=from_api)


def make_client(base: str, token: str, session: HttpSession) -> Client:
    """A client that does not wait, retry or ask for versions; makes no request."""
    from mastodon import Mastodon as Client  # noqa: PLC0415 - takes 0.3 s, which `--help` need not wait for

    client = Client(
        access_token=token,
        api_base_url=base,
        session=session,
        ratelimit_method="throw",
        request_timeout=session.timeout,  # type: ignore[arg-type]  # handed on to requests
        version_check_mode="none",
        mastodon_version="4.3.0",
    )
    client.mastodon_major, client.mastodon_minor, client.mastodon_patch = 4, 3, 0
    return client
