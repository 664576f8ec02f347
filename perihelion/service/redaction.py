"""Finding the secrets in the environment. Loads no library, so that any crash can be redacted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perihelion.networks.shared.credentials import read_secret
from perihelion.networks.shared.redaction import list_address_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET_NAME = re.compile(
    r"TOKEN$|SECRET$|PASSWORD$|KEY$|WEBHOOK$|DATABASE_URL$|ALERTS$|HEARTBEAT$|DSN$"
)


def is_secret_name(variable: str) -> bool:
    """Whether an environment variable is named like a secret, or like the file of one."""
    return _SECRET_NAME.search(variable.removesuffix("_FILE")) is not None


def find_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Every value of a variable that is named like a secret, or of the file that NAME_FILE names.

    And the passwords and queries of other addresses, such as a relay's. Names alone decide, so that
    even a crash before the settings are read hides the values.
    """
    secrets: set[str] = set()
    for variable, value in environ.items():
        if is_secret_name(variable):
            name = variable.removesuffix("_FILE")
            secret, _problem = read_secret(name, {variable: value})  # alone: both may be set
            secrets.update((secret, *secret.split()) if "ALERTS" in name else (secret,))
        elif "://" in value:
            secrets.update(list_address_secrets(value))
    return frozenset(secrets - {""})
