"""What the shipped templates say, word for word: `python -m tests.golden.posts` after a change."""

from __future__ import annotations

import re

from tests.golden.posts import FILE, LANGUAGES, NETWORKS, write_posts


def test_sixty_posts_read_as_they_were_last_read_aloud() -> None:
    assert "\n".join(write_posts()) == FILE.read_text("utf-8")


def test_they_are_on_every_network_in_every_language() -> None:
    heads = re.findall(r"^#### \S+ · (\w+) · (\w+) · ", FILE.read_text("utf-8"), re.MULTILINE)
    assert len(heads) == 60
    assert set(heads) == {(network, language) for network in NETWORKS for language in LANGUAGES}
