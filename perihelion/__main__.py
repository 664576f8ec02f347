"""Start Perihelion: hands the command line to `perihelion.service.cli`.

`perihelion`, `python -m perihelion` and the repository's `bot.py` all start here.
"""

from __future__ import annotations

from typing import NoReturn

from perihelion import INSTALL_HINT


def start() -> NoReturn:
    """Carry out the process's own command line and end the process."""
    try:
        from perihelion.service.cli import main  # noqa: PLC0415 - only here can its lack be told
    except ModuleNotFoundError as error:
        raise SystemExit(f"The Python package {error.name} is missing. {INSTALL_HINT}") from None
    main()


if __name__ == "__main__":
    start()
