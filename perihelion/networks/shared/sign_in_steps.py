"""Steps that several networks' sign-ins have in common: answers, choices, and OAuth."""

from __future__ import annotations

from secrets import compare_digest, token_urlsafe
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from perihelion.model.errors import PublishError
from perihelion.networks.shared.addresses import find_address_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perihelion.networks.base import Context

Read = TypeVar("Read")


class Dialogue(Protocol):
    """A person at a terminal, during a sign-in.

    `context` is the account's: its values are those already set, or otherwise the defaults. What a
    sign-in saves in its memory is available to the `check` that follows, and deleted after it.
    """

    context: Context

    def show(self, text: str) -> None:
        """Show a paragraph or an address, without the secrets that were typed."""

    def prompt(
        self,
        question: str,
        parse: Callable[[str], Read],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Read:
        """The result of `parse` for the answer, without white space around it.

        If `parse` raises ValueError, a configuration error or a publish error, its text is shown
        (that of a ValueError after the word "That") and the question is repeated. A `secret` is not
        shown as it is typed. An empty answer means `default`, if there is one.
        """


def parse_word(text: str) -> str:
    """An answer without white space. Raises ValueError."""
    if not text:
        raise ValueError("is empty; press Ctrl-C to stop")
    if not text.isprintable() or " " in text:
        raise ValueError("contains a space or a control character; copy it again")
    return text


def parse_number(text: str) -> str:
    """An answer of digits only, as text. Raises ValueError."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("must be a number")
    return text


def parse_server(text: str) -> str:
    """A server's address, from its address, its name or a handle on it. Raises ValueError."""
    text = parse_word(text).rstrip("/")
    if "://" not in text:
        text = f"https://{text.rpartition('@')[2]}"
    if problem := find_address_problem(text):
        raise ValueError(problem)
    return text


def parse_redirect_uri(text: str) -> str:
    """The address that an app has registered as its callback. Raises ValueError."""
    url = urlsplit(parse_word(text))
    if url.scheme not in {"https", "http"} or not url.hostname or url.fragment:
        raise ValueError("is not an address; copy it from the app's settings")
    return text


def choose_option(dialogue: Dialogue, question: str, choices: Sequence[str]) -> int:
    """The index of the one of `choices` that the person picks."""
    dialogue.show("\n".join(f"  {number}. {text}" for number, text in enumerate(choices, 1)))

    def parse_choice(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= len(choices)):
            raise ValueError(f"must be a number from 1 to {len(choices)}")
        return int(text) - 1

    return dialogue.prompt(question, parse_choice, default="1")


def choose_or_type(
    dialogue: Dialogue,
    question: str,
    parse: Callable[[str], str],
    list_choices: Callable[[], Mapping[str, str]],
) -> str:
    """A value that the person types, or picks from the network's own list.

    `list_choices` gives a description of each value. It raises ValueError if there is nothing to
    choose from.
    """
    found = dialogue.prompt(
        f"{question}; or press Enter for a list of those that the bot sees",
        lambda text: parse(text) if text else list_choices(),
    )
    if isinstance(found, str):
        return found
    index = choose_option(dialogue, "Which one", [*found.values(), "Another"])
    return [*found, ""][index] or dialogue.prompt(question, parse)


def retry_until_accepted(dialogue: Dialogue, step: Callable[[], Read]) -> Read:
    """The result of `step`, some questions and a request, repeated as long as it is refused."""
    while True:
        try:
            return step()
        except PublishError as error:
            dialogue.show(str(error))


def make_authorize_url(page: str, **query: str) -> str:
    """The address at which a person authorizes an app, for an authorization code."""
    return f"{page}?{urlencode({'response_type': 'code', **query})}"


def request_code(dialogue: Dialogue, page: str, **query: str) -> str:
    """Send the person to a network's authorization page; the code that they come back with."""
    state = token_urlsafe(24)
    dialogue.show(
        "Open this address as the account that will post, and allow the app. Then paste the "
        "address that you are sent to, within 30 seconds:\n\n"
        f"{make_authorize_url(page, **query, state=state)}\n"
    )
    return dialogue.prompt(
        "The whole address that you are sent to", lambda text: _parse_code(text, state), secret=True
    )


def _parse_code(text: str, state: str) -> str:
    """The code in the address that the person was sent to. Raises ValueError."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(parse_word(text)).query).items()}
    if "error" in query:
        reason = query.get("error_description") or query["error"]
        raise ValueError(f"means that it was not allowed: {reason}")
    if "code" not in query:
        raise ValueError("contains no code; copy the whole address after you have allowed the app")
    if not compare_digest(query.get("state", "").encode(), state.encode()):
        raise ValueError("belongs to another sign-in; open the address above once more")
    return query["code"]
