from __future__ import annotations

import os
import shutil
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from perihelion.compose.sample_contexts import generate_sample_contexts
from perihelion.compose.sandbox_limits import BoundedEnvironment
from perihelion.compose.templates import Templates
from perihelion.compose.text_fitting import normalize_text
from perihelion.model.errors import TemplateError
from perihelion.model.source_location import SourceLocation

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import nodes

WORDS = "{% set date = day ~ '.' ~ month ~ '.' ~ year %}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "default.j2").write_text("{{ title }}\n", "utf-8")
    (tmp_path / "_words.j2").write_text(WORDS, "utf-8")
    return tmp_path


def render_wordings(folder: Path, kind: str = "launch", language: str = "en") -> list[str]:
    facts = next(iter(generate_sample_contexts(kind, language)))
    return list(Templates(folder).render_wordings(kind, language, facts))


def find_fault(folder: Path, source: str) -> TemplateError:
    (folder / "launch.j2").write_text(source, "utf-8")
    (found,) = Templates(folder).find_errors()
    with pytest.raises(TemplateError) as caught:
        render_wordings(folder)
    assert str(caught.value) == str(found)
    return found


def test_a_ladder_is_cut_at_lines_that_are_exactly_three_hyphens(folder: Path) -> None:
    source = "a --- b\n---\nc\n --- \n----\n---\r\nd"
    (folder / "launch.j2").write_bytes(source.encode())
    assert [one.strip() for one in render_wordings(folder)] == ["a --- b", "c\n --- \n----", "d"]


def test_of_templates_that_are_read_anew_only_those_that_changed_are_compiled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str | None] = []
    parse = BoundedEnvironment._parse

    def note(
        environment: BoundedEnvironment, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        compiled.append(name)
        return parse(environment, source, name, filename)

    monkeypatch.setattr(BoundedEnvironment, "_parse", note)
    before = render_wordings(folder)
    assert set(compiled) == {"_words.j2", "default.j2"}
    compiled.clear()
    assert render_wordings(folder) == before
    assert compiled == []
    (folder / "default.j2").write_text("{{ title }} then\n", "utf-8")
    assert render_wordings(folder) == [f"{one} then" for one in before]
    assert compiled == ["default.j2"]


def test_a_line_of_hyphens_in_an_events_text_is_no_rung(folder: Path) -> None:
    (folder / "launch.j2").write_text("{{ text }}\n---\nshort", "utf-8")
    facts = dict(next(iter(generate_sample_contexts("launch", "en"))), text="a\n---\nb")
    assert len(list(Templates(folder).render_wordings("launch", "en", facts))) == 2


def test_an_events_words_are_never_read_as_a_template(folder: Path) -> None:
    facts = dict(
        next(iter(generate_sample_contexts("launch", "en"))), title="{{ 7 * 7 }}{% if %} <b>&"
    )
    assert list(Templates(folder).render_wordings("launch", "en", facts)) == [
        "{{ 7 * 7 }}{% if %} <b>&"
    ]


def test_a_fault_that_has_no_line_is_told_by_the_file_alone(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        render_wordings(tmp_path)
    assert str(caught.value) == f"{tmp_path / '_words.j2'}: is missing; every language needs one"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{% include 'launch.j2' %}", "launch.j2:1: includes or calls itself without end"),
        ("{{ title[:0] }}", "is empty; add a wording"),
    ],
)
def test_what_is_known_to_be_broken_is_not_rendered_again(
    folder: Path, source: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "launch.j2").write_text(source, "utf-8")
    templates = Templates(folder)
    (found,) = templates.find_errors()
    assert problem in str(found)
    monkeypatch.setattr(
        "perihelion.compose.templates._split_wordings", lambda _: pytest.fail("rendered")
    )
    facts = next(iter(generate_sample_contexts("launch", "en")))
    with pytest.raises(TemplateError) as caught:
        list(templates.render_wordings("launch", "en", facts))
    assert str(caught.value) == str(found)


def test_a_kind_without_a_template_gets_the_default(folder: Path) -> None:
    (folder / "launch.j2").write_text("launched", "utf-8")
    assert render_wordings(folder, "launch") == ["launched"]
    assert render_wordings(folder, "tea-break") == ["A sample event happens"]
    assert render_wordings(folder, "_words") == ["A sample event happens"]


