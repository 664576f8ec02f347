"""The command line: finds the verb, and turns whatever happens into an exit status.

0 is well, 1 that something is wrong which the output names, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from perihelion import __version__
from perihelion.model.errors import PerihelionError, UsageError
from perihelion.service.lazy_group import LazyGroup
from perihelion.service.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_OK, EXIT_FAILURE, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
_STDOUT, _STDERR = 1, 2
_BUG_REPORT_HINT = "This is a mistake in Perihelion itself. Please report it with the lines above."
_CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"]}

group = LazyGroup(
    name="perihelion",
    package="perihelion.service.commands",
    verbs=VERBS,
    context_settings=_CONTEXT_SETTINGS,
    help="Posts the anniversaries of space missions, exactly once, to several social networks.",
)
click.version_option(__version__, prog_name="perihelion")(group)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Carry out `arguments` (by default the process's own) and end the process."""
    _reopen_closed_streams()
    try:
        code = run_command(group, arguments)
    except BrokenPipeError:
        code = _discard_output()
    sys.exit(code)


def _reopen_closed_streams() -> None:
    """Let the streams that whoever started us has closed lead nowhere, as a log or a file would."""
    if sys.stdout and sys.stderr:
        return
    while (null_fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(null_fd)
    sys.stdout = sys.stdout or open(_STDOUT, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, for the process's life
    sys.stderr = sys.stderr or open(_STDERR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """The exit status of one call of `command`; errors meant for people are written to stderr.

    A command may return its status itself; None is 0. Raises BrokenPipeError when whoever read
    the output has left.
    """
    try:
        returned = command.main(arguments, prog_name="bot.py", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as aborted:
        return (
            EXIT_INTERRUPTED if isinstance(aborted.__cause__, KeyboardInterrupt) else EXIT_FAILURE
        )
    except PerihelionError as error:
        click.echo(_redact_secrets(str(error)), err=True)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILURE
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001 - the last place that can keep a secret out of a traceback
        click.echo(_redact_secrets(_format_traceback()) + _BUG_REPORT_HINT, err=True)
        return EXIT_FAILURE
    return returned if isinstance(returned, int) else EXIT_OK


def _format_traceback() -> str:
    import traceback  # noqa: PLC0415 - needed only after a crash

    return traceback.format_exc()


def _redact_secrets(text: str) -> str:
    from perihelion.service.redaction import (  # noqa: PLC0415 - needed only after an error
        Redactor,
        find_secrets,
    )

    return Redactor(find_secrets(os.environ))(text)


def _discard_output() -> int:
    """Whoever read our output has left (`| head`): end without a word, at exit as well."""
    null_fd = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(null_fd, stream.fileno())
    return EXIT_FAILURE
