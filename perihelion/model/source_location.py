"""Where something stands in a file a person edits, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """A place in a file: `line` and `column` count from 1; line 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: `code` is stable and short (for tools), `message` says what would be right."""

    location: SourceLocation
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"
