"""How large a value is, and whether what is computed from it may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_VALUE_SIZE: Final = 100_000
"""Characters, items and digits of one value; no network takes a longer post."""

_MAX_NUMBER_SIZE = 1000
"""The highest width, precision or count that a call, a filter or a format may be given."""

_FORMAT_NUMBER = re.compile(r"\d{4,}")
_SHRINK = 100
"""A text repeated for each character of another is short where that character is rare."""

_NESTED_FIELD = re.compile(r"\{[^{}]*\{")


def measure(value: Any) -> int:  # noqa: ANN401 - whatever a template computes
    """The characters, items or digits of a value and of what is in it, at most the largest size."""
    if isinstance(value, str):  # as nearly all are
        return require_size(len(value))
    if value is None or isinstance(value, (bool, float)):
        return 1
    if isinstance(value, int):
        return require_size(value.bit_length() // 3 + 1)
    if isinstance(value, dict):
        return _measure_items((*value, *value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return _measure_items(value)
    return 1


def _measure_items(items: Iterable[Any]) -> int:
    size = 0
    for item in items:
        size = require_size(size + 1 + measure(item))
    return size


def measure_product(left: Any, right: Any) -> int:  # noqa: ANN401 - as above
    """The size of what `*` makes: a longer number, or a text or list so often."""
    for repeated, count in ((left, right), (right, left)):
        if isinstance(count, int) and isinstance(repeated, str | list | tuple):
            return measure(repeated) * max(count, 0)
    return measure(left) + measure(right)


def multiply(sizes: Iterable[int]) -> int:
    """The size of a text repeated for each character of another: the two longest multiplied."""
    ordered = sorted((size + 1 for size in sizes), reverse=True)
    return ordered[0] * ordered[1] // _SHRINK


def check_numbers(values: Iterable[Any]) -> int:
    """The highest number among `values`. Raises OverflowError for one that is too high."""
    numbers = [abs(one) for one in values if isinstance(one, int)]
    highest = max(numbers, default=0)
    if highest > _MAX_NUMBER_SIZE:
        raise OverflowError(
            f"the number {highest} is too large here; use at most {_MAX_NUMBER_SIZE}"
        )
    return highest


def check_format(text: Any, values: Any) -> None:  # noqa: ANN401 - whatever is formatted
    """A width or a precision, in the text or among its values, must be a small number."""
    if not isinstance(text, str):
        return
    if _FORMAT_NUMBER.search(text):
        raise OverflowError(f"a width in a format is too large; use at most {_MAX_NUMBER_SIZE - 1}")
    if "*" in text or _NESTED_FIELD.search(text):
        check_numbers(values if isinstance(values, tuple) else (values,))


def require_size(size: int) -> int:
    """The size. Raises OverflowError if it is too large."""
    if size > MAX_VALUE_SIZE:
        raise OverflowError(
            f"a value would have more than {MAX_VALUE_SIZE} characters, digits or items; make it "
            "shorter"
        )
    return size
