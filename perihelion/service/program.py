"""What the user calls this program: every message that names a command calls it the same.

Messages are written with the name that a clone's user types, `python bot.py VERB`, and so they are
stored. Where one leaves the program, `name_commands` puts in the name by which it was started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

_IN_MESSAGES = "python bot.py"


@dataclass(frozen=True, slots=True)
class Program:
    """A way to start the program: `name` is what its usage line begins with."""

    name: str = "bot.py"

    @property
    def command(self) -> str:
        """What a person types before the verb."""
        return _IN_MESSAGES if self.name == "bot.py" else self.name

    def name_commands(self, text: str) -> str:
        """`text`, with every command in it as a person types it who has started this one."""
        return text.replace(f"{_IN_MESSAGES} ", f"{self.command} ")


IN_A_CLONE = Program()


def identify_program(path: str) -> Program:
    """The program that was started as `path`, the first of the process's arguments."""
    names = {"perihelion": "perihelion", "__main__": "python -m perihelion"}
    return Program(names.get(Path(path).stem, "bot.py"))


def find_program() -> Program:
    """The program that the verb which runs now was called by; outside of any, that of a clone."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Program)) or IN_A_CLONE
