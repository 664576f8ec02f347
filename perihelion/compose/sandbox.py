"""Jinja2 as templates get it: sandboxed, strict about names, plain text, alternatives marked."""

from __future__ import annotations

import re
import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError

from perihelion.compose.sandbox_limits import BoundedEnvironment
from perihelion.model.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jinja2 import Environment

WORDING_SEPARATOR: Final = "\x1e"
"""Stands for a line `---` once a template is read. Facts never hold it: `tidy` drops controls."""

_SEPARATOR_LINE = re.compile(r"^---\r?$", re.MULTILINE)
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
"""Byte order marks, and what turns the direction of the text that follows."""
_UNDEFINED = re.compile(r"^'(\w+)' is undefined$")


class TemplateLine(NamedTuple):
    """A line of a template, from 1."""

    file: str
    number: int

    def has_statement(self) -> bool:
        """Whether it holds a tag that other lines may depend on; so does one that is not there."""
        try:
            lines = Path(self.file).read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return True
        return self.number > len(lines) or "{%" in lines[self.number - 1]


class _SeparatorLoader(FileSystemLoader):
    """Reads templates; each line `---` becomes a separator, so that lines keep their number.

    The lines `left_out` are empty, which finds what is wrong after a fault.
    """

    def __init__(self, folders: Sequence[Path], left_out: frozenset[TemplateLine]) -> None:
        super().__init__(folders)
        self._left_out = left_out

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            source, file, is_fresh = super().get_source(environment, template)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            problem = f"the byte 0x{error.object[error.start]:02X} is not UTF-8; save as UTF-8"
            files = (Path(folder, template) for folder in self.searchpath)
            file = str(next(one for one in files if one.is_file()))
            raise TemplateSyntaxError(problem, line, template, file) from None
        source = self._leave_out(source.removeprefix("\ufeff"), file)
        hidden = _HIDDEN.search(source)
        if hidden:
            line = source.count("\n", 0, hidden.start()) + 1
            problem = f"the character U+{ord(hidden[0]):04X} is invisible; remove it"
            raise TemplateSyntaxError(problem, line, template, file)
        return _SEPARATOR_LINE.sub(WORDING_SEPARATOR, source), file, is_fresh

    def _leave_out(self, source: str, file: str) -> str:
        numbers = {line.number for line in self._left_out if line.file == file}
        if not numbers:
            return source
        lines = enumerate(source.split("\n"), 1)
        return "\n".join("" if number in numbers else line for number, line in lines)


def make_environment(
    *folders: Path, rereads: bool = True, left_out: frozenset[TemplateLine] = frozenset()
) -> BoundedEnvironment:
    """The sandbox for the templates of the first of `folders`.

    Each is compiled once, and again when its file has changed if it `rereads` them.

    What they include or import may also be in the others: `_ladder.j2` has no words and serves
    every language.
    """
    return BoundedEnvironment(
        loader=_SeparatorLoader(folders, left_out),
        undefined=StrictUndefined,
        autoescape=False,  # a post is plain text, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=rereads,  # it may have been broken, and repaired, while the program runs
        cache_size=-1,  # all of them: none is read again because others were needed since
    )


def make_template_error(
    error: Exception, template: str, names: Iterable[str] = ()
) -> TemplateError:
    """What is wrong and where: `error` came out of `template`; `names` are those it could use."""
    if isinstance(error, TemplateError):
        return error
    if isinstance(error, TemplateSyntaxError):
        return TemplateError(error.filename or template, error.lineno, error.message or "syntax")
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.endswith(".j2")
    ]
    file, line = places[-1] if places else (template, 0)
    return TemplateError(file, line, _describe_problem(error, names))


def _describe_problem(error: Exception, names: Iterable[str]) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name} in this folder"
    if isinstance(error, RecursionError):
        return "includes or calls itself without end"
    unknown = _UNDEFINED.match(str(error))
    if unknown:
        close = get_close_matches(unknown[1], names, 1)
        return f"{error}" + (f"; did you mean {close[0]}?" if close else "; see docs/templates.md")
    return f"{error}" or type(error).__name__
