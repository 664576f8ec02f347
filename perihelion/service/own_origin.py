"""Where this program was installed from, as a line of a requirements.txt says it."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from perihelion import __version__


def find_requirement() -> str:
    """The requirement that installs this program again: in a clone, the folder of the clone."""
    try:
        direct_url = distribution("perihelion").read_text("direct_url.json")
    except PackageNotFoundError:
        return f"perihelion @ {Path(__file__).parents[2].as_uri()}"
    return make_requirement(direct_url)


def make_requirement(direct_url: str | None) -> str:
    """The requirement for what pip has noted in direct_url.json; nothing, if it asked an index."""
    if not direct_url:
        return f"perihelion=={__version__}"
    origin = json.loads(direct_url)
    repository = origin.get("vcs_info")
    if repository:
        url = f"{repository['vcs']}+{origin['url']}@{repository['commit_id']}"
        return f"perihelion @ {url}"
    return f"perihelion @ {origin['url']}"
