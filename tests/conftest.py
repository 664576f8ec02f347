"""What holds for every test: hypothesis takes its time, and a quick run starts no process.

No test touches the cache in the user's home folder: a run has one of its own, which all its workers
and the programs that they start inherit.

The markers `server`, `process` and `slow` are put on here, so that `make quick` can leave such
tests out. In a run without them a test that starts a process fails.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.markers import PLACES, QUICK, find_markers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("here"), max_examples=15)
settings.load_profile("here")

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
_guarded: list[str] = []
"""The test that runs now, if it may start no process."""


def _refuse_process(event: str, _arguments: tuple[object, ...]) -> None:
    if _guarded and event in STARTS:  # both are None when the interpreter ends
        pytest.fail(f"{event} in a test that tests/fakes/markers.py does not mark as `process`")


sys.addaudithook(_refuse_process)


def pytest_configure(config: pytest.Config) -> None:
    sys.argv[0] = "bot.py"  # messages name commands as the program was called, not as pytest was
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="perihelion-cache-")
        os.environ["XDG_CACHE_HOME"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A quick run imports no file whose tests it would all leave out."""
    left_out = config.option.markexpr == QUICK and collection_path.name in PLACES
    return True if left_out else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            for name in sorted(find_markers(item)):
                item.add_marker(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if item.config.option.markexpr == QUICK or item.get_closest_marker("guarded"):
        _guarded.append(item.nodeid)
    try:
        return (yield)
    finally:
        _guarded.clear()
