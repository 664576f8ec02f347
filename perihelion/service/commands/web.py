"""`web`: the website."""

from __future__ import annotations

import click

from perihelion.service.options import environment_options


@click.command("web")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="By default $PORT, or 8000; 0: a free one."
)
@click.option("--processes", type=click.IntRange(1, 64), help="By default $WEB_CONCURRENCY, or 1.")
@environment_options
def command(*, host: str, port: int | None, processes: int | None, environ: dict[str, str]) -> None:
    """Serve the website with feeds and calendars.

    Its public pages need no ledger and no account. With $PORT set, as platforms do, it listens on
    every address of the machine. The credentials of accounts that it is given are discarded.
    """
    from perihelion.service.web.credentials import restart_without_credentials

    restart_without_credentials()
    from perihelion.service.web.server import WebServer

    given = environ.get("PORT", "")
    listen_on = "0.0.0.0" if given and host == "127.0.0.1" else host  # noqa: S104 - behind a platform's router
    default = int(given) if given.isdecimal() else 8000
    chosen = default if port is None else port
    number = processes or int(environ.get("WEB_CONCURRENCY") or 1)
    WebServer(environ, f"{listen_on}:{chosen}", number).run()
