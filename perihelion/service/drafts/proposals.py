"""What other people's lists of launches have, as rows that may become drafts. No list is fetched.

A row states its moment as exactly as the list does; what is not known to the day is left out.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from perihelion.model.errors import UsageError
from perihelion.service.drafts.draft import Draft
from perihelion.service.drafts.field_mapping import map_row
from perihelion.service.drafts.import_rows import add_ids
from perihelion.service.drafts.tables import FORMATS, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAUNCHED = {"Success", "Failure", "Partial Failure", "Deployed"}
"""How Launch Library 2 abbreviates the states of a launch that has taken place."""

_EXACT = {"SEC": "seconds", "MIN": "minutes"}
_TO_THE_DAY = {"HR", "MORN", "AFT", "AFTN", "DAY"}
_LIBRARY_PAGE = "https://ll.thespacedevs.com/"
_VAGUE_DATE = re.compile(
    r"(?P<day>\d{4} [A-Z][a-z]{2} {1,2}\d{1,2})"
    r"(?: (?P<hour>\d\d)(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?|\.\d+| \d\dh)?"
    r"(?P<vague>\?)?"
)
_GCAT_HEAD = "#Launch_Tag\t"
_MAX_DESCRIPTION = 300
_SHOWN_PAYLOADS = 5


@dataclass(frozen=True, slots=True)
class Proposals:
    """The drafts of a list, and how many of its entries are left out, by reason."""

    drafts: tuple[Draft, ...]
    left_out: dict[str, int]


class _EntryLeftOut(Exception):
    """An entry that is no draft; its text says why."""


def read_proposals(file: Path, since: date) -> Proposals:
    """The entries of a saved list that took place on `since` or later.

    Launch Library 2 (JSON of its launches), GCAT (launch.tsv or launchlog.tsv) and the result of a
    Wikidata query (JSON) are told apart by what is in the file. Raises UsageError for others.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{file} cannot be read: {reason}") from None
    drafts, left_out = [], dict[str, int]()
    for one in _read_entries(text, file):
        reason = str(one) if isinstance(one, _EntryLeftOut) else ""
        if isinstance(one, Draft) and str(one.fields["at"])[:10] < since.isoformat():
            reason = f"before {since}"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
        elif isinstance(one, Draft):
            drafts.append(one)
    return Proposals(tuple(_make_ids_unique(drafts)), left_out)


def _make_ids_unique(drafts: list[Draft]) -> Iterator[Draft]:
    """The drafts with the date in the ids of those that share one, such as a series' satellites."""
    numbers = Counter(one.full_id for one in drafts)
    seen = Counter[str]()
    for one in drafts:
        if numbers[one.full_id] == 1:
            yield one
            continue
        name = f"{one.fields['id']}-{str(one.fields['at'])[:10]}"
        seen[one.mission + name] += 1
        count = seen[one.mission + name]
        yield replace(one, fields={**one.fields, "id": name if count == 1 else f"{name}-{count}"})


def _read_entries(text: str, file: Path) -> Iterator[Draft | _EntryLeftOut]:
    if text.startswith(_GCAT_HEAD):
        yield from _read_gcat(text, file)
        return
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    launches = read.get("results") if isinstance(read, dict) else None
    if isinstance(launches, list) and all(isinstance(one, dict) for one in launches):
        for number, launch in enumerate(launches, 1):
            try:
                yield _draft_launch(launch, f"{file}, launch {number}")
            except _EntryLeftOut as reason:
                yield reason
    elif isinstance(read, dict | list):
        yield from _read_wikidata(file)
    else:
        raise UsageError(
            f"{file} is not a list that can be read: save Launch Library 2's launches as JSON, "
            "GCAT's launch.tsv or launchlog.tsv, or the result of a Wikidata query as JSON"
        )


def _draft_launch(launch: dict[str, Any], place: str) -> Draft:
    status = str((launch.get("status") or {}).get("abbrev", ""))
    if status not in LAUNCHED:
        raise _EntryLeftOut("not launched yet, or nobody says so")
    rocket, _, payload = str(launch.get("name", "")).partition(" | ")
    provider = (launch.get("launch_service_provider") or {}).get("name")
    pad = launch.get("pad") or {}
    site = ", ".join(filter(None, [pad.get("name"), (pad.get("location") or {}).get("name")]))
    description = str((launch.get("mission") or {}).get("description") or "")
    notes = (
        f"launched from {site}" if site else "",
        f"the launch counts as {status}" if status != "Success" else "",
        f"the list says: {description[:_MAX_DESCRIPTION]}" if description else "",
    )
    page = str(launch.get("url") or _LIBRARY_PAGE)
    fields = {
        "mission_name": payload or rocket,
        "agencies": [provider] if provider else [],
        "id": "launch",
        "at": _read_net(launch),
        "kind": "launch",
        "title": f"{rocket} launches {payload}" if payload else f"{rocket} lifts off",
        "sources": [{"title": "Launch Library 2", "url": page}],
    }
    return Draft(place, add_ids(fields), tuple(filter(None, notes)))


