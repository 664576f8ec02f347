"""The command line: finds the verb, and turns whatever happens into an exit status.

0 means success, 1 a problem that the output names, 2 wrong usage, and 130 an interruption.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from perihelion import INSTALL_HINT, __version__
from perihelion.model.errors import PerihelionError, UsageError
from perihelion.service.program import Program, identify_program

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_OK, EXIT_FAILURE, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
_STDOUT, _STDERR = 1, 2
_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What writing to a file that our output is redirected to may end with."""
_BUG_REPORT_HINT = "This is a bug in Perihelion. Please report it with the lines above."
VERBS = {
    "run": "Post each anniversary when it is due, until stopped",
    "once": "Post everything that is due, then exit",
    "check": "Find every mistake in the schedule, templates and posts",
    "preview": "Show what would be posted on a day",
    "upcoming": "List the next anniversaries",
    "calendar": "Show a year as a heat map",
    "add": "Add an event to the schedule",
    "edit": "Open an event in your editor, then check it",
    "search": "Find events by words in any language",
    "show": "Show an event, its next posts and its deliveries",
    "balance": "Count the events by decade, agency, people, sources and days",
    "rehearse": "Plan and word the coming years, without posting anything",
    "status": "Show what was sent, is waiting, is held or was missed",
    "approve": "Approve the words of a post, or of all posts of a day",
    "hold": "Hold back one post until you decide, up to a year ahead",
    "resolve": "Settle a held delivery, or all that are alike",
    "pause": "Post nothing on ACCOUNT, or on any account, for a while",
    "resume": "End the pause of ACCOUNT, or every pause",
    "doctor": "Test the settings, credentials, ledger, clock and alerts",
    "login": "Get an account's token, and test it",
    "recover": "Rebuild a lost ledger from the accounts' timelines",
    "correct": "Correct a published post after its event was corrected",
    "audit": "Compare what was sent with what the timelines show",
    "restore": "Tell the ledger that it was restored from a backup",
    "web": "Serve the website with feeds and calendars",
    "migrate": "Upgrade the ledger to this version",
    "ledger": "Copy the ledger to another database",
    "init": "Lay out a bot with a calendar of your own",
    "import": "Draft events from another program's file, for review",
    "propose": "Draft events from a saved list of launches, for review",
    "export": "Write events, calendars, feeds or the website for other programs",
}
"""Verb → short help. They stand here so that `--help` loads no command."""


def find_module(verb: str) -> str:
    """The module of a verb. Python keeps the word `import` to itself."""
    return f"perihelion.service.commands.{'import_events' if verb == 'import' else verb}"


class LazyGroup(click.Group):
    """The verbs: each is `command` in the module of its name, loaded only when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The verbs, in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Load the command `name`; None if there is no such verb."""
        if name not in VERBS:
            return None
        command: click.Command = import_module(find_module(name)).command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


group = LazyGroup(
    name="perihelion",
    commands=dict.fromkeys(VERBS, click.Command("verb")),  # the names that click may suggest
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Posts the anniversaries of space missions, exactly once, to several social networks.",
)
click.version_option(__version__, prog_name="perihelion")(group)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Carry out `arguments` (by default the process's own) and end the process."""
    _reopen_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):  # stderr replaces what it cannot encode anyway
        sys.stdout.reconfigure(errors="replace")
    try:
        code = run_command(group, arguments)
    except BrokenPipeError:
        code = _discard_output()
    sys.exit(code)


def _reopen_closed_streams() -> None:
    """Replace the streams that the caller has closed by ones that discard what is written."""
    if sys.stdout and sys.stderr:
        return
    while (null_fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(null_fd)
    sys.stdout = sys.stdout or open(_STDOUT, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, for the process's life
    sys.stderr = sys.stderr or open(_STDERR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """The exit status of one call of `command`; errors meant for people go to stderr.

    A command may return its status itself; None is 0. Raises BrokenPipeError when the reader of
    the output has gone.
    """
    program = identify_program(sys.argv[0])
    try:
        returned = command.main(
            arguments, prog_name=program.name, standalone_mode=False, obj=program
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except click.Abort as aborted:
        interrupted = KeyboardInterrupt in {type(aborted.__cause__), type(aborted.__context__)}
        return EXIT_INTERRUPTED if interrupted else EXIT_FAILURE
    except PerihelionError as error:
        _print_error(str(error), program)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILURE
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last place that can keep a secret out of a traceback
        _print_error(_describe_crash(error), program)
        return _discard_output() if _is_output_error(error) else EXIT_FAILURE
    return returned if isinstance(returned, int) else EXIT_OK


def _print_error(text: str, program: Program) -> None:
    from perihelion.networks.shared.redaction import (  # noqa: PLC0415 - needed only after an error
        Redactor,
    )
    from perihelion.service.console import print_line  # noqa: PLC0415 - as above
    from perihelion.service.redaction import find_secrets  # noqa: PLC0415 - as above

    print_line(Redactor(find_secrets(os.environ))(program.name_commands(text)), sys.stderr)


def _is_output_error(error: Exception) -> bool:
    """Whether what our output is redirected to does not take it: no other file has no name."""
    return isinstance(error, OSError) and error.errno in _OUTPUT_ERRORS and error.filename is None


def _describe_crash(error: Exception) -> str:
    if _is_output_error(error):
        return (
            f"The output cannot be written: {error}. Free some space; `python bot.py status` shows "
            "what was done."
        )
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("perihelion"):
        return f"The Python package {error.name} is missing. {INSTALL_HINT}"
    import traceback  # noqa: PLC0415 - needed only after a crash

    from perihelion.service.error_reports import report_crash  # noqa: PLC0415 - as above

    report_crash(error)

    return f"{''.join(traceback.format_exception(error))}{_BUG_REPORT_HINT}"


def _discard_output() -> int:
    """The reader of our output has gone (`| head`): exit quietly, at the last flush as well."""
    null_fd = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(null_fd, stream.fileno())
    return EXIT_FAILURE
