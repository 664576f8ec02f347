"""`doctor`: proves that posting would work, without posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import as_json, places, print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("doctor")
@as_json
@places
def command(*, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Prove settings, credentials, ledger and clock.

    Posts nothing and writes nothing. Ends with 1 if anything would keep a post from going out
    once, and no more than once.
    """
    from perihelion.service.examine import examine

    findings = examine(state, schedule)
    if as_json:
        print_json(
            [{"subject": f.subject, "ok": f.ok, "detail": list(f.details)} for f in findings]
        )
    else:
        for finding in findings:
            mark, colour = ("ok  ", "green") if finding.ok else ("BAD ", "red")
            click.echo(click.style(mark, fg=colour) + f" {finding.subject}")
            for line in finding.details:
                click.echo(f"       {line}")
    return 0 if all(finding.ok for finding in findings) else 1
