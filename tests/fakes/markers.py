"""Which tests need a server, start a process or take seconds, by place, fixture and code."""

from __future__ import annotations

import inspect
import subprocess
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

QUICK = "not (server or process or slow)"
"""What `make quick` selects with `-m`."""
FORKS = {"fork", "forkpty", "posix_spawn"}
SERVER_FIXTURES = {"postgres", "postgres_testbed", "postgres_template", "server_pair"}
DATABASE_FIXTURES = {"database", "empty_url", "testbed"}
"""Those that take each database in turn, as their parameter."""
PLACES = {
    "servers": {"server", "process", "slow"},
    "browser": {"server", "process", "slow"},
    "crash": {"process", "slow"},
    "acceptance": {"process", "slow"},
    "contract": {"slow"},
    "sim": {"slow"},
    "test_a_thousand_posts.py": {"slow"},
    "test_shipped_days.py": {"slow"},
    "test_static_site.py": {"slow"},
    "test_transport.py": {"slow"},
    "test_schedule_switch.py": {"slow"},
    "test_wording_cache.py": {"slow"},
    "test_advice.py": {"slow"},
    "test_audit.py": {"slow"},
    "test_checked_days.py": {"slow"},
    "test_correct.py": {"slow"},
    "test_golden_posts.py": {"slow"},
    "test_local_faults.py": {"slow"},
    "test_outbound_proxies.py": {"slow"},
    "test_recover.py": {"slow"},
    "test_edit.py": {"process"},
    "test_account_login.py": {"process"},
    "test_login_dotenv.py": {"process"},
}
"""Folders and files. The last three test code of the package that asks git, or an editor."""
_without_start: set[FunctionType] = set()
"""Functions that were searched to the end: neither they nor what they use starts a process."""


def find_markers(item: pytest.Function) -> set[str]:
    """The names of the markers that a collected test earns."""
    found: set[str] = set()
    for place in PLACES.keys() & set(item.path.parts):
        found |= PLACES[place]
    fixture_names = set(item.fixturenames)
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    database = {parameters.get(name) for name in DATABASE_FIXTURES & fixture_names}
    if SERVER_FIXTURES & fixture_names or "postgresql" in database:
        found |= {"server", "process"}
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(one.func for group in fixtures for one in group)]
    if starts_process(*functions):
        found.add("process")
    return found


def starts_process(*values: object) -> bool:
    """Whether the code of these functions and classes names a way to start a process.

    What they use of the tests' own modules is searched as well, but not the package's code: what
    starts processes there stands in PLACES. The guard in conftest.py finds what is missed.
    """
    seen: set[int] = set()
    searched: set[FunctionType] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if value is subprocess or getattr(value, "__module__", "") == "subprocess":
            return True
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, type) and value.__module__.startswith("tests."):
            waiting += vars(value).values()
        value = inspect.unwrap(value) if callable(value) else value
        if isinstance(value, FunctionType) and value not in _without_start:
            searched.add(value)
            names = set(_names(value.__code__))
            if "os" in names and names & FORKS:
                return True
            if not value.__module__.startswith("perihelion."):
                waiting += [value.__globals__[name] for name in names if name in value.__globals__]
    _without_start.update(searched)
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
