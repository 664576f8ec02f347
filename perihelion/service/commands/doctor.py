"""`doctor`: proves that posting would work, without posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from perihelion.service.options import json_option, path_options, print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("doctor")
@json_option
@path_options
def command(*, as_json: bool, state: Path | None, schedule: Path | None) -> int:
    """Prove settings, credentials, ledger and clock.

    Posts nothing and writes nothing. Ends with 1 if anything would keep a post from going out
    once, and no more than once.
    """
    from perihelion.service.doctor_checks import run_doctor_checks

    findings = run_doctor_checks(state, schedule)
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
