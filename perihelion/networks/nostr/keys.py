"""Nostr's keys and names: nsec, npub and nevent (NIP-19), and Schnorr signatures (BIP-340)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bech32 import bech32_decode, bech32_encode, convertbits
from coincurve import PrivateKey, PublicKeyXOnly

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_BYTES = 32
NO_RANDOMNESS = bytes(32)
"""BIP-340 is safe without randomness, and the same event then always has the same signature."""


class KeyPair:
    """An account's key pair. Only its public half is shown."""

    def __init__(self, secret: bytes) -> None:
        self._private = PrivateKey(secret)
        self.public = self._private.public_key_xonly.format().hex()

    def __repr__(self) -> str:
        return f"<KeyPair {self.npub}>"

    @property
    def npub(self) -> str:
        """The public key in the form that people use."""
        return _encode_bech32("npub", bytes.fromhex(self.public))

    def sign(self, event_id: str) -> str:
        """The signature of an event's id, both hexadecimal."""
        return self._private.sign_schnorr(bytes.fromhex(event_id), NO_RANDOMNESS).hex()


def parse_key(text: str) -> KeyPair:
    """The key in an nsec or in 64 hexadecimal digits. Raises ValueError, which does not show it."""
    text = text.strip()
    if text.lower().startswith("npub1"):
        raise ValueError("is an npub, the public half; set the nsec")
    if text.lower().startswith("ncryptsec1"):
        raise ValueError("is encrypted (ncryptsec); set the nsec")
    secret = (
        bytes.fromhex(text)
        if re.fullmatch("[0-9a-fA-F]{64}", text)
        else _decode_bech32("nsec", text)
    )
    try:
        return KeyPair(secret)
    except ValueError:
        raise ValueError("is not a key of this curve") from None


def generate_key() -> str:
    """A new private key as an nsec, from the system's randomness."""
    return _encode_bech32("nsec", PrivateKey().secret)


def verify_signature(public: str, event_id: str, signature: str) -> bool:
    """Whether the holder of the key `public` signed `event_id`; false for anything malformed."""
    try:
        key = PublicKeyXOnly(bytes.fromhex(public))
        return key.verify(bytes.fromhex(signature), bytes.fromhex(event_id))
    except ValueError:
        return False


def encode_nevent(event_id: str, author: str, relays: Iterable[str]) -> str:
    """An event's `nevent`, with its author and where to look for it (NIP-19's TLV)."""
    fields = [(0, bytes.fromhex(event_id))]
    fields += [(1, relay.encode("ascii", "ignore")[:255]) for relay in relays]
    fields += [(2, bytes.fromhex(author))]
    return _encode_bech32("nevent", b"".join(bytes([kind, len(v)]) + v for kind, v in fields))


def _encode_bech32(prefix: str, data: bytes) -> str:
    bits = convertbits(data, 8, 5)
    assert bits is not None  # noqa: S101 - any byte fits into 8 bits
    return bech32_encode(prefix, bits)


def _decode_bech32(prefix: str, text: str) -> bytes:
    found, bits = bech32_decode(text)
    data = convertbits(bits, 5, 8, False) if found == prefix and bits else None  # noqa: FBT003 - the library's own
    if data is None or len(data) != KEY_BYTES:
        raise ValueError("must be an nsec or 64 hexadecimal digits; is it truncated or mistyped?")
    return bytes(data)
