"""What the README shows is what a reader gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.bot_installation import ROOT, BotInstallation

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_sample_of_preview_is_its_real_output(tmp_path: Path) -> None:
    shown = re.search(r"```\n\$ \.venv/bin/python bot\.py (.+)\n((?s:.+?))```\n", README)
    assert shown
    assert BotInstallation(tmp_path)(*shown[1].split()).out.rstrip() == shown[2].rstrip()


def test_the_second_run_says_what_the_readme_says(tmp_path: Path) -> None:
    bot = BotInstallation(tmp_path)
    at = ["once", "--today", "--at", "2027-02-28T08:00Z"]
    assert bot(*at).code == 0
    assert f"```\n{bot(*at).out}```\n" in README
