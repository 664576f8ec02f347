"""Finding the secrets in the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SECRET_NAME = re.compile(r"(TOKEN|SECRET|PASSWORD|KEY|WEBHOOK|DATABASE_URL|ALERTS)(_FILE)?$")


def find_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Every value that `environ` keeps under a secret's name, or in the file such a name gives.

    It judges by names alone, so that even a crash before the settings are read hides them.
    """
    named = {name: value for name, value in environ.items() if _SECRET_NAME.search(name) and value}
    return frozenset(
        one for name, value in named.items() for one in _split_values(name, value) if one
    )


def _split_values(name: str, value: str) -> Iterable[str]:
    """A variable's own value; and each of its addresses, where it holds several."""
    text = _read_secret_file(value) if name.endswith("_FILE") else value.strip()
    return (text, *text.split()) if "ALERTS" in name else (text,)


def _read_secret_file(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
