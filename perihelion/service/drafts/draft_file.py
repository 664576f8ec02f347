"""Drafts as YAML: missions and events as in the schedule, under a key that no schedule has."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.service.drafts.draft import Draft

DRAFTS_KEY, MISSIONS_KEY = "drafts", "missions"

HEADER = """\
# Drafts: nothing here is posted. Look at each event, correct its words, and delete what is not to
# be remembered. Then write `missions:` for `drafts:`, move the file into the folder that the
# schedule includes, and run `python bot.py check`. A mission that is in the schedule already stays
# where it is: move its events there.
"""

_TO_THE_MINUTE = re.compile(r".*T\d\d:\d\dZ?")
_INDENT = "  "
_WIDTH = 96


class _PlainText(str):
    """A date, which needs no quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Lists are indented, as in the shipped schedule."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the library's own signature
        super().increase_indent(flow, False)  # noqa: FBT003 - as above


def _represent_date(dumper: yaml.SafeDumper, value: _PlainText) -> yaml.ScalarNode:
    kind = "str" if _TO_THE_MINUTE.fullmatch(value) else "timestamp"  # as YAML itself reads it
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(value))


_Dumper.add_representer(_PlainText, _represent_date)


def render_drafts(drafts: Sequence[Draft], key: str = DRAFTS_KEY) -> str:
    """The drafts under the missions that they belong to, with notes and warnings as comments."""
    missions = dict.fromkeys(one.mission for one in drafts)
    blocks = [_render_mission([d for d in drafts if d.mission == one]) for one in missions]
    body = "\n".join(indent(block, _INDENT) for block in blocks)
    return f"{key}:\n{body}" if body else f"{key}: []\n"


def _render_mission(drafts: Sequence[Draft]) -> str:
    first = drafts[0].fields
    head = {"id": first.get("mission"), "name": first.get("mission_name") or first.get("mission")}
    head |= {name: first[name] for name in ("agencies", "replay") if first.get(name)}
    events = "".join(map(_render_event, drafts))
    return _as_item(f"{_dump(head)}events:\n{indent(events, _INDENT)}")


def _render_event(draft: Draft) -> str:
    values = {name: _as_plain(name, value) for name, value in draft.event_keys().items()}
    comments = "".join(
        f"# {line}\n" for line in _comment_lines([draft.place, *draft.notes, *draft.warnings])
    )
    return comments + _as_item(_dump(values))


def _comment_lines(notes: Iterable[str]) -> list[str]:
    return [" ".join(re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f]", " ", one).split()) for one in notes]


def _as_plain(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    is_date = name == "at" and re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:]+Z?)?", str(value))
    return _PlainText(value) if is_date else value


def _as_item(text: str) -> str:
    return "- " + indent(text, _INDENT).removeprefix(_INDENT)


def _dump(value: object) -> str:
    return yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
        default_flow_style=False,
    )
