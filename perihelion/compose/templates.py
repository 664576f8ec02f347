"""The templates folder: which wordings, in which language, and what is wrong with them."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from perihelion.compose.language_variables import LANGUAGE_FILE, LanguageVariables
from perihelion.compose.read_cache import ReadCache
from perihelion.compose.sample_contexts import generate_sample_contexts
from perihelion.compose.sandbox import (
    WORDING_SEPARATOR,
    TemplateLine,
    make_environment,
    make_template_error,
)
from perihelion.model.errors import TemplateError
from perihelion.model.source_location import Mistake, SourceLocation

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping
    from pathlib import Path

DEFAULT_FILE: Final = "default.j2"
MAX_WORDING_LENGTH: Final = 100_000
"""In characters, more than any network takes: a template that says more runs away."""

MAX_ERRORS: Final = 20
"""How many errors of one template are reported at most."""

_NO_FOLDER: Final = (
    "there is no such folder; put the templates beside the schedule, or set PERIHELION_TEMPLATES"
)
_NO_REQUIRED_FILE: Final = "is missing; every language needs one"
_NO_FILE: Final = "is missing since the start; put it back, or restart to go on without it"


class Templates:
    """All that `folder` says. Which files there are is read once; a changed file is read again.

    Unless it `rereads`, each file stays as it was when it was first read: `find_errors` reads all.

    `<kind>.j2` or else `default.j2` words an event, in the schedule's own language; the same names
    in `<language>/` word it in another. Files that begin with `_` are only for other templates.
    """

    def __init__(self, folder: Path, *, rereads: bool = True) -> None:
        self._folder, self._rereads = folder, rereads
        self._folders_by_path: dict[Path, _TemplateFolder] = {}
        folders = (file.parent for file in folder.glob(f"*/{DEFAULT_FILE}"))
        self.languages = frozenset(one.name for one in folders if (one / LANGUAGE_FILE).is_file())
        """The languages that have a folder of their own, with a default and with words."""
        self.kinds = frozenset(one.stem for one in folder.glob("*.j2") if one.name[0] != "_")
        """The kinds of events that have a template, `default` among them."""

    @cached_property
    def may_name_account(self) -> bool:
        """Whether a template may say which account it is that posts."""
        files = self._folder.glob("**/*.j2")
        return any(b"account" in file.read_bytes() for file in files if file.is_file())

    def has_language(self, language: str) -> bool:
        """Whether `language` has a folder of its own."""
        return language in self.languages

    def render_wordings(
        self, kind: str, language: str, context: Mapping[str, object]
    ) -> Iterator[str]:
        """The wordings of a kind of event, longest first, each rendered only when asked for.

        Without a folder for `language`, those of the folder itself. Raises TemplateError.
        """
        return self._get_language_folder(language).render_wordings(kind, context)

    def find_errors(self, languages: Collection[str] | None = None) -> list[TemplateError]:
        """Everything that is wrong: each template compiled, and each of its wordings rendered.

        With `languages`, only in their folders and in the one above. From then on what is broken
        words nothing more, and says so at once.
        """
        folders = {file.parent for file in self._folder.glob("**/*.j2")}
        if languages is not None:
            folders = {one for one in folders if one.name in languages}
        found = (
            fault
            for folder in sorted({self._folder, *folders})
            for fault in self._get_folder(folder).find_errors()
        )
        return list({str(one): one for one in found}.values())

    def find_mistakes(self, languages: Collection[str] | None = None) -> tuple[Mistake, ...]:
        """`find_errors`, as `check` reports them."""
        return tuple(
            Mistake(
                SourceLocation(one.template, one.line, 1 if one.line else 0),
                "template",
                one.problem,
            )
            for one in self.find_errors(languages)
        )

    def _get_language_folder(self, language: str) -> _TemplateFolder:
        return self._get_folder(
            self._folder / language if self.has_language(language) else self._folder
        )

    def _get_folder(self, folder: Path) -> _TemplateFolder:
        if folder not in self._folders_by_path:
            self._folders_by_path[folder] = _TemplateFolder(
                folder, self._folder, rereads=self._rereads
            )
        return self._folders_by_path[folder]


class _TemplateFolder:
    """The templates of one folder; what they include may also stand in `above`."""

    def __init__(
        self,
        folder: Path,
        fallback_folder: Path,
        *,
        rereads: bool,
        left_out: frozenset[TemplateLine] = frozenset(),
    ) -> None:
        self._folder, self._fallback_folder, self._rereads = folder, fallback_folder, rereads
        self.left_out = left_out
        self._environment = make_environment(
            folder, fallback_folder, rereads=rereads, left_out=left_out
        )
        self._language_variables = LanguageVariables(self._environment)
        self._file_names = frozenset(one.name for one in folder.glob("*.j2") if one.is_file())
        self._errors_by_file: dict[str, TemplateError] = {}
        self._kept_by_file: dict[str, ReadCache[list[str]]] = {}

    def render_wordings(self, kind: str, context: Mapping[str, object]) -> Iterator[str]:
        """The wordings of `kind` in this `context`. Raises TemplateError."""
        name = self._choose_file(kind)
        if name in self._errors_by_file:
            known = self._errors_by_file[name]
            raise TemplateError(known.template, known.line, known.problem)
        missing = self._find_missing(LANGUAGE_FILE, name) if self._rereads else None
        if missing is not None:
            raise missing
        variables = dict(context)
        self._environment.start_rendering()
        try:
            kept = self._get_cache(name).get(context, list)
            already = tuple(kept)
            yield from already
            variables |= self._language_variables.load(context)
            pieces = self._environment.get_template(name).generate(variables)
            for wording in islice(_split_wordings(pieces), len(already), None):
                kept.append(wording)
                yield wording
        except Exception as error:  # a template can raise whatever Python can
            raise make_template_error(error, str(self._folder / f"{kind}.j2"), variables) from error

    def _get_cache(self, file: str) -> ReadCache[list[str]]:
        """The wordings that `file` was last asked for: most networks are told the same."""
        if file not in self._kept_by_file:
            self._kept_by_file[file] = ReadCache(self._environment, LANGUAGE_FILE, file)
        return self._kept_by_file[file]

    def find_errors(self) -> Iterator[TemplateError]:
        """What is wrong in this folder."""
        missing = self._find_missing(DEFAULT_FILE, LANGUAGE_FILE)
        if missing is not None:
            yield missing
            return
        rest = self
        for file in sorted(self._folder.glob("*.j2")):
            found = self._find_error(file)
            if found:
                self._errors_by_file[file.name] = found
                yield found
                rest = yield from rest._find_more_errors(file, found)

    def _find_error(self, file: Path) -> TemplateError | None:
        try:
            self._check_template(file)
        except Exception as error:  # noqa: BLE001 - as in wordings; every fault is reported
            return make_template_error(error, str(file))
        return None

    def _find_more_errors(
        self, file: Path, found: TemplateError
    ) -> Generator[TemplateError, None, _TemplateFolder]:
        """What is wrong in `file` besides what was found, each line with a fault left out.

        Returns this folder without those lines. A line with a statement is needed by others, so the
        search ends there.
        """
        rest, error = self, found
        while error.line and len(rest.left_out) < MAX_ERRORS:
            line = TemplateLine(error.template, error.line)
            if line not in rest.left_out:
                if line.has_statement():
                    break
                rest = _TemplateFolder(
                    self._folder,
                    self._fallback_folder,
                    rereads=self._rereads,
                    left_out=rest.left_out | {line},
                )
            next_error = rest._find_error(file)
            if next_error is None or str(next_error) == str(error):
                break
            if next_error.line:
                yield next_error
            error = next_error
        return rest

    def _find_missing(self, *names: str) -> TemplateError | None:
        """The first of these files that is not there, or else the folder of all templates.

        A language never falls back to another one's files.
        """
        for name in names:
            if not (self._folder / name).is_file():
                if not self._fallback_folder.is_dir():
                    return TemplateError(str(self._fallback_folder.absolute()), 0, _NO_FOLDER)
                required = name in {DEFAULT_FILE, LANGUAGE_FILE}
                problem = _NO_REQUIRED_FILE if required else _NO_FILE
                return TemplateError(str(self._folder / name), 0, problem)
        return None

    def _check_template(self, file: Path) -> None:
        if file.name.startswith("_"):
            self._environment.get_template(file.name)
            return
        for context in generate_sample_contexts(file.stem, self._folder.name):
            if not "".join(self.render_wordings(file.stem, context)).strip():
                raise TemplateError(str(file), 0, "is empty; add a wording")

    def _choose_file(self, kind: str) -> str:
        """The file that words `kind`."""
        name = f"{kind}.j2"
        return name if name in self._file_names and not name.startswith("_") else DEFAULT_FILE


def _split_wordings(pieces: Iterator[str]) -> Iterator[str]:
    """Cut a stream of text where the separators stand, reading no further than asked."""
    wording = ""
    for piece in pieces:
        *finished, rest = (wording + piece).split(WORDING_SEPARATOR)
        yield from finished
        wording = rest
        if len(wording) > MAX_WORDING_LENGTH:
            raise OverflowError(f"a wording has more than {MAX_WORDING_LENGTH} characters")
    yield wording
