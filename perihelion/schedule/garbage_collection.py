"""Making many objects at once, without a search for garbage among them."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """No garbage collection inside.

    Nothing of a schedule is ever a cycle, and the collector would look through all of it again and
    again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