def _read_net(launch: dict[str, Any]) -> str:
    """When it launched ("no earlier than", which the list keeps), as exactly as the list says."""
    precision = str((launch.get("net_precision") or {}).get("abbrev", ""))
    try:
        net = datetime.fromisoformat(str(launch.get("net")))
    except ValueError:
        raise _EntryLeftOut("without a date") from None
    if precision in _EXACT:
        return net.replace(tzinfo=None).isoformat(timespec=_EXACT[precision]) + "Z"
    if precision in _TO_THE_DAY or not precision:
        return net.date().isoformat()
    raise _EntryLeftOut("not known to the day")


def _read_gcat(text: str, file: Path) -> Iterator[Draft | _EntryLeftOut]:
    """One draft for each launch; a log of payloads has several lines for some."""
    lines = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    seen: dict[str, list[str]] = {}
    found: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(lines, 2):
        cells = {name: (value or "").strip() for name, value in line.items() if name}
        tag = cells.get("#Launch_Tag", "")
        if not tag or tag.startswith("#"):
            continue
        if tag not in seen:
            found.append((number, cells))
        seen.setdefault(tag, []).append(_name_payload(cells))
    for number, cells in found:
        try:
            others = seen[cells["#Launch_Tag"]][1:]
            yield _draft_gcat(cells, others, f"{file}, line {number}")
        except _EntryLeftOut as reason:
            yield reason


def _name_payload(cells: dict[str, str]) -> str:
    names = (cells.get(name, "") for name in ("Name", "Mission", "Flight"))
    return next((name for name in names if name not in {"", "-"}), cells["#Launch_Tag"])


def _draft_gcat(cells: dict[str, str], others: list[str], place: str) -> Draft:
    code = cells.get("Launch_Code") or cells.get("LaunchCode", "")
    if code[:1] not in {"O", "D"}:
        raise _EntryLeftOut("not to orbit or beyond")
    name, rocket = _name_payload(cells), cells.get("LV_Type", "")
    site = " ".join(one for one in (cells.get("Launch_Site"), cells.get("Launch_Pad")) if one)
    notes = (
        f"launched from {site} by {cells.get('Agency', '-')} (GCAT's codes)",
        "GCAT counts the launch as a failure" if code[1:2] == "F" else "",
        _list_others(others),
    )
    fields = {
        "mission_name": name,
        "id": "launch",
        "at": _read_vague_date(cells.get("Launch_Date", "")),
        "kind": "launch",
        "title": f"{rocket} launches {name}" if rocket != name else f"{name} lifts off",
        "sources": [{"title": f"GCAT {cells['#Launch_Tag']}"}],
    }
    return Draft(place, add_ids(fields), tuple(filter(None, notes)))


def _list_others(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN_PAYLOADS} more" if len(names) > _SHOWN_PAYLOADS else ""
    return f"with it: {', '.join(names[:_SHOWN_PAYLOADS])}{more}"


def _read_vague_date(text: str) -> str:
    """GCAT's date, such as `1969 Jul 16 1332:00`; a question mark makes it less exact by one."""
    match = _VAGUE_DATE.fullmatch(text.strip())
    if match is None or (match["vague"] and match["hour"] is None):
        raise _EntryLeftOut("not known to the day")
    day = datetime.strptime(match["day"], "%Y %b %d").date().isoformat()  # noqa: DTZ007 - a day has no zone
    if match["hour"] is None or (match["vague"] and match["second"] is None):
        return day
    minute = f"{day}T{match['hour']}:{match['minute']}"
    has_second = match["second"] is not None and not match["vague"]
    return f"{minute}:{match['second']}Z" if has_second else f"{minute}Z"


def _read_wikidata(file: Path) -> Iterator[Draft | _EntryLeftOut]:
    wikidata = FORMATS["wikidata"]
    for row in read_rows(file, wikidata):
        fields, problems = map_row(row, wikidata.mapping)
        if problems or not fields.get("at"):
            yield _EntryLeftOut("not known to the day" if problems else "without a date")
            continue
        warnings = ("Wikidata writes 1 January where it knows only the year",)
        is_new_year = str(fields["at"]).endswith("-01-01") and not row.cells.get("precision")
        yield Draft(row.place, add_ids(fields), warnings=warnings if is_new_year else ())
