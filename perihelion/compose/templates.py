"""The templates folder: which wordings, in which language, and what is wrong with them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from perihelion.compose.samples import sample_facts
from perihelion.compose.sandbox import NEXT_RUNG, environment, fault
from perihelion.model.errors import TemplateFault
from perihelion.model.marks import Mark, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jinja2 import Template

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
        self._known: dict[Path, _Language] = {}

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
        return self._language(language).wordings(kind, facts)

    def faults(self) -> list[TemplateFault]:
        """Everything that is wrong: each template compiled, and each of its wordings rendered.

        From then on what is broken words nothing more, and says so at once.
        """
        folders = {file.parent for file in self._folder.glob("**/*.j2")} | {self._folder}
        found = (fault for folder in sorted(folders) for fault in self._in(folder).faults())
        return list({str(one): one for one in found}.values())

    def mistakes(self) -> tuple[Mistake, ...]:
        """`faults`, as `check` reports them."""
        return tuple(
            Mistake(Mark(one.template, one.line, 1 if one.line else 0), "template", one.problem)
            for one in self.faults()
        )

    def _language(self, language: str) -> _Language:
        return self._in(self._folder / language if self.speaks(language) else self._folder)

    def _in(self, folder: Path) -> _Language:
        if folder not in self._known:
            self._known[folder] = _Language(folder, self._folder)
        return self._known[folder]


class _Language:
    """The templates of one folder; what they include may also stand in `above`."""

    def __init__(self, folder: Path, above: Path) -> None:
        self._folder = folder
        self._sandbox = environment(folder, above)
        self._chosen: dict[str, Template] = {}
        self._broken: dict[str, TemplateFault] = {}

    def wordings(self, kind: str, facts: Mapping[str, object]) -> Iterator[str]:
        """The wordings of `kind` for `facts`. Raises TemplateFault."""
        name = self._name(kind)
        if name in self._broken:
            known = self._broken[name]
            raise TemplateFault(known.template, known.line, known.problem)
        variables = dict(facts)
        try:
            variables |= self._words(facts)
            yield from _rungs(self._template(name).generate(variables))
        except Exception as error:  # a template can raise whatever Python can
            raise fault(error, str(self._folder / f"{kind}.j2"), variables) from error

    def faults(self) -> Iterator[TemplateFault]:
        """What is wrong in this folder."""
        for name in (DEFAULT, WORDS):
            if not (self._folder / name).is_file():
                yield TemplateFault(str(self._folder / name), 0, "is missing; a language needs one")
                return
        for file in sorted(self._folder.glob("*.j2")):
            try:
                self._try(file)
            except Exception as error:  # noqa: BLE001 - as in wordings; every fault is reported
                found = fault(error, str(file))
                self._broken[file.name] = found
                yield found

    def _try(self, file: Path) -> None:
        if file.name.startswith("_"):
            self._sandbox.get_template(file.name)
            return
        for facts in sample_facts(file.stem, self._folder.name):
            if not "".join(self.wordings(file.stem, facts)).strip():
                raise TemplateFault(str(file), 0, "says nothing; give it a wording")

    def _words(self, facts: Mapping[str, object]) -> dict[str, object]:
        try:
            module = self._sandbox.get_template(WORDS).make_module(dict(facts))
        except Exception:  # noqa: BLE001 - Jinja2 raises it again, at the template's own line
            self._sandbox.handle_exception()
        return {name: value for name, value in vars(module).items() if not name.startswith("_")}

    def _name(self, kind: str) -> str:
        """The file that words `kind`."""
        name = f"{kind}.j2"
        return name if name in self._files and not name.startswith("_") else DEFAULT

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(file.name for file in self._folder.glob("*.j2") if file.is_file())

    def _template(self, name: str) -> Template:
        if name not in self._chosen:
            self._chosen[name] = self._sandbox.get_template(name)
        return self._chosen[name]


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
