from __future__ import annotations

import re
from pathlib import Path

import pytest

from perihelion.networks import loader

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "networks.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", loader.BUILT_IN_NETWORKS)
def test_the_document_names_every_variable_and_option_of_a_network(name: str) -> None:
    section, spec = SECTIONS[name], loader.load_spec(name)
    for variable in (v for variant in spec.variants for v in variant):
        assert f"`{name.upper()}_{variable.name}`" in section
    for option in spec.options:
        assert f"`{option.name}`" in section
        assert all(f"`{choice}`" in section for choice in option.choices)
