"""Requests held against the Bot API's description of its methods and types."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from tests.contract.networks.openapi_contracts import contract_file
from tests.fakes.telegram_server import count_utf16_units

if TYPE_CHECKING:
    from perihelion.testing.http_server import Request

NOT_DESCRIBED = {"getChatMember": {"chat_id", "user_id"}}
"""Methods that were cut from the file, with the parameters that they take."""
PLAIN: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
}


def validate_request(request: Request) -> None:
    """Assert that the method is known, has all that it needs, and nothing it does not know."""
    method = request.path.rpartition("/")[2]
    given = _read_parameters(request)
    if method in NOT_DESCRIBED:
        assert given.keys() == NOT_DESCRIBED[method]
        return
    _check_fields(method, _load_description()["methods"][method].get("fields", []), given)


@functools.cache
def _load_description() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(contract_file("telegram/api.posting.json").read_text("utf-8"))
    return data


class _TextValue(str):
    """A value out of a query or a form: any type may be written so."""

    __slots__ = ()


def _read_parameters(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return dict(request.json)
    if not kind.startswith("multipart/form-data"):
        return {name: _TextValue(values[0]) for name, values in request.query.items()}
    return {
        name: part.data if part.filename else _TextValue(part.data.decode())
        for name, part in request.parts.items()
    }


def _check_fields(where: str, fields: list[dict[str, Any]], given: dict[str, Any]) -> None:
    known = {one["name"]: one for one in fields}
    assert given.keys() <= known.keys(), f"{where} does not know all of {sorted(given)}"
    assert {one["name"] for one in fields if one["required"]} <= given.keys(), where
    for name, value in given.items():
        assert any(_has_type(kind, value) for kind in known[name]["types"]), (
            f"{where}.{name}: {value!r}"
        )
        length = re.search(r"(\d+)-(\d+) characters", known[name]["description"])
        if length and isinstance(value, str):
            assert int(length[1]) <= count_utf16_units(value) <= int(length[2]), (
                f"{where}.{name} is too long"
            )


def _has_type(kind: str, value: object) -> bool:
    if kind == "InputFile":
        return isinstance(value, bytes)
    if kind == "String":
        return isinstance(value, str)
    if isinstance(value, _TextValue):
        value = json.loads(value) if re.match(r"[\[{\d-]|true$|false$", value) else value
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(
            _has_type(kind[len("Array of ") :], v) for v in value
        )
    if kind in PLAIN:
        return isinstance(value, PLAIN[kind]) and (kind == "Boolean") == isinstance(value, bool)
    if not isinstance(value, dict):
        return False
    _check_fields(kind, _load_description()["types"][kind]["fields"], value)
    return True
