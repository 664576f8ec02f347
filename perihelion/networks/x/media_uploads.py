"""Pictures on X: uploaded, waited for and described, before the post that shows them is made."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent, Rejected
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.uploads import upload_in_turn
from perihelion.networks.x.api import get_data_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perihelion.model.posts import Media
    from perihelion.networks.base import Context
    from perihelion.networks.x.api import BestEffortMemory, XApi

UPLOAD_LIFETIME = timedelta(hours=20)
"""How long an uploaded picture is used: X keeps it for a day."""
UPLOAD_PATH = "/2/media/upload"
MAX_REMEMBERED = 16
"""How many uploads are remembered: those of four posts."""
MAX_STATUS_CHECKS = 10
STATUS_INTERVAL = 2.0
"""Seconds between two looks at a picture that X is still working on."""


class MediaUploads:
    """One account's uploads. There is no post yet, so that no failure leaves one unknown."""

    def __init__(
        self, context: Context, api: XApi, memory: BestEffortMemory, pause: Callable[[float], None]
    ) -> None:
        self._name, self._now = context.account.name, context.now
        self._api, self._memory, self._pause = api, memory, pause

    def upload_pictures(self, pictures: Sequence[Media], token: str) -> list[str]:
        """The ids of the described pictures; a later try of the same post has the same ones."""
        return upload_in_turn(
            enumerate(pictures), lambda placed: self._upload_or_reuse(*placed, token)
        )

    def _upload_or_reuse(self, place: int, picture: Media, token: str) -> str:
        try:
            data = Path(picture.file).read_bytes()
        except OSError as error:
            raise Rejected(f"the picture {picture.file} cannot be read") from error
        digest = hashlib.sha256(f"{token} {place} {picture.alt} ".encode() + data).hexdigest()
        kept = self._load_uploads()
        if digest not in kept:
            until = self._now() + UPLOAD_LIFETIME
            with unknown_as_not_sent():
                number = self._upload_data(data)
                self._set_alt_text(number, picture.alt)
            kept[digest] = number, until.isoformat()
            lines = [" ".join((key, *said)) for key, said in kept.items()]
            self._memory.put("picture", "\n".join(lines[-MAX_REMEMBERED:]))
        return kept[digest][0]

    def _load_uploads(self) -> dict[str, tuple[str, str]]:
        """What X still has: number and end of each upload, the oldest first."""
        kept = {}
        for line in (self._memory.get("picture") or "").splitlines():
            with suppress(ValueError):
                digest, number, until = line.split(" ")
                if self._now() < datetime.fromisoformat(until):
                    kept[digest] = number, until
        return kept

    def _upload_data(self, data: bytes) -> str:
        what = f"{self._name}: the picture"
        form = {"media": base64.b64encode(data).decode(), "media_category": "tweet_image"}
        answer = self._api.send_request(what, "POST", UPLOAD_PATH, json=form)
        number = get_data_text(answer, "id")
        if not number:
            raise self._api.http.unreadable_error(what)
        asked = {"command": "STATUS", "media_id": number}
        for _ in range(MAX_STATUS_CHECKS):
            state = get_data_text(answer, "processing_info", "state")
            if state == "failed":
                raise Rejected(f"{what} cannot be processed by X; save it anew")
            if state not in {"pending", "in_progress"}:
                return number
            self._pause(STATUS_INTERVAL)
            answer = self._api.send_request(what, "GET", UPLOAD_PATH, params=asked)
        raise NotSent(f"{what} is still being worked on by X")

    def _set_alt_text(self, media_id: str, alt: str) -> None:
        """Give the picture its alt text; a 2xx that names no error has taken it."""
        if alt:
            what = f"{self._name}: the alt text"
            form = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
            answer = self._api.send_request(what, "POST", "/2/media/metadata", json=form)
            if not isinstance(answer.data, dict) or answer.data.get("errors"):
                raise self._api.http.unreadable_error(what)
