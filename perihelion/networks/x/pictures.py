"""Pictures on X: uploaded, waited for and described, before the post that shows them is made."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.model.errors import NotSent, Rejected
from perihelion.networks.shared.outcomes import nothing_posted
from perihelion.networks.shared.uploads import in_turn
from perihelion.networks.x.api import field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perihelion.model.posts import Media
    from perihelion.networks.base import Context
    from perihelion.networks.x.api import Api, Notes

LIFE = timedelta(hours=20)
"""How long an uploaded picture is used: X keeps it for a day."""
UPLOAD = "/2/media/upload"
KEPT = 16
"""How many uploads are remembered: those of four posts."""
LOOKS = 10
STEP = 2.0
"""Seconds between two looks at a picture that X is still working on."""


class Pictures:
    """One account's uploads. There is no post yet, so that no failure leaves one unknown."""

    def __init__(
        self, context: Context, api: Api, notes: Notes, pause: Callable[[float], None]
    ) -> None:
        self._name, self._now = context.account.name, context.now
        self._api, self._notes, self._pause = api, notes, pause

    def numbers(self, pictures: Sequence[Media], token: str) -> list[str]:
        """The ids of the described pictures; a later try of the same post has the same ones."""
        return in_turn(enumerate(pictures), lambda placed: self._number(*placed, token))

    def _number(self, place: int, picture: Media, token: str) -> str:
        try:
            data = Path(picture.file).read_bytes()
        except OSError as error:
            raise Rejected(f"the picture {picture.file} cannot be read") from error
        digest = hashlib.sha256(f"{token} {place} {picture.alt} ".encode() + data).hexdigest()
        kept = self._kept()
        if digest not in kept:
            until = self._now() + LIFE
            with nothing_posted():
                number = self._upload(data)
                self._describe(number, picture.alt)
            kept[digest] = number, until.isoformat()
            lines = [" ".join((key, *said)) for key, said in kept.items()]
            self._notes.put("picture", "\n".join(lines[-KEPT:]))
        return kept[digest][0]

    def _kept(self) -> dict[str, tuple[str, str]]:
        """What X still has: number and end of each upload, the oldest first."""
        kept = {}
        for line in (self._notes.get("picture") or "").splitlines():
            with suppress(ValueError):
                digest, number, until = line.split(" ")
                if self._now() < datetime.fromisoformat(until):
                    kept[digest] = number, until
        return kept

    def _upload(self, data: bytes) -> str:
        what = f"{self._name}: the picture"
        form = {"media": base64.b64encode(data).decode(), "media_category": "tweet_image"}
        answer = self._api.ask(what, "POST", UPLOAD, json=form)
        number = field(answer, "id")
        if not number:
            raise self._api.wire.unreadable(what)
        asked = {"command": "STATUS", "media_id": number}
        for _ in range(LOOKS):
            state = field(answer, "processing_info", "state")
            if state == "failed":
                raise Rejected(f"{what} cannot be processed by X; save it anew")
            if state not in {"pending", "in_progress"}:
                return number
            self._pause(STEP)
            answer = self._api.ask(what, "GET", UPLOAD, params=asked)
        raise NotSent(f"{what} is still being worked on by X")

    def _describe(self, number: str, alt: str) -> None:
        """Give the picture its alt text; a 2xx that names no error has taken it."""
        if alt:
            what = f"{self._name}: the alt text"
            form = {"id": number, "metadata": {"alt_text": {"text": alt}}}
            answer = self._api.ask(what, "POST", "/2/media/metadata", json=form)
            if not isinstance(answer.data, dict) or answer.data.get("errors"):
                raise self._api.wire.unreadable(what)
