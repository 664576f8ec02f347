"""`init`: a bot of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from perihelion.service.console import format_count, print_line

NEXT_STEPS = """\
Next, in that folder:
  python bot.py check
  python bot.py preview 2027-10-01
  python bot.py once --at 2027-10-01T10:00Z --state rehearsal
The last one posts to rehearsal/timeline.jsonl. Then put your own events into schedule/."""


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def command(*, folder: Path) -> None:
    """Lay out a bot with a calendar of your own.

    Writes a small calendar to start from into DIR, with templates, settings and what a host needs.
    Nothing that is there is overwritten.
    """
    from perihelion.service.bot_layout import list_files, write_files

    files = list_files()
    write_files(folder, files)
    print_line(f"{format_count(len(files), 'files')} in {folder.absolute()}.")
    print_line(NEXT_STEPS)
