"""What templates make of a context, kept for contexts in which they read the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from jinja2.exceptions import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Template

    from perihelion.compose.sandbox_limits import BoundedEnvironment

MAX_KEPT: Final = 256
"""The networks of one anniversary follow one another, so that few are ever needed."""

_ALWAYS_READ = frozenset({"language"})
"""What a filter may read by itself."""

Value = TypeVar("Value")


class _Reads(NamedTuple):
    """Templates of which some include the others, and the names that any of them reads."""

    templates: tuple[Template, ...]
    names: tuple[str, ...]


class ReadCache(Generic[Value]):
    """Values that depend on nothing but what `files`, and all that they include, read.

    All of them are forgotten when one of the files has changed.
    """

    def __init__(self, environment: BoundedEnvironment, *files: str) -> None:
        self._environment, self._files = environment, files
        self._reads: _Reads | None = None
        self._kept: dict[tuple[object, ...], Value] = {}

    def get(self, context: Mapping[str, object], make: Callable[[], Value]) -> Value:
        """The value kept for what is read of `context`, or else a new one by `make`.

        Raises what `make` raises. Keeps nothing if a template chooses what it includes.
        """
        reads = self._read_names()
        if reads is None:
            return make()
        key = tuple(map(context.get, reads.names))
        if key not in self._kept:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[key] = make()
        return self._kept[key]

    def _read_names(self) -> _Reads | None:
        try:
            if self._reads is None or not all(one.is_up_to_date for one in self._reads.templates):
                self._kept.clear()
                self._reads = _find_reads(self._environment, self._files)
        except TemplateError:  # whoever renders it reports it
            self._reads = None
        return self._reads


def _find_reads(environment: BoundedEnvironment, files: tuple[str, ...]) -> _Reads | None:
    """What `files` and all that they include read; None if that is not known beforehand."""
    found: dict[str, Template] = {}
    names = set(_ALWAYS_READ)
    left: list[str | None] = list(files)
    while left:
        file = left.pop()
        if file is None:
            return None
        if file not in found:
            found[file] = environment.get_template(file)
            names |= environment.reads_by_file[file].names
            left += environment.reads_by_file[file].included
    return _Reads(tuple(found.values()), tuple(sorted(names)))
