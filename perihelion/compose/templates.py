"""The templates folder: which wordings, in which language, and what is wrong with them."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from perihelion.compose.samples import sample_facts
from perihelion.compose.sandbox import NEXT_RUNG, environment, fault
from perihelion.model.errors import TemplateFault
from perihelion.model.marks import Mark, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jinja2 import Environment, Template

DEFAULT: Final = "default.j2"
WORDS: Final = "_words.j2"
"""How a language says a date or a number of years: its names are variables of every template."""

LONGEST_WORDING: Final = 100_000
"""In characters, more than any network takes: a template that says more runs away."""


class Templates:
    """All that `folder` says. Templates are compiled on first use and then kept.

    `<kind>.j2` or else `default.j2` words an event, in the schedule's own language; the same names
    in `<language>/` word it in another. Files that begin with `_` are only for other templates.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environments: dict[Path, Environment] = {}
        self._chosen: dict[tuple[Path, str], Template] = {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that have a folder of their own, with a default and with words."""
        folders = (file.parent for file in self._folder.glob(f"*/{DEFAULT}"))
        return frozenset(folder.name for folder in folders if (folder / WORDS).is_file())

    def speaks(self, language: str) -> bool:
        """Whether `language` has a folder of its own."""
        return language in self.languages

    def wordings(self, kind: str, language: str, facts: Mapping[str, object]) -> Iterator[str]:
        """The wordings of a kind of event, longest first, each rendered only when asked for.

        Without a folder for `language`, those of the folder itself. Raises TemplateFault.
        """
        folder = self._folder / language if self.speaks(language) else self._folder
        variables = dict(facts)
        with _faults(str(folder / f"{kind}.j2"), variables):
            variables |= self._words(folder, facts)
            yield from _rungs(self._template(folder, kind).generate(variables))

    def faults(self) -> list[TemplateFault]:
        """Everything that is wrong: each template compiled, and each of its wordings rendered."""
        folders = {file.parent for file in self._folder.glob("**/*.j2")} | {self._folder}
        found = (one for folder in sorted(folders) for one in self._faults_of(folder))
        return list({str(one): one for one in found}.values())

    def mistakes(self) -> tuple[Mistake, ...]:
        """`faults`, as `check` reports them."""
        return tuple(
            Mistake(Mark(one.template, one.line, 1 if one.line else 0), "template", one.problem)
            for one in self.faults()
        )

    def _faults_of(self, folder: Path) -> Iterator[TemplateFault]:
        for name in (DEFAULT, WORDS):
            if not (folder / name).is_file():
                yield TemplateFault(str(folder / name), 0, "is missing; every language needs one")
                return
        for file in sorted(folder.glob("*.j2")):
            try:
                self._try(file)
            except TemplateFault as error:
                yield error

    def _try(self, file: Path) -> None:
        language = file.parent.name if file.parent != self._folder else ""
        if file.name.startswith("_"):
            with _faults(str(file), {}):
                self._environment(file.parent).get_template(file.name)
            return
        for facts in sample_facts(file.stem, language):
            wordings = list(self.wordings(file.stem, language, facts))
            if not any(wording.strip() for wording in wordings):
                raise TemplateFault(str(file), 0, "says nothing; give it a wording")

    def _words(self, folder: Path, facts: Mapping[str, object]) -> dict[str, object]:
        sandbox = self._environment(folder)
        try:
            module = sandbox.get_template(WORDS).make_module(dict(facts))
        except Exception:  # noqa: BLE001 - Jinja2 raises it again, at the template's own line
            sandbox.handle_exception()
        return {name: value for name, value in vars(module).items() if not name.startswith("_")}

    def _template(self, folder: Path, kind: str) -> Template:
        if (folder, kind) not in self._chosen:
            known = not kind.startswith("_") and (folder / f"{kind}.j2").is_file()
            name = f"{kind}.j2" if known else DEFAULT
            self._chosen[folder, kind] = self._environment(folder).get_template(name)
        return self._chosen[folder, kind]

    def _environment(self, folder: Path) -> Environment:
        if folder not in self._environments:
            self._environments[folder] = environment(folder, self._folder)
        return self._environments[folder]


@contextmanager
def _faults(template: str, names: Mapping[str, object]) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a template can raise whatever Python can
        raise fault(error, template, names) from error


def _rungs(pieces: Iterator[str]) -> Iterator[str]:
    """Cut a stream of text where the separators stand, reading no further than asked."""
    wording = ""
    for piece in pieces:
        *finished, rest = (wording + piece).split(NEXT_RUNG)
        yield from finished
        wording = rest
        if len(wording) > LONGEST_WORDING:
            raise OverflowError(f"a wording has more than {LONGEST_WORDING} characters")
    yield wording
