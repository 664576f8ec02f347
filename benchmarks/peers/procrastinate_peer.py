"""procrastinate on PostgreSQL, one worker with as many jobs at once as requests may be in flight.

    python -m benchmarks.peers.procrastinate_peer JSON

Its plain tasks run in asyncio's threads; there are as many of those here, which is more than the
default on a small machine.
"""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from procrastinate import App, PsycopgConnector

from benchmarks.rig.client import PostClient

if TYPE_CHECKING:
    from procrastinate.types import JSONDict

JOB = json.loads(sys.argv[1])
client = PostClient(JOB["port"])
app = App(connector=PsycopgConnector(conninfo=JOB["database"], max_size=JOB["in_flight"] + 4))


@app.task(queue="posts")
def post(key: str) -> None:
    """One delivery."""
    client.post(key)


async def fill_queue() -> None:
    """Fill the queue."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        jobs: list[JSONDict] = [{"key": f"{n}"} for n in range(JOB["deliveries"])]
        await post.batch_defer_async(*jobs)


async def run_worker() -> None:
    """Work it off until killed."""
    pool = ThreadPoolExecutor(JOB["in_flight"])
    asyncio.get_running_loop().set_default_executor(pool)
    client.pass_gate(JOB["workers"])
    async with app.open_async():
        await app.run_worker_async(
            queues=["posts"], concurrency=JOB["in_flight"], fetch_job_polling_interval=0.1
        )


if __name__ == "__main__":
    asyncio.run(fill_queue() if JOB["do"] == "prepare" else run_worker())
