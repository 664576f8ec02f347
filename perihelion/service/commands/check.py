"""`check`: finds every mistake before anyone else does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.errors import ConfigurationError
from perihelion.networks import loader
from perihelion.schedule.load import load_with_mistakes
from perihelion.service.advice.collect import collect_advice
from perihelion.service.advice.finding import Advice, list_unexplained
from perihelion.service.advice.lost_ids import find_lost_ids
from perihelion.service.advice.monotony import find_monotony
from perihelion.service.changed_posts import find_changed_ids, read_earlier_events
from perihelion.service.checked_days import check_by_days
from perihelion.service.clock import SystemClock
from perihelion.service.console import format_count, print_json, print_line, select_fields
from perihelion.service.enabled_accounts import resolve_accounts
from perihelion.service.event_sources import FileContents
from perihelion.service.fact_checks import find_disagreements
from perihelion.service.fact_tables import read_facts
from perihelion.service.options import environment_options, json_option
from perihelion.service.picture_checks import check_pictures
from perihelion.service.settings import collect_settings
from perihelion.service.translation_coverage import describe_coverage
from perihelion.service.wiring import App
from perihelion.service.wording_cache import add_cache
from perihelion.service.year_check import check_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits
    from perihelion.model.source_location import Mistake


@click.command("check")
@click.argument("file", type=click.Path(), required=False)
@click.option("--strict", is_flag=True, help="Exit with 1 if there is any advice.")
@click.option(
    "--facts",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Compare the events with this table (CSV); may be repeated.",
)
@click.option(
    "--changed",
    metavar="REV",
    help="Only posts and advice of events that differ from a git revision, such as main.",
)
@json_option
@environment_options
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    file: str | None,
    strict: bool,
    facts: tuple[Path, ...],
    changed: str | None,
    as_json: bool,
    environ: dict[str, str],
) -> int:
    """Find every mistake in the schedule, templates and posts.

    Checks the schedule, the templates, the pictures, the accounts' settings, and every post of
    the coming year on every network. FILE is another schedule to check, as with --schedule.

    Advice is about what is not a mistake, but probably not what you want. The key `advice_off`
    turns it off for an event or a mission.
    """
    if file:
        environ["PERIHELION_SCHEDULE"] = file
    result = check_everything(environ, facts, changed)
    if as_json:
        print_json(
            [_finding_to_json(mistake, "mistake") for mistake in result.mistakes]
            + [_finding_to_json(advice, "advice") for advice in result.advice]
        )
    else:
        _print_result(result)
    return 1 if result.mistakes or (strict and result.advice) else 0


def _print_result(result: CheckResult) -> None:
    for mistake in result.mistakes:
        print_line(str(mistake))
    for advice in result.advice:
        print_line(f"{advice.location}: advice: {advice.message} [{advice.code}]")
    for line in result.coverage:
        print_line(line)
    if not result.mistakes:
        print_line(f"No mistakes: {result.checked}.")


def _finding_to_json(finding: Mistake, level: str) -> dict[str, object]:
    place = select_fields(finding.location, "file", "line", "column")
    return {**place, "level": level, "code": finding.code, "message": finding.message}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Mistakes and advice, both in order of place; `checked` is a phrase that says what was.

    The code of an advice is an AdviceCode.
    """

    mistakes: list[Mistake]
    advice: list[Mistake]
    checked: str
    coverage: tuple[str, ...] = ()
    """How much of the schedule each account of another language tells in it."""


def check_everything(
    environ: Mapping[str, str], facts: Iterable[Path] = (), revision: str | None = None
) -> CheckResult:
    """Everything that can be checked without asking any server; `facts` are tables, as CSV.

    With a `revision` of git, only the posts and the advice of events that differ from it, and all
    mistakes of the files. Raises UsageError if git cannot tell.
    """
    settings, mistakes = collect_settings(environ)
    files = FileContents()
    schedule, found = load_with_mistakes(settings.schedule, files.__getitem__)
    on, off, wrong = resolve_accounts(schedule, environ)
    plain = App(settings, schedule, SystemClock(), on, off, lambda: settings)
    app = add_cache(plain, environ)
    mistakes += [*found, *wrong, *_check_accounts(app), *app.find_template_mistakes()]
    mistakes += _check_facts(schedule.events, facts)
    accounts = tuple(_list_accounts(app))
    before = read_earlier_events(app, revision) if revision else []
    only = find_changed_ids(before, app.schedule.events) if revision else None
    events = [one for one in schedule.events if only is None or one.full_id in only]
    first = app.clock.now().date()
    if revision:
        year = check_year(app, accounts, first, only, compares=False)
        more = list(find_lost_ids(before, schedule.events, revision))
    else:
        year = check_by_days(app, accounts, first, {} if found else files)
        # Whether posts read alike shows only among all of them.
        more = list(find_monotony(year.said, schedule.events))
        app.cache.close()  # of a revision, most of what is kept has not been asked for
    pictures = list(_check_all_pictures(app, accounts, events))
    more += [*year.advice, *(one for one in pictures if one.finding.code in set(AdviceCode))]
    mistakes += [one.finding for one in year.mistakes]
    mistakes += [one.finding for one in pictures if one.finding.code not in set(AdviceCode)]
    since = f" that differ{'s' if len(events) == 1 else ''} from {revision}" if revision else ""
    count, posts = format_count(len(events), "events"), format_count(year.posts.total(), "posts")
    return CheckResult(
        sorted(set(mistakes)),
        collect_advice(app, more, only),
        f"{count}{since}, {posts} of the coming year",
        tuple(describe_coverage(schedule, schedule.accounts)),
    )


def _check_facts(events: Sequence[Event], tables: Iterable[Path]) -> Iterator[Mistake]:
    for table in tables:
        facts, mistakes = read_facts(table)
        yield from mistakes
        yield from list_unexplained(find_disagreements(events, facts))


def _check_all_pictures(
    app: App, accounts: Iterable[Account], events: Iterable[Event]
) -> Iterator[Advice]:
    networks: dict[str, set[Limits]] = {}
    for one in accounts:
        networks.setdefault(one.network, set()).add(loader.get_usual_limits(one))
    folder = app.settings.schedule.parent.absolute()
    for event in events:
        for finding in check_pictures(event, folder, networks):
            yield Advice(event, finding)


def _check_accounts(app: App) -> tuple[Mistake, ...]:
    """The account variables that cannot be right; no server is asked."""
    try:
        app.connect_accounts()
    except ConfigurationError as error:
        return error.mistakes
    return ()


def _list_accounts(app: App) -> Iterator[Account]:
    """The accounts of the schedule, and one for each network that has none there."""
    known = loader.usable_networks()
    configured = [a for a in app.schedule.accounts if a.network in known]
    yield from configured
    for name in known:
        if not any(account.network == name for account in configured):
            yield replace(app.schedule.local_account, network=name, name=name)
