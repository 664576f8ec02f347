"""What several networks' sign-ins share: answers that must be something, choices, and OAuth."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest, token_urlsafe
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from perihelion.model.errors import NotSent, PublishError
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perihelion.networks.base import Dialogue
    from perihelion.networks.shared.http_client import ApiResponse

Read = TypeVar("Read")


def parse_word(text: str) -> str:
    """An answer that is one word. Raises ValueError."""
    if not text:
        raise ValueError("is nothing; to stop, press Ctrl-C")
    if not text.isprintable() or " " in text:
        raise ValueError("has a space or a control character in it; copy it again")
    return text


def parse_server(text: str) -> str:
    """The address of a server, from its address, its name or a handle on it. Raises ValueError."""
    text = parse_word(text).rstrip("/")
    if "://" not in text:
        text = f"https://{text.rpartition('@')[2]}"
    if problem := find_address_problem(text):
        raise ValueError(problem)
    return text


def choose_option(dialogue: Dialogue, question: str, choices: Sequence[str]) -> int:
    """Which of `choices` the person wants, by its index."""
    dialogue.show("\n".join(f"  {number}. {text}" for number, text in enumerate(choices, 1)))

    def parse_number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= len(choices)):
            raise ValueError(f"is no number from 1 to {len(choices)}")
        return int(text) - 1

    return dialogue.prompt(question, parse_number, default="1")


def retry_until_accepted(dialogue: Dialogue, step: Callable[[], Read]) -> Read:
    """What `step`, a few questions and a request, gives; again whenever the network refuses."""
    while True:
        try:
            return step()
        except PublishError as error:
            dialogue.show(str(error))


def get_nested(data: object, *names: str) -> Any:  # noqa: ANN401 - JSON is anything
    """What stands at `names`, one within the other; None where one is not there."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def require_texts(answer: ApiResponse, what: str, *names: str) -> tuple[str, ...]:
    """The texts at `names` of an answer. Raises NotSent if one is not there."""
    found = tuple(answer.get_text(name) for name in names)
    if not all(found):
        raise NotSent(f"{what}: the answer does not hold what it should")
    return found


def parse_redirect_uri(text: str) -> str:
    """The address that an app has registered to be sent back to. Raises ValueError."""
    url = urlsplit(parse_word(text))
    if url.scheme not in {"https", "http"} or not url.hostname or url.fragment:
        raise ValueError("is no address; copy it from the app's settings")
    return text


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One way through a network's page and back: what it is asked, and how its answer is known."""

    page: str
    query: dict[str, str]
    state: str

    @classmethod
    def for_code(cls, page: str, **query: str) -> AuthorizationRequest:
        """A new one, for an authorisation code."""
        return cls(page, {"response_type": "code", **query}, token_urlsafe(24))

    @property
    def authorize_url(self) -> str:
        """What the person opens."""
        return f"{self.page}?{urlencode(self.query | {'state': self.state})}"

    def parse_code(self, text: str) -> str:
        """The code in the address that the person came back to. Raises ValueError."""
        said = parse_qs(urlsplit(parse_word(text)).query)
        first = {name: values[0] for name, values in said.items()}
        if "error" in first:
            why = first.get("error_description") or first["error"]
            raise ValueError(f"says that it was not allowed: {why}")
        if "code" not in first:
            raise ValueError("holds no code; copy the whole address, after you have allowed it")
        if not compare_digest(first.get("state", "").encode(), self.state.encode()):
            raise ValueError("belongs to another sign-in; open the address above once more")
        return first["code"]
