"""Functions named as "module:function", whose module is imported when they are called.

What is known about a network can so be read without its client libraries, which take longer to
import than most verbs to run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.networks.base import Context, Network


def import_function(path: str) -> Callable[..., Any]:
    """The function or class that `path` names. Raises TypeError if its module has none."""
    module, _, name = path.partition(":")
    found: object = getattr(import_module(module), name, None)
    if not callable(found):
        raise TypeError(f"there is no function {name!r} in {module}")
    return found


def connect_by(path: str) -> Callable[[Context], Network]:
    """A NetworkSpec's `connect`: calls what `path` names, which is imported only then."""

    def connect(context: Context) -> Network:
        network: Network = import_function(path)(context)
        return network

    return connect
