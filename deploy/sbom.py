"""Print a software bill of materials (CycloneDX 1.6, JSON) of the pins in requirements.txt.

python -m deploy.sbom > sbom.cdx.json
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from perihelion import __version__

PINS = Path(__file__).resolve().parents[1] / "requirements.txt"
_BLOCK = re.compile(r"(?m)^([A-Za-z0-9][^\\\n]*?) \\\n((?:    --hash=.*\n?)+)((?:    #.*\n?)*)")
_ROOT = "-r requirements.in"


@dataclass(frozen=True, slots=True)
class Pin:
    """One package: its version, the SHA-256 of each of its files, and what asks for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]


def read_pins(text: str) -> list[Pin]:
    """The pins in the text of a requirements file, as pip-compile writes it."""
    return [_read_pin(*found) for found in _BLOCK.findall(text)]


def _read_pin(line: str, hashes: str, comments: str) -> Pin:
    requirement = Requirement(line)
    lines = (line.strip(" #").removeprefix("via").strip() for line in comments.splitlines())
    return Pin(
        canonicalize_name(requirement.name),
        str(requirement.specifier).removeprefix("=="),
        tuple(re.findall(r"sha256:([0-9a-f]{64})", hashes)),
        tuple(line for line in lines if line),
    )


def make_bom(text: str) -> Bom:
    """The bill of materials of a requirements file; its number depends on the text alone."""
    pins = read_pins(text)
    components = {pin.name: _make_component(pin) for pin in pins}
    program = Component(
        name="perihelion",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="perihelion",
    )
    bom = Bom(
        components=components.values(),
        serial_number=uuid5(NAMESPACE_URL, text),
        metadata=BomMetaData(component=program),
    )
    wanted: dict[str, list[Component]] = {name: [] for name in components}
    for pin in pins:
        for name in pin.wanted_by:
            wanted.setdefault(name.split("[")[0], []).append(components[pin.name])
    bom.register_dependency(program, wanted.pop(_ROOT))
    for name, others in wanted.items():
        bom.register_dependency(components[name], others)
    return bom


def _make_component(pin: Pin) -> Component:
    return Component(
        name=pin.name,
        version=pin.version,
        bom_ref=f"{pin.name}=={pin.version}",
        purl=PackageURL("pypi", name=pin.name, version=pin.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in pin.hashes],
    )


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(make_bom(PINS.read_text())).output_as_string(indent=2) + "\n")
