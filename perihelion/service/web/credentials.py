"""What the website's process does without: the credentials of the accounts."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perihelion.networks.shared.redaction import list_address_secrets
from perihelion.service.redaction import is_secret_name
from perihelion.service.setting_names import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_SETTING_NAMES = {name for one in SETTINGS for name in (one.name, f"{one.name}_FILE")}


def discard_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without whatever is named like a secret, or is an address with one in it.

    What stays is our own settings, the variables of libpq, which may open the ledger, and proxies.
    """
    return {name: value for name, value in environ.items() if _is_needed(name, value)}


def _is_needed(name: str, value: str) -> bool:
    if name in _SETTING_NAMES or name.startswith("PG") or name.upper().endswith("_PROXY"):
        return True
    return not is_secret_name(name) and not any(list_address_secrets(value))


def restart_without_credentials() -> None:
    """Replace this process by the same command with an environment that never had credentials.

    Returns if there are none. Deleting them would leave them readable in /proc/PID/environ.
    """
    kept = discard_credentials(os.environ)
    if kept.keys() != os.environ.keys():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], kept)  # noqa: S606 - our own command again
