"""The variables that a language's `_words.j2` sets, kept for contexts that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perihelion.compose.read_cache import ReadCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from perihelion.compose.sandbox_limits import BoundedEnvironment

LANGUAGE_FILE: Final = "_words.j2"
"""How a language says a date or a number of years: its names are variables of every template."""


class LanguageVariables:
    """Works them out once for all contexts that do not differ in what `_words.j2` reads."""

    def __init__(self, environment: BoundedEnvironment) -> None:
        self._environment = environment
        self._cache = ReadCache[dict[str, object]](environment, LANGUAGE_FILE)

    def load(self, context: Mapping[str, object]) -> dict[str, object]:
        """All names that `_words.j2` sets for `context`. Raises what its templates raise."""
        template: Template = self._environment.get_template(LANGUAGE_FILE)
        return self._cache.get(context, lambda: self._make(template, context))

    def _make(self, template: Template, context: Mapping[str, object]) -> dict[str, object]:
        try:
            module = template.make_module(dict(context))
        except Exception:  # noqa: BLE001 - Jinja2 raises it again, at the template's own line
            self._environment.handle_exception()
        return {name: value for name, value in vars(module).items() if not name.startswith("_")}
