"""Requests held against a network's official OpenAPI file."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

if TYPE_CHECKING:
    from perihelion.testing.http_server import Request

CONTRACTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "contracts"


def contract_file(name: str) -> Path:
    """A contract that stands beside the repository; skips where it does not."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip("the official contracts are not on this machine")
    return path


class OpenApiRequest:
    """A request as openapi-core wants it; `base` is the path prefix that the spec's server has."""

    def __init__(self, request: Request, server: str) -> None:
        self._request = request
        self.host_url = server
        self.path = request.path
        self.method = request.method.lower()
        self.body = request.body or None
        self.content_type = request.headers.get("content-type", "application/json")
        query = [(name, value) for name, values in request.query.items() for value in values]
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(dict(request.headers))
        )


@functools.cache
def _load_spec(name: str) -> OpenAPI:
    data: dict[str, Any] = json.loads(contract_file(name).read_text("utf-8"))
    for methods in data["paths"].values():  # openapi-core knows no OAuth 2: that is not its task
        for operation in methods.values():
            if isinstance(operation, dict):
                operation["security"] = []
    _relax_schema(data)
    return OpenAPI.from_dict(data)


def _relax_schema(node: object) -> None:
    """Mend what validators trip over, in place.

    A file is `type: string, format: binary`, but OpenAPI 3.1 takes bytes for no string. And a
    `oneOf` of objects that allow unknown fields contradicts itself: a text with a picture is both
    Mastodon's TextStatus and its MediaStatus.
    """
    if isinstance(node, dict):
        if node.get("format") == "binary":
            del node["type"], node["format"]
        if "oneOf" in node:
            node["anyOf"] = node.pop("oneOf")
    if isinstance(node, (dict, list)):
        for child in node.values() if isinstance(node, dict) else node:
            _relax_schema(child)


def validate_request(name: str, request: Request, server: str) -> None:
    """Raise what openapi-core has against the request. `server` is the spec's server URL."""
    _load_spec(name).validate_request(OpenApiRequest(request, server))
