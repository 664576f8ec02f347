"""The variables that a language's `_words.j2` sets, kept for contexts that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from jinja2 import meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import BaseLoader, Template

    from perihelion.compose.sandbox_limits import BoundedEnvironment

LANGUAGE_FILE: Final = "_words.j2"
"""How a language says a date or a number of years: its names are variables of every template."""

MAX_KEPT: Final = 256
"""The networks of one anniversary follow one another, so that few are ever needed."""


class LanguageVariables:
    """Works them out once for all contexts that do not differ in what `_words.j2` reads.

    That takes a third of the time of a post, and eight networks mostly ask for the same.
    """

    def __init__(self, environment: BoundedEnvironment) -> None:
        self._environment = environment
        self._template: Template | None = None
        self._names: tuple[str, ...] | None = None
        self._kept: dict[tuple[object, ...], dict[str, object]] = {}

    def load(self, context: Mapping[str, object]) -> dict[str, object]:
        """All names that `_words.j2` sets for `context`. Raises what its templates raise."""
        template: Template = self._environment.get_template(LANGUAGE_FILE)
        if template is not self._template:  # its file has changed
            self._template, self._names = template, self._find_read_names()
            self._kept.clear()
        if self._names is None:
            return self._make(template, context)
        key = tuple(context.get(name) for name in self._names)
        if key not in self._kept:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[key] = self._make(template, context)
        return self._kept[key]

    def _find_read_names(self) -> tuple[str, ...] | None:
        """What the file reads of its context; None if it includes others, which may read all."""
        loader = cast("BaseLoader", self._environment.loader)
        source, _, _ = loader.get_source(self._environment, LANGUAGE_FILE)
        tree = self._environment.parse(source)
        if any(True for _ in meta.find_referenced_templates(tree)):
            return None
        return tuple(sorted(meta.find_undeclared_variables(tree)))

    def _make(self, template: Template, context: Mapping[str, object]) -> dict[str, object]:
        try:
            module = template.make_module(dict(context))
        except Exception:  # noqa: BLE001 - Jinja2 raises it again, at the template's own line
            self._environment.handle_exception()
        return {name: value for name, value in vars(module).items() if not name.startswith("_")}
