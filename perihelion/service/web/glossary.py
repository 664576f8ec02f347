"""The glossary: the terms that the stories use, in each language."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from perihelion.service.folded_text import fold_text


@dataclass(frozen=True, slots=True)
class Term:
    """A term with its explanation; `id` is its place on the page, the same in every language."""

    id: str
    name: str
    text: str


@cache
def list_terms(language: str) -> tuple[Term, ...]:
    """The terms in a language of the website, in the order of its alphabet."""
    file = files("perihelion.service.web") / "glossary.json"
    entries = json.loads(file.read_text(encoding="utf-8"))
    terms = (Term(entry["id"], *entry[language]) for entry in entries)
    return tuple(sorted(terms, key=lambda term: fold_text(term.name)))
