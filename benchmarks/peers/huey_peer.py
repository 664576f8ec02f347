"""huey with its SQLite storage, a consumer with as many threads as requests may be in flight.

    python -m benchmarks.peers.huey_peer JSON

`fsync=True` puts its bookkeeping on disk, as everybody's is here.
"""

from __future__ import annotations

import json
import logging
import sys

from huey import SqliteHuey

from benchmarks.rig.client import PostClient

JOB = json.loads(sys.argv[1])
client = PostClient(JOB["port"])
huey = SqliteHuey("bench", filename=JOB["folder"] + "/huey.db", fsync=True, results=False)


@huey.task()  # type: ignore[untyped-decorator]  # huey has no types
def post(key: str) -> None:
    """One delivery."""
    client.post(key)


def main() -> None:
    """Fill the queue, or work it off until killed."""
    logging.disable()
    if JOB["do"] == "prepare":
        for number in range(JOB["deliveries"]):
            post(f"{number}")
        return
    consumer = huey.create_consumer(
        workers=JOB["in_flight"], worker_type="thread", initial_delay=0.01, max_delay=0.1
    )
    client.pass_gate(JOB["workers"])
    consumer.run()


if __name__ == "__main__":
    main()
