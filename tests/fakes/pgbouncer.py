"""A real PgBouncer on loopback, in transaction mode, started for tests and thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.server_process import ServerProcess, accepts_connections, port_of, reserve_port
from tests.fakes.skip_or_fail import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.postgres import PostgresServer

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={postgres_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 2
server_round_robin = 1
"""
"""Each transaction gets the server connection that was not used for longest: the other one."""


def require_pgbouncer() -> str:
    """The program. Skips without it; fails where everything is to be proved (CI=true)."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        skip_or_fail("PgBouncer is not here: apt-get install pgbouncer")
    return program


@contextmanager
def running_pgbouncer(server: PostgresServer) -> Iterator[int]:
    """The port of a pooler before `server`, with two server connections for each database."""
    program = require_pgbouncer()
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    options: dict[str, Any] = {"cwd": folder}
    with reserve_port() as reservation:
        port = port_of(reservation)
        (folder / "users").write_text('"test" ""\n', encoding="utf-8")
        (folder / "pgbouncer.ini").write_text(
            _CONFIGURATION.format(postgres_port=server.port, port=port, folder=folder),
            encoding="utf-8",
        )
        if os.geteuid() == 0:  # it refuses root
            user = pwd.getpwnam("postgres")
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (folder, *folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
        pooler = ServerProcess([program, str(folder / "pgbouncer.ini")], folder / "log", **options)
        try:
            pooler.wait_until_ready(lambda: accepts_connections(port))
            yield port
        finally:
            pooler.kill()
            shutil.rmtree(folder)
