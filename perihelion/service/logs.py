"""The log on stderr: JSON lines for machines, or plain lines for people.

All of Perihelion logs through the standard library, with what identifies the case in `extra`:
`logger.info("sent", extra={"key": str(key)})`. structlog renders it, and is imported only here.
"""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from perihelion.service.console import encodes_unicode, remove_controls, uses_colours
from perihelion.service.settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from structlog.stdlib import ProcessorFormatter
    from structlog.typing import Processor

    from perihelion.service.settings import LogLevel

LIBRARY_LEVELS = {
    "tweepy": logging.INFO,  # DEBUG prints the bearer token
    "requests_oauthlib": logging.INFO,  # DEBUG prints the signing keys
    "oauthlib": logging.INFO,  # DEBUG prints the signing keys
    "urllib3": logging.INFO,  # DEBUG prints addresses, some with a token
    "mastodon": logging.INFO,  # DEBUG prints requests with their headers
    "websockets": logging.INFO,  # DEBUG prints every frame
    "sqlalchemy": logging.WARNING,  # INFO prints every statement with its values
    "alembic": logging.WARNING,  # INFO reports every plugin
    "PIL": logging.INFO,  # DEBUG prints every chunk of a picture
    "apscheduler": logging.WARNING,  # INFO reports every tick
    "apprise": logging.WARNING,  # DEBUG prints addresses, which are secrets
}
"""The lowest level of each library, however low our own is set."""


def configure_logging(
    log_format: LogFormat,
    level: LogLevel,
    redact: Callable[[str], str],
    stream: TextIO | None = None,
) -> None:
    """Write everything logged at `level` and above to `stream` (by default stderr).

    `redact` removes the secrets from each finished line. Replaces any earlier configuration.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        _DeferredFormatter(lambda: _make_formatter(log_format, redact, handler.stream))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library, least in LIBRARY_LEVELS.items():
        logging.getLogger(library).setLevel(max(least, root.level))


class _DeferredFormatter(logging.Formatter):
    """The formatter that `make` gives, made for the first line: most verbs log none."""

    def __init__(self, make: Callable[[], logging.Formatter]) -> None:
        super().__init__()
        self._make = make

    @cached_property
    def _formatter(self) -> logging.Formatter:
        return self._make()

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`."""
        return self._formatter.format(record)


def _make_formatter(
    log_format: LogFormat, redact: Callable[[str], str], stream: TextIO
) -> ProcessorFormatter:
    import structlog  # noqa: PLC0415 - heavy, and only who logs a line needs it

    def redact_line(_logger: object, _method: str, line: object) -> str:
        return remove_controls(redact(str(line)))

    renderer: tuple[Processor, ...]
    if log_format is LogFormat.CONSOLE:
        # The default traceback shows local variables, and wraps lines in the middle of a secret.
        plain = structlog.dev.plain_traceback
        colours = uses_colours(stream)
        renderer = (structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain),)
    else:
        escape = not encodes_unicode(stream)
        renderer = (
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=escape),
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper("iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *renderer,
            redact_line,
        ],
    )
