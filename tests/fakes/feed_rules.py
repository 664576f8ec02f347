"""Validators of feeds that share nothing with what writes them: the formats' own grammars."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from lxml import etree

SCHEMAS = Path(__file__).with_name("schemas")
_NAMES = {"atom": "http://www.w3.org/2005/Atom"}
ATOM_RULES = {
    "an entry has an author, or the feed has": "atom:author or not(atom:entry[not(atom:author)])",
    "an entry has a link or content": (
        "not(atom:entry[not(atom:content or atom:link[not(@rel) or @rel='alternate'])])"
    ),
    "the feed has an address of its own": "atom:link[@rel='self']",
    "no two links of one kind": "count(atom:link[@rel='self']) <= 1",
}
"""RFC 4287 in words; the first two are the Schematron rules of its grammar."""


@cache
def _load_grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))


@cache
def _load_json_schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / "json-feed.schema.json").read_text()))


def find_atom_mistakes(data: bytes) -> list[str]:
    """What RFC 4287 forbids in an Atom feed."""
    feed, grammar = etree.fromstring(data), _load_grammar()
    grammar.validate(feed)
    found = [str(error) for error in grammar.error_log]
    found += [rule for rule, path in ATOM_RULES.items() if not feed.xpath(path, namespaces=_NAMES)]
    ids = feed.xpath("atom:entry/atom:id/text()", namespaces=_NAMES)
    assert isinstance(ids, list)
    return found if len(set(ids)) == len(ids) else [*found, "two entries have one id"]


def find_json_feed_mistakes(data: bytes) -> list[str]:
    """What the specification of JSON Feed 1.1 forbids in a feed."""
    feed = json.loads(data)
    found = [error.message for error in _load_json_schema().iter_errors(feed)]
    ids = [item["id"] for item in feed["items"]]
    return found if len(set(ids)) == len(ids) else [*found, "two items have one id"]