def test_a_language_takes_kinds_and_words_from_its_own_folder_only(folder: Path) -> None:
    german = folder / "de"
    german.mkdir()
    (german / "_words.j2").write_text("{% set date = 'am Schalttag' %}", "utf-8")
    (german / "default.j2").write_text("{% include '_date.j2' %}", "utf-8")
    (folder / "_date.j2").write_text("{{ date }}", "utf-8")
    (folder / "launch.j2").write_text("Lift-off", "utf-8")
    assert Templates(folder).languages == {"de"}
    assert render_wordings(folder, "launch", "de") == ["am Schalttag"]
    assert render_wordings(folder, "launch", "fr") == ["Lift-off"]


def test_half_a_language_is_not_spoken_and_told_as_a_fault(folder: Path) -> None:
    (folder / "de").mkdir()
    (folder / "de" / "default.j2").write_text("{{ date }}", "utf-8")
    templates = Templates(folder)
    assert not templates.has_language("de")
    for languages in (None, {"de"}):
        (found,) = templates.find_errors(languages)
        assert found.template == str(folder / "de" / "_words.j2")
    assert templates.find_errors({"en"}) == []


def test_a_missing_folder_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    (found,) = Templates(tmp_path / "gone").find_errors()
    assert (found.template, found.line) == (str(tmp_path / "gone"), 0)
    assert "set PERIHELION_TEMPLATES" in found.problem
    with pytest.raises(TemplateError):
        render_wordings(tmp_path / "gone")


def test_a_syntax_error_is_found_at_its_line(folder: Path) -> None:
    found = find_fault(folder, "one\n---\n{% if moved and %}x{% endif %}\nthree")
    assert found.template == str(folder / "launch.j2")
    assert found.line == 3
    assert "expected" in found.problem.lower()


def test_an_undefined_name_is_found_at_its_line_with_what_was_meant(folder: Path) -> None:
    found = find_fault(folder, "{{ title }}\n---\n\n{{ titel }}")
    assert found.line == 4
    assert found.problem == "'titel' is undefined; did you mean title?"


def test_a_fault_in_an_included_file_is_found_there(folder: Path) -> None:
    (folder / "_ladder.j2").write_text("fine\n{{ nonsense() }}", "utf-8")
    found = find_fault(folder, "{% include '_ladder.j2' %}")
    assert (found.template, found.line) == (str(folder / "_ladder.j2"), 2)


def test_a_wording_taken_only_for_leap_days_is_tried_as_well(folder: Path) -> None:
    (folder / "launch.j2").write_text("x\n{% if moved %}{{ oops }}{% endif %}", "utf-8")
    (found,) = Templates(folder).find_errors()
    assert found.line == 2


@pytest.mark.parametrize(
    "escape",
    [
        "{{ title.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''|attr('__class__') ~ ''.__class__.__base__ }}",
        "{{ '{0.__class__.__mro__}'.format(title) }}",
        "{{ self.__init__.__globals__ }}",
        "{{ range.__globals__['re'] }}",
        "{{ tags.__class__.__bases__ }}",
        "{% import 'os' as os %}{{ os }}",
        "{% include '../../secret' %}",
        "{{ open('/etc/passwd') }}",
    ],
)
def test_the_sandbox_lets_nothing_out(folder: Path, escape: str) -> None:
    assert find_fault(folder, escape).template


@pytest.mark.parametrize(
    "greedy",
    [
        "{% for a in range(100000) %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(1000) %}{% for b in range(1000) %}tick tock {% endfor %}{% endfor %}",
        "{{ 1 / 0 }}",
        "",
        "{# nothing #}\n---\n",
    ],
    ids=["range", "recursion", "flood", "zero", "empty", "comment"],
)
@pytest.mark.timeout(20)
def test_a_template_that_runs_away_or_says_nothing_is_a_fault(folder: Path, greedy: str) -> None:
    (folder / "launch.j2").write_text(greedy, "utf-8")
    (found,) = Templates(folder).find_errors()
    assert found.template == str(folder / "launch.j2")


@pytest.mark.parametrize("file", ["launch.j2", "_part.j2"])
def test_a_template_that_is_no_utf8_is_found_at_its_line(folder: Path, file: str) -> None:
    (folder / "launch.j2").write_text("{% include '_part.j2' %}", "utf-8")
    (folder / "_part.j2").write_text("x", "utf-8")
    (folder / file).write_bytes(b"{{ date }}\n\xfc\n")
    (found,) = Templates(folder).find_errors()
    assert (found.template, found.line) == (str(folder / file), 2)
    assert "0xFC is not UTF-8" in found.problem


