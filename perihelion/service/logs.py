"""The log on stderr: JSON lines for machines, or lines for people.

All of Perihelion logs through the standard library, with what identifies a case in `extra`:
`logger.info("sent", extra={"key": str(key)})`. structlog renders it, and is imported only here.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

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
    "urllib3": logging.INFO,  # DEBUG prints addresses, and some hold a token
    "mastodon": logging.INFO,  # DEBUG prints requests with their headers
    "websockets": logging.INFO,  # DEBUG prints every frame
    "sqlalchemy": logging.WARNING,  # INFO prints every statement with its values
    "alembic": logging.WARNING,  # INFO tells of every plugin
    "PIL": logging.INFO,  # DEBUG prints every chunk of a picture
    "apscheduler": logging.WARNING,  # INFO tells of every tick
    "apprise": logging.WARNING,  # DEBUG prints addresses, and they are secrets
}
"""The least level that a library may log at, however low our own is set."""


def configure_logging(
    log_format: LogFormat,
    level: LogLevel,
    redact: Callable[[str], str],
    stream: TextIO | None = None,
) -> None:
    """Send everything that is logged from `level` on to `stream` (by default stderr).

    `redact` takes the secrets out of each finished line. Replaces what was configured before.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_make_formatter(log_format, redact, colours=handler.stream.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library, least in LIBRARY_LEVELS.items():
        logging.getLogger(library).setLevel(max(least, root.level))


def _make_formatter(
    log_format: LogFormat, redact: Callable[[str], str], *, colours: bool
) -> ProcessorFormatter:
    import structlog  # noqa: PLC0415 - costs time that only a verb with a log should spend

    def redact_line(_logger: object, _method: str, line: object) -> str:
        return redact(str(line))

    people = log_format is LogFormat.CONSOLE
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper("iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_console_processors(colours=colours) if people else _json_processors()),
            redact_line,
        ],
    )


def _console_processors(*, colours: bool) -> tuple[Processor, ...]:
    from structlog import dev  # noqa: PLC0415 - as in _formatter

    # The default traceback shows local variables, and wraps lines in the middle of a secret.
    return (dev.ConsoleRenderer(colors=colours, exception_formatter=dev.plain_traceback),)


def _json_processors() -> tuple[Processor, ...]:
    from structlog import processors  # noqa: PLC0415 - as in _formatter

    return (processors.format_exc_info, processors.JSONRenderer(ensure_ascii=False))
