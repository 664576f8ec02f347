"""Pictures on Mastodon: uploaded and processed before the post that shows them is made."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from perihelion.model.errors import PictureNotSent, Rejected
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.media import upload_in_turn
from perihelion.networks.shared.picture_fitting import fit_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mastodon import Mastodon as Client

    from perihelion.model.posts import Limits, Media
    from perihelion.networks.shared.http_client import ApiResponse, HttpClient
    from perihelion.networks.shared.picture_fitting import PictureFile

NOT_FOUND = 404


class MediaUploads:
    """One account's uploads. Processing a picture may take `deadline` seconds."""

    def __init__(
        self, http: HttpClient, client: Client, pause: Callable[[float], None], deadline: float
    ) -> None:
        self._http, self._client, self._pause, self._deadline = http, client, pause, deadline

    def upload_pictures(self, pictures: Sequence[Media], limits: Limits) -> list[str]:
        """The ids of the uploaded pictures, in order. Raises the publish errors."""
        files = [fit_picture(picture, limits) for picture in pictures]
        return upload_in_turn(
            zip(pictures, files, strict=True), lambda pair: self._upload_picture(*pair)
        )

    def _upload_picture(self, picture: Media, file: PictureFile) -> str:
        """The id of the uploaded picture, once the server has processed it.

        There is no post yet, so that no failure here leaves its outcome unknown.
        """
        with unknown_as_not_sent(PictureNotSent):
            answer, waited = self._post_picture(picture, file), 0.0
            media_id = answer.require_text("id")
            while answer.status in {202, 206}:
                if waited >= self._deadline:
                    raise PictureNotSent(f"{answer.what} is still being processed by the server")
                step = min(0.25 + waited, 2.0)
                self._pause(step)
                waited += step
                answer = self._get_picture(media_id)
            return media_id

    def _post_picture(self, picture: Media, file: PictureFile) -> ApiResponse:
        return self._http.capture_response(
            "the picture",
            lambda: self._client.media_post(
                BytesIO(file.data),
                file.media_type,
                picture.alt,
                focus=tuple(map(float, picture.focus.split(","))) if picture.focus else None,
                file_name=file.name,
            ),
        )

    def _get_picture(self, media_id: str) -> ApiResponse:
        """The state of an uploaded picture. If it is gone, the post itself is not at fault."""
        try:
            return self._http.capture_response("the picture", lambda: self._client.media(media_id))
        except Rejected as error:
            if self._http.last_status != NOT_FOUND:
                raise
            raise PictureNotSent(self._http.label("the picture is gone from the server")) from error
