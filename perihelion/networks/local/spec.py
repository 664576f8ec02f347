"""What is known about the built-in timeline before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec
from perihelion.networks.shared.deferred_import import connect_by

LIMITS = Limits(
    length=5000,
    pictures=20,
    alt_length=5000,
    picture_bytes=50_000_000,
    mentions=MentionSyntax.NONE,
)

SPEC = NetworkSpec("local", connect_by("perihelion.networks.local.adapter:Local"), LIMITS)
