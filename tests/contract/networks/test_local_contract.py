from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.networks.base import DedupeMethod
from perihelion.networks.local.adapter import Local
from perihelion.testing.cases import Case, StoredPicture, StoredPost
from perihelion.testing.contexts import make_context
from perihelion.testing.network_contract import NetworkContract

if TYPE_CHECKING:
    from perihelion.networks.base import Network


class LocalCase(Case):
    method = DedupeMethod.KEYED

    def connect(self, patience: float = 10) -> Network:
        return Local(
            make_context(
                "local", {}, state_folder=str(self.folder), now=lambda: self.now, patience=patience
            )
        )

    def show_pages_of(self, count: int) -> None:
        """Its timeline is one file."""

    def list_posts(self) -> list[StoredPost]:
        path = self.folder / "timeline.jsonl"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
        return [
            StoredPost(
                line["text"], line["alt"], line["language"], line["reply_to"], _read_pictures(line)
            )
            for line in lines
        ]


def _read_pictures(line: dict[str, Any]) -> tuple[StoredPicture, ...]:
    return tuple(
        StoredPicture(one["alt"], Path(one["file"]).read_bytes()) for one in line["pictures"]
    )


class TestLocal(NetworkContract):
    case_type = LocalCase
