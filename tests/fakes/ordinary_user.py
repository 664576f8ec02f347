"""Being somebody who may not write everywhere, also where the tests run as root."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65_534


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Root's rights are laid down, and taken up again at the end."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)
