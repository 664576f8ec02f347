"""What an editor marks in a schedule: it parses YAML 1.2 and knows the JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator

from perihelion.schedule.json_schema import build_json_schema
from tests.fakes.schedule_texts import EditorLoader, read_as_editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError


@cache
def make_validator() -> Draft202012Validator:
    """The schedule's schema, ready to use."""
    return Draft202012Validator(build_json_schema())


def find_editor_lines(data: bytes) -> set[int]:
    """The lines, from 1, that an editor marks; 0 stands for a syntax error, wherever it is."""
    try:
        text = data.decode("utf-8")
        root = yaml.compose(text, Loader=EditorLoader)
        document = read_as_editor(text)
    except (UnicodeError, yaml.YAMLError):
        return {0}
    if root is None or any(_find_repeated_keys(root)):
        return {0}
    errors = make_validator().iter_errors(document)
    return {line for error in errors for line in _locate(error, root)}


def _locate(error: ValidationError, root: yaml.Node) -> Iterator[int]:
    """Where an editor marks the error: at an unknown key itself, else where its value begins."""
    node = root
    for step in error.absolute_path:
        node = _get_child(node, step)
    if error.validator == "additionalProperties" and isinstance(node, yaml.MappingNode):
        assert isinstance(error.schema, dict)
        known = error.schema["properties"]
        yield from (key.start_mark.line + 1 for key, _ in node.value if str(key.value) not in known)
    else:
        yield node.start_mark.line + 1


def _get_child(node: yaml.Node, step: str | int) -> yaml.Node:
    if isinstance(node, yaml.SequenceNode):
        children: dict[str | int, yaml.Node] = dict(enumerate(node.value))
    else:
        children = {key.value: value for key, value in node.value}
    return children[step]


def _find_repeated_keys(node: yaml.Node) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        yield from (key for key in keys if keys.count(key) > 1)
        for _, value in node.value:
            yield from _find_repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _find_repeated_keys(value)
