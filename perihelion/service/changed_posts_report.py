"""`preview --changed`: the posts that differ from a git revision, printed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.service.changed_posts import Comparison, find_changed_posts, open_earlier_app
from perihelion.service.changed_posts_text import render_markdown, render_text, summarize
from perihelion.service.console import format_days, print_line
from perihelion.service.git_revision import write_revision
from perihelion.service.post_preview import select_accounts

if TYPE_CHECKING:
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.preview_choice import PreviewChoice
    from perihelion.service.wiring import App

CHANGED_DAYS = 366
"""How many days are compared unless the caller says: all days of any year are among them."""
_WIDTH = 120
"""Of the two columns, in characters, where the terminal does not say how wide it is."""


def print_changed_posts(
    app: App, revision: str, choice: PreviewChoice, *, as_markdown: bool
) -> list[PostPreview]:
    """Print the chosen posts that differ from `revision`, and return them as they are now.

    Raises UsageError if git cannot tell, and for a network or a day that there is not.
    """
    settings, first = app.settings, choice.choose_first_day(app)
    select_accounts(app, choice.network)
    with tempfile.TemporaryDirectory(prefix="perihelion-") as folder:
        files = write_revision(revision, settings.schedule, settings.templates, Path(folder))
        compared = Comparison(open_earlier_app(app, files), app, files.changed)
        changes = find_changed_posts(compared, choice.network, first, choice.days)
        summary = summarize(changes, revision, format_days(first, choice.days))
    if as_markdown:
        print_line(render_markdown(changes, summary).rstrip())
    else:
        width = shutil.get_terminal_size((_WIDTH, 0)).columns
        for line in render_text(changes, width):
            print_line(line)
        print_line(summary)
    return [one.after for one in changes if one.after is not None]
