"""The error for a text that does not fit its type; it can be caught without importing YAML."""

from __future__ import annotations


class InvalidValueError(ValueError):
    """What is wrong with one text. Never leaves this package: the reader notes it as a mistake."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)
