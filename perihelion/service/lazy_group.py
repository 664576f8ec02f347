"""A click group that loads a command only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """Commands by their names in `verbs`, each the `command` of the module `package`.name.

    `--help` is written from the short helps in `verbs`, so that it costs no import.
    """

    def __init__(self, *, package: str, verbs: Mapping[str, str], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # click checks its own settings
        self._package = package
        self._verbs = verbs

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The verbs, in the table's order."""
        return list(self._verbs)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Load the command `name`, or None if there is no such verb."""
        if name not in self._verbs:
            return None
        command: click.Command = import_module(f"{self._package}.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest verbs in the answer to a misspelt one."""
        name = args[0]
        if name not in self._verbs and not name.startswith("-"):
            raise click.NoSuchCommand(name, possibilities=self._verbs, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._verbs.items()))
