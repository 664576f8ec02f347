"""dbos on SQLite: one workflow per delivery, with the post as its only step.

python -m benchmarks.peers.dbos_peer JSON
"""

from __future__ import annotations

import json
import sys
import time

from dbos import DBOS, DBOSConfig

from benchmarks.rig.client import PostClient

JOB = json.loads(sys.argv[1])
client = PostClient(JOB["port"])


@DBOS.step()
def post(key: str) -> None:
    """One delivery."""
    client.post(key)


@DBOS.workflow()
def deliver(key: str) -> None:
    """What is resumed after a crash."""
    post(key)


def register_queue() -> None:
    """The queue, looked at as often as is sensible: its default is once a second."""
    DBOS.register_queue("posts", worker_concurrency=JOB["in_flight"], polling_interval_sec=0.05)


def main() -> None:
    """Fill the queue, or work it off until killed."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": f"sqlite:///{JOB['folder']}/dbos.sqlite",
        "log_level": "ERROR",
        "application_version": "1",
        "executor_id": "one",
    }
    DBOS(config=config)
    if JOB["do"] == "prepare":
        DBOS.listen_queues([])
        DBOS.launch()
        register_queue()
        for number in range(JOB["deliveries"]):
            DBOS.enqueue_workflow("posts", deliver, f"{number}")
        DBOS.destroy()
        return
    client.pass_gate(JOB["workers"])
    DBOS.launch()
    register_queue()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
