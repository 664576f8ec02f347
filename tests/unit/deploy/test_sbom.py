"""The bill of materials has every pin, as CycloneDX wants it."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import requires
from typing import Any

from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.sbom import PINS, make_bom

TEXT = PINS.read_text()


@cache
def write_bom() -> str:
    return JsonV1Dot6(make_bom(TEXT)).output_as_string()


def read_bom() -> Any:  # noqa: ANN401 - JSON
    return json.loads(write_bom())


def test_cyclonedx_s_own_check_accepts_it() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(write_bom()) is None


def test_it_has_exactly_the_pins_with_the_hashes_of_their_files() -> None:
    lines = re.findall(r"(?m)^([\w.-]+)(?:\[.*\])?==(\S+)", TEXT)
    pinned = {(canonicalize_name(name), version) for name, version in lines}
    components = read_bom()["components"]
    assert {(one["name"], one["version"]) for one in components} == pinned
    hashes = sorted(h["content"] for one in components for h in one["hashes"])
    assert hashes == sorted(re.findall(r"sha256:([0-9a-f]{64})", TEXT))


def test_each_package_has_an_address_that_names_no_host() -> None:
    for one in read_bom()["components"]:
        purl = PackageURL.from_string(one["purl"])
        assert (purl.type, purl.name, purl.version) == ("pypi", one["name"], one["version"])
    hosts = set(re.findall(r"https?://([^/\"]+)", write_bom()))
    assert hosts == {"cyclonedx.org"}


def test_it_says_what_asks_for_what() -> None:
    depends = {
        one["ref"].split("==")[0]: {name.split("==")[0] for name in one.get("dependsOn", [])}
        for one in read_bom()["dependencies"]
    }
    wishes = re.findall(r"(?m)^([A-Za-z][\w.-]*)", PINS.with_suffix(".in").read_text())
    assert depends["perihelion"] == {canonicalize_name(wish) for wish in wishes}
    for name in ("flask", "alembic"):
        asked = [Requirement(line) for line in requires(name) or []]
        assert (
            depends[name]
            == {canonicalize_name(one.name) for one in asked if not one.marker}
            | {"typing-extensions"} & depends[name]
        )


def test_the_same_pins_have_the_same_number() -> None:
    assert make_bom(TEXT).serial_number == make_bom(TEXT).serial_number
    assert make_bom(TEXT).serial_number != make_bom(TEXT + "\n").serial_number
