"""Mastodon.py, without what it would do on its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from perihelion.networks.shared.http_session import HttpSession

if TYPE_CHECKING:
    import requests
    from mastodon import Mastodon as Client


class JsonSession(HttpSession):
    """Sends the post as the JSON that the API documents; stricter servers refuse form fields.

    In UTF-8, not in escapes: snac 2.75 reads the escapes of U+20BB7 as U+10BB7.
    """

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """As requests does, but for the body of a post."""
        form = kwargs.get("data")
        if method == "POST" and str(url).endswith("/api/v1/statuses") and isinstance(form, dict):
            body = {name.removesuffix("[]"): value for name, value in form.items()}
            body["sensitive"] = form.get("sensitive") == "1"
            kwargs["data"] = json.dumps(body, ensure_ascii=False).encode()
            kwargs["headers"] = {**kwargs.get("headers", {}), "Content-Type": "application/json"}
        return super().request(method, url, *args, **kwargs)


def make_client(base: str, token: str, session: HttpSession) -> Client:
    """A client that neither waits, nor sends again, nor asks for versions; no request is made."""
    from mastodon import Mastodon as Client  # noqa: PLC0415 - 0.3 s that `--help` does not pay

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
