"""Requests and answers held against the AT Protocol's official lexicons.

Stricter than the protocol in one thing: a field that the lexicon does not know is a mistake here.
"""

from __future__ import annotations

import functools
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import regex

from tests.contract.networks.openapi_contracts import contract_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.testing.http_server import Request


class LexiconViolation(AssertionError):
    """Something that the lexicon does not allow, at a path."""


_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = rf"(?=.{{1,253}}\Z)({_LABEL}\.)+[a-zA-Z]([a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?"
_DID = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_NSID = rf"{_LABEL}(\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
_KEY = r"(?!\.{1,2}\Z)[a-zA-Z0-9_~.:-]{1,512}"
_TID = r"[2-7a-j][2-7a-z]{12}"
_ZONE = r"(?:Z|(?!-00:00)[+-]\d{2}:\d{2})"
_DATETIME = rf"\d{{4}}-\d{{2}}-\d{{2}}T\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,20}})?{_ZONE}"
_FORMATS: Mapping[str, str] = {
    "handle": _HANDLE,
    "did": _DID,
    "at-identifier": rf"({_HANDLE})|({_DID})",
    "nsid": _NSID,
    "record-key": _KEY,
    "tid": _TID,
    "at-uri": rf"at://(({_HANDLE})|({_DID}))(/{_NSID}(/{_KEY})?)?",
    "cid": r"b[a-z2-7]{20,}",
    "uri": r"(?=.{1,8192}\Z)[a-zA-Z][a-zA-Z0-9+.-]*:[!#$%&'()*+,/:;=?@\[\]~._0-9a-zA-Z-]+",
    "language": r"([a-z]{2,3}|i)(-[a-zA-Z0-9]{1,8})*",
}


def is_valid(kind: str, text: str) -> bool:
    """Whether `text` has the format `kind` of the AT Protocol's syntax."""
    if kind == "datetime":
        return _is_datetime(text)
    return bool(re.fullmatch(_FORMATS[kind], text, re.ASCII))


def validate_request(request: Request) -> None:
    """Raise Broken for anything about the request that its method's lexicon does not allow."""
    nsid = request.path.removeprefix("/xrpc/")
    main = _load_lexicon(nsid)["defs"]["main"]
    expected = {"query": "GET", "procedure": "POST"}[main["type"]]
    _require(request.method == expected, nsid, f"is no {request.method}")
    query = {name: _parse_integer(values[0]) for name, values in request.query.items()}
    _check_object(nsid, main.get("parameters", {"properties": {}}), query, "?")
    sent = main.get("input")
    _require(bool(request.body) <= (sent is not None), nsid, "takes no body")
    if sent is not None and sent["encoding"] == "application/json":
        _require(request.headers["content-type"] == "application/json", nsid, "wants JSON")
        _check_value(nsid, sent["schema"], request.json, "$")
    elif sent is not None:
        _require("/" in request.headers["content-type"], nsid, "wants a media type")
    if nsid == "com.atproto.repo.putRecord":
        _check_record(request.json)


def validate_output(nsid: str, data: object) -> None:
    """Raise Broken for an answer that the method's lexicon does not allow."""
    _check_value(nsid, _load_lexicon(nsid)["defs"]["main"]["output"]["schema"], data, "$")


def _check_record(body: dict[str, Any]) -> None:
    """A record by the lexicon of its collection, and its key by what that says of keys."""
    main = _load_lexicon(body["collection"])["defs"]["main"]
    _require(is_valid(main["key"], body["rkey"]), "rkey", f"is no {main['key']}")
    record = dict(body["record"])
    _require(record.pop("$type") == body["collection"], "$type", "is another collection's")
    _check_value(body["collection"], main["record"], record, "record")


@functools.cache
def _load_lexicon(nsid: str) -> dict[str, Any]:
    path = f"bluesky/lexicons/{nsid.replace('.', '/')}.json"
    found: dict[str, Any] = json.loads(contract_file(path).read_text("utf-8"))
    return found


