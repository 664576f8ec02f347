"""A person who signs in, as a script: what is answered, and all that was shown and asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import ConfigurationError, PublishError
from perihelion.networks import loader
from perihelion.networks.base import Context, Secret
from perihelion.testing.contexts import make_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.networks.base import Identity

Read = TypeVar("Read")


class TerminalUser:
    """A Dialogue. An answer may be made of all that was shown so far. None may be left over."""

    def __init__(self, known: Context, *answers: str | Callable[[str], str]) -> None:
        self.context = known
        self._answers = list(answers)
        self.shown: list[str] = []
        self.errors: list[str] = []
        self.secret_answers: list[str] = []
        """The answers that were typed unseen."""

    def show(self, text: str) -> None:
        self.shown.append(text)

    def prompt(
        self,
        question: str,
        parse: Callable[[str], Read],
        *,
        secret: bool = False,
        default: str = "",
    ) -> Read:
        while True:
            assert self._answers, f"there is no answer to {question!r}; {self.errors}"
            answer = self._answers.pop(0)
            text = answer if isinstance(answer, str) else answer("\n".join(self.shown))
            if secret:
                self.secret_answers.append(text)
            try:
                return parse(text.strip() or default)
            except (ValueError, ConfigurationError, PublishError) as error:
                self.errors.append(str(error))

    def has_answered_all(self) -> bool:
        return not self._answers


def make_login_context(network: str, **values: str) -> Context:
    """What a dialogue about that network knows: its defaults, and `values`."""
    variants = loader.load_spec(network).variants
    defaults = {v.name: v.default for variant in variants for v in variant if not v.secret}
    return make_context(network, defaults | values)


def run_sign_in(user: TerminalUser) -> Mapping[str, str]:
    """What the network's own sign-in makes of the person's answers."""
    flow = loader.load_sign_in(user.context.account.network)
    assert flow is not None
    values = flow(user)
    assert user.has_answered_all()
    return values


def prove_credentials(user: TerminalUser, values: Mapping[str, str]) -> Identity:
    """Whose credentials the values are, as the adapter finds out with what the person's left."""
    account = user.context.account
    named = {f"{account.env_prefix}_{name}": value for name, value in values.items()}
    resolved, mistakes = loader.read_credentials(account, named)
    assert resolved is not None, mistakes
    assert all(isinstance(value, Secret) for value in resolved.values())
    return loader.load_spec(account.network).connect(replace(user.context, values=resolved)).check()
