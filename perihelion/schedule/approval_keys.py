"""The keys of an approval that stands in the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.approvals import FINGERPRINT_LENGTH, FileApproval
from perihelion.schedule.key_types import SINGLE_LINE
from perihelion.schedule.mapping_types import KeySpec, RecordType
from perihelion.schedule.scalar_types import PatternType

if TYPE_CHECKING:
    from perihelion.schedule.mapping_types import ParsedMapping
    from perihelion.schedule.reader import YamlReader

_FINGERPRINT = PatternType(
    "bad-words",
    f"the {FINGERPRINT_LENGTH} digits (0 to 9, a to f) that `show ID` prints as `words`",
    rf"[0-9a-f]{{{FINGERPRINT_LENGTH}}}",
)


def _finish_approved(mapping: ParsedMapping, reader: YamlReader) -> FileApproval | None:
    """The approval with the place of its fingerprint, if both keys are there."""
    if not {"by", "words"} <= mapping.values.keys():
        return None
    place = reader.locate_position(mapping.key_events["words"][1].start_mark)
    return FileApproval(**mapping.values, location=place)


APPROVED = RecordType(
    "an approval",
    (
        KeySpec("by", SINGLE_LINE, "the name of who approved it", required=True),
        KeySpec(
            "words",
            _FINGERPRINT,
            "what stands for the words that were approved, as `show ID` prints it",
            required=True,
        ),
    ),
    _finish_approved,
)