def _check_value(nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _CHECKS[schema["type"]](nsid, schema, value, path)


def _check_object(nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, dict), path, "is no object")
    assert isinstance(value, dict)
    known = schema["properties"]
    missing = set(schema.get("required", ())) - value.keys()
    _require(not missing, path, f"lacks {missing}")
    _require(value.keys() <= known.keys(), path, f"has {value.keys() - known.keys()}")
    for name, inner in value.items():
        if not (inner is None and name in schema.get("nullable", ())):
            _check_value(nsid, known[name], inner, f"{path}.{name}")


def _check_string(_nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, str), path, "is no string")
    text = str(value)
    size, clusters = len(text.encode()), len(regex.findall(r"\X", text))
    _require(size <= schema.get("maxLength", size), path, f"has {size} bytes")
    _require(clusters <= schema.get("maxGraphemes", clusters), path, f"has {clusters} graphemes")
    if "format" in schema:
        _require(is_valid(schema["format"], text), path, f"is no {schema['format']}: {text!r}")


def _check_integer(_nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, int) and not isinstance(value, bool), path, "is no integer")
    assert isinstance(value, int)
    _require(schema.get("minimum", value) <= value <= schema.get("maximum", value), path, "is out")


def _check_boolean(_nsid: str, _schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, bool), path, "is no boolean")


def _check_array(nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, list), path, "is no array")
    assert isinstance(value, list)
    _require(len(value) <= schema.get("maxLength", len(value)), path, "is too long")
    for index, inner in enumerate(value):
        _check_value(nsid, schema["items"], inner, f"{path}[{index}]")


def _check_ref(nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    owner, found = _resolve_ref(nsid, schema["ref"])
    _check_value(owner, found, value, path)


def _check_union(nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, dict) and "$type" in value, path, "names no $type")
    assert isinstance(value, dict)
    wanted = {_absolute_ref(nsid, ref): ref for ref in schema["refs"]}
    _require(value["$type"] in wanted, path, f"cannot be {value['$type']}")
    owner, found = _resolve_ref(nsid, wanted[value["$type"]])
    _check_value(owner, found, {k: v for k, v in value.items() if k != "$type"}, path)


def _check_blob(_nsid: str, schema: dict[str, Any], value: object, path: str) -> None:
    _require(
        isinstance(value, dict) and value.keys() == {"$type", "ref", "mimeType", "size"},
        path,
        "is no blob",
    )
    assert isinstance(value, dict)
    _require(value["$type"] == "blob", path, "is no blob")
    _require(is_valid("cid", value["ref"]["$link"]), path, "has no cid")
    accepted = [kind.replace("*", "") for kind in schema.get("accept", ("",))]
    _require(value["mimeType"].startswith(tuple(accepted)), path, "is of another kind")
    _require(0 < value["size"] <= schema.get("maxSize", value["size"]), path, "is too large")


def _check_unknown(_nsid: str, _schema: dict[str, Any], value: object, path: str) -> None:
    _require(isinstance(value, dict), path, "is no object")


_CHECKS: dict[str, Callable[[str, dict[str, Any], object, str], None]] = {
    "object": _check_object,
    "params": _check_object,
    "string": _check_string,
    "integer": _check_integer,
    "boolean": _check_boolean,
    "array": _check_array,
    "ref": _check_ref,
    "union": _check_union,
    "blob": _check_blob,
    "unknown": _check_unknown,
}


def _resolve_ref(nsid: str, ref: str) -> tuple[str, dict[str, Any]]:
    owner, _, name = ref.partition("#")
    owner = owner or nsid
    found: dict[str, Any] = _load_lexicon(owner)["defs"][name or "main"]
    return owner, found


def _absolute_ref(nsid: str, ref: str) -> str:
    return f"{nsid}{ref}" if ref.startswith("#") else ref


def _require(condition: bool, path: str, problem: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise LexiconViolation(f"{path} {problem}")


def _parse_integer(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _is_datetime(text: str) -> bool:
    """As the protocol has it: RFC 3339 with a T and a zone, and a true date from year 10 on."""
    if len(text) > 64 or not re.fullmatch(_DATETIME, text, re.ASCII):
        return False
    try:
        datetime.fromisoformat(text[:19] + (text[-6:] if text[-1] != "Z" else "+00:00"))
    except ValueError:
        return False
    return not text.startswith("000")