def test_all_faults_are_told_at_once_each_once(folder: Path) -> None:
    (folder / "_words.j2").write_text("{{ oops }}", "utf-8")
    (folder / "launch.j2").write_text("{% endfor %}", "utf-8")
    (folder / "landing.j2").write_text("\n{{ nope }}", "utf-8")
    mistakes = Templates(folder).find_mistakes()
    assert [one.location for one in mistakes] == [
        SourceLocation(str(folder / "_words.j2"), 1, 1),
        SourceLocation(str(folder / "landing.j2"), 2, 1),
        SourceLocation(str(folder / "launch.j2"), 1, 1),
    ]
    assert {one.code for one in mistakes} == {"template"}


def render_again(templates: Templates, language: str = "en") -> list[str]:
    facts = next(iter(generate_sample_contexts("launch", language)))
    return list(templates.render_wordings("launch", language, facts))


def test_a_template_that_is_broken_and_repaired_is_read_again(folder: Path) -> None:
    templates = Templates(folder)
    assert render_again(templates) == ["A sample event happens"]
    os.utime(folder / "default.j2", (1, 1))  # so that each of these has a time of its own
    (folder / "default.j2").write_text("{% if", "utf-8")
    with pytest.raises(TemplateError, match=r"default\.j2:1"):
        render_again(templates)
    os.utime(folder / "default.j2", (2, 2))
    (folder / "default.j2").write_text("repaired", "utf-8")
    assert render_again(templates) == ["repaired"]


@pytest.mark.parametrize("gone", ["launch.j2", "_words.j2", "de/default.j2", "de/_words.j2", "de"])
def test_a_file_that_vanishes_is_missed_and_never_replaced_by_another_ones_words(
    folder: Path, gone: str
) -> None:
    """Half a folder, as an upload leaves it: no default for a kind, no English for a German."""
    (folder / "launch.j2").write_text("Lift-off", "utf-8")
    shutil.copytree(folder, folder / "de", ignore=shutil.ignore_patterns("launch.j2", "de"))
    templates = Templates(folder)
    language = "de" if gone.startswith("de") else "en"
    before = render_again(templates, language)
    (folder / gone).rename(folder / "kept")
    with pytest.raises(TemplateError, match=f"{folder / gone}.* is missing"):
        render_again(templates, language)
    (folder / "kept").rename(folder / gone)
    assert render_again(templates, language) == before


def test_a_missing_folder_is_one_fault_for_every_language(folder: Path) -> None:
    shutil.copytree(folder, folder / "de", ignore=shutil.ignore_patterns("de"))
    templates = Templates(folder)
    assert templates.has_language("de")
    folder.rename(folder.with_name(f"{folder.name}-gone"))
    faults = set()
    for language in ("en", "de"):
        with pytest.raises(TemplateError) as caught:
            render_again(templates, language)
        faults.add(str(caught.value))
    assert len(faults) == 1


def test_a_language_is_known_from_the_start_whatever_is_missing_when_it_is_first_used(
    folder: Path,
) -> None:
    shutil.copytree(folder, folder / "de", ignore=shutil.ignore_patterns("de"))
    templates = Templates(folder)
    folder.rename(folder.with_name(f"{folder.name}-gone"))
    assert templates.has_language("de")


def nest_loops(depth: int) -> str:
    return "{% for a in range(1000) %}" * depth + "{% endfor %}" * depth


def twice(condition: str, step: str) -> str:
    return f"{{% if {condition} %}}{step}{step}{{% endif %}}"


def double(start: str, step: str) -> str:
    loop = f"{{% for i in range(60) %}}{{% set ns.x = {step} %}}{{% endfor %}}"
    return f"{{% set ns = namespace(x={start}) %}}{loop}"


