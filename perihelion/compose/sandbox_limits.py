"""Limits for what a template computes: no text, list or loop may take gigabytes or minutes."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import meta, nodes
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from perihelion.compose.template_filters import FILTERS
from perihelion.compose.value_limits import (
    check_format,
    check_numbers,
    measure,
    measure_product,
    multiply,
    require_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType

    from jinja2.compiler import Frame
    from jinja2.runtime import Context

MAX_RANGE_LENGTH: Final = 1000
MAX_STEPS: Final = 20_000
"""How many turns of loops, calls and filters one rendering may take; a real one takes a hundred."""

_SIZE_PER_STEP = 100
"""A value so large costs another step, so that steps bound the time as well."""

_SIZED_FILTERS = frozenset(
    {"batch", "slice", "center", "indent", "wordwrap", "round", "truncate", "tojson", "urlize"}
)
"""The filters whose numbers say how large the result is."""

_SIZED_METHODS = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})
_MULTIPLYING = frozenset({"replace", "join", "translate"})
"""Filters and methods that repeat one of their texts as often as another is long."""


class TemplateReads(NamedTuple):
    """The names that a template reads, whether set by itself or not, and the files it includes.

    A file that is known only when it is rendered is None.
    """

    names: frozenset[str]
    included: tuple[str | None, ...]


_compiled: Final[dict[tuple[str, str, str], tuple[CodeType, TemplateReads]]] = {}
"""By source, name and file. All environments of this process share it, as their options agree."""

_MAX_COMPILED = 256


class _BoundedCodeGenerator(CodeGenerator):
    """Joins texts (`~`) through the environment, as Jinja2 does with other operators."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's own name
        self.write("environment.join_text((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which each rendering has so many steps, and each value a largest size.

    What exceeds them raises OverflowError at the template's own line.
    """

    code_generator_class = _BoundedCodeGenerator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._steps_left = MAX_STEPS
        self.reads_by_file: dict[str, TemplateReads] = {}
        """What each template reads by itself, as it was last compiled."""
        del self.globals["lipsum"]  # text without end
        self.globals["range"] = _limited_range
        self.filters |= FILTERS
        self.filters = {name: self._bound_filter(name, one) for name, one in self.filters.items()}
        self.filters[_COUNT_TURNS] = self._count_turns
        self.finalize = self._check_output

    def start_rendering(self) -> None:
        """Give the rendering that begins now all its steps."""
        self._steps_left = MAX_STEPS

    def get_template(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as Jinja2's
        """The template; an include costs a step."""
        self._take_steps()
        return super().get_template(*arguments, **options)

    def compile(self, source: Any, name: Any = None, filename: Any = None, *options: Any) -> Any:  # noqa: ANN401 - as Jinja2's
        """The template's code; a new environment, as a reload has, compiles only what changed."""
        key = (source, name, filename)
        if options or not all(isinstance(one, str) for one in key):
            return super().compile(source, name, filename, *options)
        if found := _compiled.get(key):
            code, self.reads_by_file[name] = found
            return code
        code = super().compile(*key)
        if len(_compiled) >= _MAX_COMPILED:
            _compiled.clear()
        _compiled[key] = (code, self.reads_by_file[name])
        return code

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805, PYI063 - as Jinja2's
        """Call `__obj`, if neither its arguments nor its result can be too large."""
        given = (*args, *kwargs.values())
        owner = getattr(__obj, "__self__", None)
        name = getattr(__obj, "__name__", "")
        if isinstance(owner, str):
            __self._check_text_method(name, owner, given)
        __self._measure_all((owner, *given))
        result = super().call(__context, __obj, *args, **kwargs)
        __self._measure_all((result,))
        return result

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401 - as Jinja2's
        """`str.format`, sandboxed, if no width in it is too large; None for another method."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        @wraps(wrapped)
        def bounded(*args: Any, **kwargs: Any) -> str:
            check_format(value.__self__, (*args, *kwargs.values()))
            return wrapped(*args, **kwargs)

        return bounded

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - as Jinja2's
        """The result of `+`, `*`, `**` or `%`, if it cannot be too large."""
        sizes = self._measure_all((left, right))
        if operator == "%" and isinstance(left, str):
            check_format(left, right)
        elif operator == "**" and not isinstance(left, float) and isinstance(right, int):
            require_size(sizes[0] * abs(right))
        elif operator == "*":
            require_size(measure_product(left, right))
        return super().call_binop(context, operator, left, right)

    def join_text(self, parts: Iterable[Any]) -> str:
        """What `~` makes of its parts."""
        joined = "".join(map(str, parts))  # each of the few parts is short enough by itself
        self._check_output(joined)
        return joined

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            if loop.recursive:
                problem = "recursive loops are not supported; write a loop within a loop"
                raise TemplateSyntaxError(problem, loop.lineno, name, filename)
            text = sum(len(part.data) for part in loop.find_all(nodes.TemplateData))
            cost: list[nodes.Expr] = [nodes.Const(1 + text // _SIZE_PER_STEP)]
            counted = nodes.Filter(loop.iter, _COUNT_TURNS, cost, [], None, None)
            loop.iter = counted.set_lineno(loop.lineno).set_environment(self)
        if name is not None:
            read = frozenset(one.name for one in tree.find_all(nodes.Name) if one.ctx == "load")
            self.reads_by_file[name] = TemplateReads(
                read, tuple(meta.find_referenced_templates(tree))
            )
        return tree

    def _count_turns(self, items: Iterable[Any], cost: int) -> Iterator[Any]:
        for item in items:
            self._take_steps(cost)
            yield item

    def _bound_filter(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any filter
            value, given = args[first], (*args[first + 1 :], *kwargs.values())
            sizes = self._measure_all((value, *given))
            if name == "format":
                check_format(value, given)
            elif name in _SIZED_FILTERS:
                require_size(multiply((sizes[0], check_numbers(given))))
            elif name in _MULTIPLYING:
                require_size(multiply(sizes))
            result = function(*args, **kwargs)
            self._measure_all((result,))
            return result

        return bounded

    def _check_text_method(self, name: str, text: str, given: tuple[Any, ...]) -> None:
        if name in _SIZED_METHODS:
            require_size(multiply((len(text), check_numbers(given))))
        elif name in _MULTIPLYING:
            require_size(multiply((len(text), *(measure(one) for one in given))))

    def _check_output(self, value: Any) -> Any:  # noqa: ANN401 - as Jinja2's
        self._take_steps(1 + measure(value) // _SIZE_PER_STEP)
        return value

    def _measure_all(self, values: tuple[Any, ...]) -> list[int]:
        sizes = [measure(value) for value in values]
        self._take_steps(1 + sum(sizes) // _SIZE_PER_STEP)
        return sizes

    def _take_steps(self, count: int = 1) -> None:
        self._steps_left -= count
        if self._steps_left < 0:
            raise OverflowError(
                f"this takes more than {MAX_STEPS} steps; use fewer loops within loops, calls and "
                "includes"
            )


_COUNT_TURNS = "_count_turns"


def _limited_range(*args: int) -> range:
    """`range`, but so short that no template keeps the program busy."""
    numbers = range(*args)
    if len(numbers) > MAX_RANGE_LENGTH:
        raise OverflowError(f"range is limited to {MAX_RANGE_LENGTH} numbers in a template")
    return numbers
