"""Pictures on X: uploaded, processed and described before the post that shows them is made."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.model.errors import PictureNotSent, Rejected
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.media import upload_in_turn
from perihelion.networks.shared.picture_fitting import fit_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perihelion.model.posts import Limits, Media
    from perihelion.networks.base import Context
    from perihelion.networks.x.api import BestEffortMemory, XApi

UPLOAD_LIFETIME = timedelta(hours=20)
"""How long an uploaded picture may be used; X keeps it for a day."""
UPLOAD_PATH = "/2/media/upload"
MAX_REMEMBERED = 16
"""Uploads, those of four posts."""
MAX_STATUS_CHECKS = 10
STATUS_INTERVAL = 2.0
"""Seconds between two requests for the status of a picture."""


class MediaUploads:
    """One account's uploads. There is no post yet, so no failure leaves an outcome unknown."""

    def __init__(
        self, context: Context, api: XApi, memory: BestEffortMemory, pause: Callable[[float], None]
    ) -> None:
        self._now = context.now
        self._api, self._memory, self._pause = api, memory, pause

    def upload_pictures(self, pictures: Sequence[Media], token: str, limits: Limits) -> list[str]:
        """The ids of the described pictures; a later try with the same post gets the same ids."""
        fitting = [
            (index, one, fit_picture(one, limits).data) for index, one in enumerate(pictures)
        ]
        return upload_in_turn(fitting, lambda item: self._upload_or_reuse(*item, token))

    def forget_uploads(self, ids: Sequence[str]) -> None:
        """Upload these again when the post is tried again: X does not accept them any more."""
        kept = self._load_uploads()
        self._save_uploads({key: upload for key, upload in kept.items() if upload[0] not in ids})

    def _upload_or_reuse(self, index: int, picture: Media, data: bytes, token: str) -> str:
        digest = hashlib.sha256(f"{token} {index} {picture.alt} ".encode() + data).hexdigest()
        kept = self._load_uploads()
        if digest not in kept:
            until = self._now() + UPLOAD_LIFETIME
            with unknown_as_not_sent(PictureNotSent):
                number = self._upload_data(data)
                self._set_alt_text(number, picture.alt)
            kept[digest] = number, until.isoformat()
            self._save_uploads(kept)
        return kept[digest][0]

    def _save_uploads(self, uploads: Mapping[str, tuple[str, str]]) -> None:
        lines = [" ".join((digest, *upload)) for digest, upload in uploads.items()]
        self._memory.put("picture", "\n".join(lines[-MAX_REMEMBERED:]))

    def _load_uploads(self) -> dict[str, tuple[str, str]]:
        """The id and expiry of each upload that X still has, by digest, the oldest first."""
        kept = {}
        for line in (self._memory.get("picture") or "").splitlines():
            with suppress(ValueError):
                digest, number, until = line.split(" ")
                if self._now() < datetime.fromisoformat(until):
                    kept[digest] = number, until
        return kept

    def _upload_data(self, data: bytes) -> str:
        form = {"media": base64.b64encode(data).decode(), "media_category": "tweet_image"}
        answer = self._api.send_request("the picture", "POST", UPLOAD_PATH, json=form)
        media_id = answer.require_text("data", "id")
        query = {"command": "STATUS", "media_id": media_id}
        for _ in range(MAX_STATUS_CHECKS):
            state = answer.get_text("data", "processing_info", "state")
            if state == "failed":
                raise Rejected(f"{answer.what} cannot be processed by X; save it in another format")
            if state not in {"pending", "in_progress"}:
                return media_id
            self._pause(STATUS_INTERVAL)
            answer = self._api.send_request("the picture", "GET", UPLOAD_PATH, params=query)
        raise PictureNotSent(f"{answer.what} is still being processed by X")

    def _set_alt_text(self, media_id: str, alt: str) -> None:
        """Give the picture its alt text, which is accepted unless the answer names an error."""
        if alt:
            form = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
            answer = self._api.send_request("the alt text", "POST", "/2/media/metadata", json=form)
            if not isinstance(answer.data, dict) or answer.data.get("errors"):
                raise answer.unreadable_error()
