"""What is wrong with the pictures of an event: for `check`, which asks no server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.compose.picture_files import find_picture_problem
from perihelion.model.advice_codes import AdviceCode
from perihelion.model.source_location import Mistake
from perihelion.networks.shared.picture_facts import (
    PictureFacts,
    explain_error,
    find_display_problems,
    find_refused_problems,
    find_shape_problems,
    get_facts,
    open_picture,
)
from perihelion.service.local_faults import locate_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits

SHOWN_RATIOS = (3 / 4, 2.0)
"""Width over height between which networks show a picture whole that is the only one of its post.

Of several pictures many show squares."""


def check_pictures(
    event: Event, folder: Path, networks: Mapping[str, Iterable[Limits]]
) -> Iterator[Mistake]:
    """What nobody can show, what `networks` would refuse, and what is animated; at its picture.

    `folder` is the schedule's; `networks` has the limits of each network's accounts.
    """
    for index, picture in enumerate(event.pictures):
        location = picture.location or locate_event(event)
        shown = [
            (name, limits)
            for name, every in networks.items()
            for limits in every
            if limits.pictures > index
        ]
        file = folder / picture.file
        found = (
            *_check_file(file, shown),
            *_check_focus(event, index, file),
            *_check_alt_texts(event, index, shown),
        )
        for code, problem in dict.fromkeys(found):
            yield Mistake(location, code, f"{event.full_id}: {problem}")


def _check_file(file: Path, shown: Iterable[tuple[str, Limits]]) -> Iterator[tuple[str, str]]:
    facts = _read_facts(file)
    if isinstance(facts, str):
        yield "picture", facts
        return
    if facts.is_animated:
        yield AdviceCode.ANIMATED, f"{file} is animated; posts show its first frame"
    for network, limits in shown:
        problems = list(find_shape_problems(facts, limits))
        if limits.fetches_pictures:  # the file itself has to fit
            problems += (*find_refused_problems(facts, limits), *find_display_problems(facts))
            if not facts.is_well_named:
                problems.append(f"is {facts.format}, which its name does not say; rename it")
        for problem in problems:
            yield "picture", f"on {network}, {file} {problem}"


def _check_focus(event: Event, index: int, file: Path) -> Iterator[tuple[str, str]]:
    """Whether the focus is in the part that networks show which cut out the middle."""
    focus, facts = event.pictures[index].focus, _read_facts(file)
    if not focus or isinstance(facts, str):
        return
    least, most = SHOWN_RATIOS if len(event.pictures) == 1 else (1.0, 1.0)
    ratio = facts.width / facts.height
    x, y = (abs(float(one)) for one in focus.split(","))
    if x > most / ratio or y > ratio / least:
        problem = (
            f"{file} has its focus outside its middle, which is all that networks without a focus "
            "show of it; crop the file, so that the focus is nearer to the middle"
        )
        yield AdviceCode.CROPPED, problem


def _check_alt_texts(
    event: Event, index: int, shown: Iterable[tuple[str, Limits]]
) -> Iterator[tuple[str, str]]:
    """What is too long of the picture's alt text, in any language."""
    translated = [one.alts[index] for _, one in event.translations if len(one.alts) > index]
    length = max(map(len, (event.pictures[index].alt, *translated)))
    for network, limits in shown:
        if length > limits.alt_length:
            most, file = limits.alt_length, event.pictures[index].file
            yield (
                "picture",
                f"on {network}, {file} has {length} of {most} characters of alt text; shorten it",
            )


def _read_facts(file: Path) -> PictureFacts | str:
    """The facts of a picture that is whole, or why there are none."""
    problem = find_picture_problem(file)
    if problem:
        return problem
    data = file.read_bytes()
    try:
        with open_picture(data) as image:
            facts = get_facts(file.name, data, image)
            image.draft(image.mode, (1, 1))
            image.load()
    except Exception as error:  # noqa: BLE001 - a broken file makes Pillow raise almost anything
        return f"{file} {explain_error(error)}"
    return facts
