"""The guide shows the code that its test runs, and names every helper."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "add-a-network.md").read_text("utf-8")
THIRD_PARTY = ROOT / "tests" / "contract" / "third_party"
MODEL = [THIRD_PARTY / "acme_network" / "__init__.py", THIRD_PARTY / "acme_case.py"]
SHARED = "perihelion.networks.shared."
NETWORKS = sorted(
    path.parent for path in (ROOT / "perihelion" / "networks").glob("[!_]*/adapter.py")
)


def find_helpers(package: Path) -> Iterator[tuple[str, str]]:
    """The functions and classes that a network's package imports of the shared ones."""
    for path in package.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SHARED):
                module = str(node.module).removeprefix(SHARED)
                yield from ((module, one.name) for one in node.names if not one.name.isupper())


@pytest.mark.parametrize("package", NETWORKS, ids=lambda package: package.name)
def test_the_guide_names_every_helper_that_a_network_uses(package: Path) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", GUIDE, re.MULTILINE))
    helpers = set(find_helpers(package))
    missing = {one for one in helpers if f"`{one[1]}" not in rows.get(one[0], "")}
    assert missing == set()
    assert helpers or package.name == "local"


def test_the_guide_shows_the_model_network_to_the_letter() -> None:
    """White space aside: in the guide, a method stands by itself."""
    adapter, case = (drop_white_space(path.read_text("utf-8")) for path in MODEL)
    found = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    blocks = [drop_white_space(one) for one in found]
    strange = [one for one in blocks if one not in adapter and one not in case]
    assert [one.split("(")[0] for one in strange] == ["defsign_in"]
    shown = "".join(one for one in blocks if one in adapter)
    assert shown == adapter[adapter.index("classAcme") :]
    assert case[case.index("classAcmeCase") :] in blocks


def drop_white_space(text: str) -> str:
    return "".join(text.split())
