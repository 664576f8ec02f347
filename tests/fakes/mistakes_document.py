"""docs/mistakes.md: what `check` says first of each mistake that people make.

After a change to a case or a message: `python -m tests.fakes.mistakes_document > docs/mistakes.md`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.compose.templates import Templates
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.advice.reach import find_unknown_kinds
from perihelion.service.enabled_accounts import resolve_accounts
from tests.fakes.editor import find_editor_lines
from tests.fakes.human_mistake_cases import CASES
from tests.fakes.human_mistakes import GOOD, HumanMistake

if TYPE_CHECKING:
    from perihelion.model.source_location import Mistake

ROOT = Path(__file__).resolve().parents[2]


def find_first_message(mistake: HumanMistake) -> Mistake:
    """What `check` says first of the schedule with this mistake, without its posts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "schedule.yaml")
        file.write_bytes(mistake.data)
        schedule, mistakes = load_with_mistakes(file)
        mistakes += resolve_accounts(schedule, {})[2]
        kinds = find_unknown_kinds(schedule.events, Templates(ROOT / "templates"))
        return min(mistakes or (advice.finding for advice in kinds))


def render_document() -> str:
    """docs/mistakes.md."""
    rows = [_render_row(mistake) for mistake in CASES]
    return (
        "# Mistakes and their messages\n\n"
        "What people get wrong in a schedule, and what `check` says first. Each mistake is made in "
        "the same schedule of two events; the third column is the line that the message names. An "
        "editor that uses [`schedule.schema.json`](../schedule.schema.json) marks most mistakes "
        "while you type; the last column says which ones only `check` finds. In the second "
        "column, `·` is a space at the beginning of a line, and `⇥` is a tab.\n\n"
        f"{_make_row('mistake', 'what was written', 'line', 'message', 'editor')}\n"
        f"{_make_row(*['---'] * 5)}\n" + "\n".join(rows) + "\n"
    )


def _render_row(mistake: HumanMistake) -> str:
    message = find_first_message(mistake)
    good = set(GOOD.split("\n"))
    lines = mistake.data.decode("utf-8", "replace").split("\n")
    written = [_show_line(one) for one in lines if one not in good and one.strip()]
    sees = "marks it" if find_editor_lines(mistake.data) else "only `check`"
    return _make_row(
        mistake.name,
        "<br>".join(f"`` {one} ``" for one in written) or "(left out)",
        str(message.location.line),
        _show(message.message),
        sees,
    )


def _show_line(line: str) -> str:
    text = line.lstrip(" ")
    return "·" * (len(line) - len(text)) + _show(text)


def _show(text: str) -> str:
    """The text for a cell of a table, with what nobody would see made visible."""
    visible = text.replace("\t", "⇥").replace("|", "\\|")
    return "".join(
        one if one.isprintable() and one != "\ufffd" else f"U+{ord(one):04X}" for one in visible
    )


def _make_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(render_document())