@pytest.mark.parametrize(
    "greedy",
    [
        "{{ 'a' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ 9**(9**9) }}",
        "{{ 'a'.ljust(3000000000) }}",
        "{{ 'a'.ljust(width) }}",
        "{{ ('\\t' * 1000).expandtabs(1000000) }}",
        "{{ '%0500000000d' % 1 }}",
        "{{ '%0500000000d' | format(1) }}",
        "{{ '%*d' | format(500000000, 1) }}",
        "{{ '%*d' % (500000000, 1) }}",
        "{{ '{:0500000000d}'.format(1) }}",
        "{{ '{:{}d}'.format(1, 500000000) }}",
        "{{ 'a' | center(3000000000) }}",
        "{{ 'a' | indent(3000000000, true) }}",
        "{{ [1] | batch(3000000000, 0) | list }}",
        "{{ 1.5 | round(1000000000, 'ceil') }}",
        "{% set a = 'a' * 90000 %}{{ a | replace('a', a) }}",
        "{% set a = 'a' * 90000 %}{{ a.replace('a', a) }}",
        "{% set a = 'a' * 90000 %}{{ a.join(a) }}",
        "{{ lipsum(1000000) }}",
        double("'a'", "ns.x + ns.x"),
        double("'a'", "ns.x ~ ns.x"),
        double("[1]", "ns.x + ns.x"),
        double("[1]", "[ns.x, ns.x]") + "{{ ns.x }}",
        double("2", "ns.x * ns.x"),
        nest_loops(3),
        "{% for a in range(9) recursive %}{{ loop(range(9)) }}{% endfor %}",
        "{% macro m(n) %}" + twice("n", "{{ m(n - 1) }}") + "{% endmacro %}{{ m(60) }}",
        "{% set a %}{% for i in range(1000) %}{{ 'a' * 90000 }}{% endfor %}{% endset %}",
        f"{{% set a %}}{{% for i in range(1000) %}}{'a' * 90_000}{{% endfor %}}{{% endset %}}",
        "{% set n = (n or 0) + 1 %}" + twice("n < 60", "{% include 'launch.j2' %}"),
    ],
)
@pytest.mark.timeout(120)
def test_a_template_takes_neither_gigabytes_nor_minutes(folder: Path, greedy: str) -> None:
    (folder / "launch.j2").write_text("fine\n" + greedy.replace("width", "9" * 10), "utf-8")
    tracemalloc.start()
    try:
        (found,) = Templates(folder).find_errors()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.template, found.line) == (str(folder / "launch.j2"), 2)
    assert peak < 50_000_000


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'ab' * 3 ~ 7 % 4 ~ 2 ** 10 }}", "ababab31024"),
        ("{{ '%02d:%02d' | format(7, 5) }} {{ '%d' % 1234567890 }}", "07:05 1234567890"),
        ("{{ '{:>5}|{}'.format('a', 2) }}", "    a|2"),
        ("{{ 'a'.ljust(3) ~ '|' ~ ('a' | center(3)) }}", "a  | a "),
        ("{{ title.replace('sample', 'real') | replace('event', 'one') }}", "A real one happens"),
        ("{{ ', '.join(['a', 'b']) }}{{ [1] + [2] }}", "a, b[1, 2]"),
        ("{% for a in range(3) %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/3 2/3 3/3 "),
        ("{% for a in [1, 2, 3] if a > 1 %}{{ a }}{% else %}none{% endfor %}", "23"),
        ("{{ 5000000 | default(1000000) }} {{ -2.5 * 4 }} {{ 2.0 ** 3 }}", "5000000 -10.0 8.0"),
    ],
)
def test_the_limits_leave_what_a_post_needs(folder: Path, source: str, expected: str) -> None:
    (folder / "launch.j2").write_text(source, "utf-8")
    assert render_wordings(folder) == [expected]


def test_every_wording_has_all_its_steps(folder: Path) -> None:
    (folder / "launch.j2").write_text("{% for a in range(900) %}{% endfor %}x", "utf-8")
    templates = Templates(folder)
    for _ in range(200):
        assert render_again(templates) == ["x"]


def test_a_byte_order_mark_is_no_part_of_a_post(folder: Path) -> None:
    (folder / "launch.j2").write_text("\ufeffLift-off {{ text }}", "utf-8")
    facts = dict(next(iter(generate_sample_contexts("launch", "en"))), text="a\ufeffb")
    (wording,) = Templates(folder).render_wordings("launch", "en", facts)
    assert wording == "Lift-off a\ufeffb"
    assert normalize_text(wording) == "Lift-off ab"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\ufeff"])
def test_what_turns_the_direction_of_a_template_is_found_at_its_line(
    folder: Path, hidden: str
) -> None:
    found = find_fault(folder, f"one\ntwo {hidden}three")
    assert found.line == 2
    assert found.problem == f"the character U+{ord(hidden):04X} is invisible; remove it"


def test_all_faults_of_a_shared_template_are_told_in_one_run_each_once(folder: Path) -> None:
    shared = "{{ titel }}\n{{ ago | shout }}\nfine\n{{ a b }}\n"
    (folder / "_post.j2").write_text(shared, "utf-8")
    for kind in ("launch", "landing"):
        (folder / f"{kind}.j2").write_text('{% include "_post.j2" %}\n{{ oops }}', "utf-8")
    found = sorted((error.template, error.line) for error in Templates(folder).find_errors())
    own = [(str(folder / f"{kind}.j2"), 2) for kind in ("landing", "launch")]
    assert found == [*((str(folder / "_post.j2"), line) for line in (1, 2, 4)), *own]
