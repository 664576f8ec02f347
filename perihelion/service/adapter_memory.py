"""What adapters keep in the ledger between runs, encrypted with the account's own secret.

Reading the database without the account's credentials reveals nothing: the key is derived
(HKDF-SHA256) from the secrets in the environment, and is never stored.
"""

from __future__ import annotations

import base64
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from cryptography.fernet import Fernet

    from perihelion.ledger.store import Ledger
    from perihelion.networks.base import Secret


class LazyLedger:
    """A ledger that may not exist yet; it is created when there is something to save.

    So `doctor` can test an account before the first run without losing its session, or a token
    that can be renewed only once.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger, self._now = ledger, now

    def load_adapter_value(self, account: str, name: str) -> str | None:
        """The value last saved, or None; also None if there is no ledger."""
        return self._ledger.load_adapter_value(account, name) if self._ledger_exists() else None

    def save_adapter_value(self, account: str, name: str, value: str) -> None:
        """Save a value, in a new ledger if necessary."""
        if not self._ledger_exists():
            self._ledger.migrate(self._now())
        self._ledger.save_adapter_value(account, name, value)

    def _ledger_exists(self) -> bool:
        return self._ledger.get_version_or_none() is not None


class EncryptedMemory:
    """The memory of one account's adapter."""

    def __init__(
        self, ledger: Ledger | LazyLedger, account: str, values: Mapping[str, Secret]
    ) -> None:
        self._ledger, self._account, self._values = ledger, account, values

    def get(self, name: str) -> str | None:
        """The value last put, or None; also None if the account's secret has changed since."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - heavy, and rarely needed

        kept = self._ledger.load_adapter_value(self._account, name)
        if kept is None:
            return None
        try:
            return self._account_cipher.decrypt(kept.encode()).decode()
        except InvalidToken:
            return None

    def put(self, name: str, value: str) -> None:
        """Keep `value` under `name`."""
        self._ledger.save_adapter_value(
            self._account, name, self._account_cipher.encrypt(value.encode()).decode()
        )

    @cached_property
    def _account_cipher(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

        secret = "\0".join(f"{k}={self._values[k].reveal()}" for k in sorted(self._values))
        info = f"perihelion memory {self._account}".encode()
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(key))


class DictMemory:
    """The memory of an adapter that is only inspected or tested; it is not kept."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The value last put."""
        return self.values.get(name)

    def put(self, name: str, value: str) -> None:
        """Keep `value` under `name`, for this process."""
        self.values[name] = value
