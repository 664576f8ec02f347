from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perihelion.networks.base import Method
from perihelion.networks.local.adapter import Local
from perihelion.testing.cases import Case, Seen, Shown
from perihelion.testing.contexts import context
from perihelion.testing.suite import NetworkContract

if TYPE_CHECKING:
    from perihelion.networks.base import Network


class LocalCase(Case):
    method = Method.KEYED

    def connect(self, patience: float = 10) -> Network:
        return Local(context("local", {}, state_folder=str(self.folder), patience=patience))

    def posts(self) -> list[Seen]:
        path = self.folder / "timeline.jsonl"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
        return [
            Seen(line["text"], line["alt"], line["language"], line["reply_to"], _shown(line))
            for line in lines
        ]


def _shown(line: dict[str, Any]) -> tuple[Shown, ...]:
    return tuple(Shown(one["alt"], Path(one["file"]).read_bytes()) for one in line["pictures"])


class TestLocal(NetworkContract):
    case_type = LocalCase
