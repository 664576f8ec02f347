"""Renew the table of top-level domains.

Save https://data.iana.org/TLD/tlds-alpha-by-domain.txt, then run
`python -m perihelion.compose.update_top_level_domains FILE`.
"""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "top_level_domains.txt"
_VERSION = re.compile(r"# Version (\d{8})\d\d\b")
_NAME = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+")
_HEADER = """\
# Top-level domains, from https://data.iana.org/TLD/tlds-alpha-by-domain.txt
# Version {day:%Y%m%d}00; renew: python -m perihelion.compose.update_top_level_domains FILE
"""


def read_version(text: str) -> date:
    """The day a list was published, from its header; ValueError if it has no version."""
    found = _VERSION.search(text)
    if found is None:
        raise ValueError("there is no line '# Version YYYYMMDDNN'; save IANA's list unchanged")
    return datetime.strptime(found[1] + "Z", "%Y%m%d%z").date()


def make_table(saved: str) -> str:
    """The data file for the text of a saved list of IANA; ValueError if it is something else."""
    names = [line.strip().lower() for line in saved.splitlines() if not line.startswith("#")]
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong or not names:
        raise ValueError(
            f"not a list of top-level domains: {wrong[:3]}; save IANA's list unchanged"
        )
    return _HEADER.format(day=read_version(saved)) + "\n".join(sorted(names)) + "\n"


if __name__ == "__main__":
    TABLE.write_text(make_table(Path(sys.argv[1]).read_text("ascii")), "ascii")
