"""The table of top-level domains: how it is made, and how old it may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from perihelion.compose.top_level_domains import list_top_level_domains, read_table
from perihelion.compose.update_top_level_domains import make_table, read_version

SAVED = "# Version 2026100300, Last Updated Sat Oct  3 07:07:01 2026 UTC\nXN--P1AI\nAERO\n"


def test_the_table_is_younger_than_two_years() -> None:
    age = datetime.now(UTC).date() - read_version(read_table())
    assert age < timedelta(days=2 * 365), (
        "save https://data.iana.org/TLD/tlds-alpha-by-domain.txt and run "
        "python -m perihelion.compose.update_top_level_domains FILE"
    )


def test_a_saved_list_becomes_a_table_in_order() -> None:
    table = make_table(SAVED)
    assert table.splitlines()[2:] == ["aero", "xn--p1ai"]
    assert read_version(table) == date(2026, 10, 3)


def test_the_table_can_be_made_again_from_itself() -> None:
    assert make_table(read_table()) == read_table()


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (SAVED.replace("Version", "Edition"), "no line '# Version"),
        (SAVED + "<html>\n", "'<html>'"),
        (SAVED.partition("\n")[0], "not a list"),
    ],
)
def test_what_is_not_the_list_is_refused(saved: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_table(saved)


def test_names_in_other_scripts_are_listed_as_they_are_written() -> None:
    names = list_top_level_domains()
    assert {"space", "uk", "рф"} <= names
    assert "xn--p1ai" not in names
