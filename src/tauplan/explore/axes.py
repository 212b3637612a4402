"""From a study's words to axes: every value read, checked and put into SI units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.explore.bounds import read_bound
from tauplan.explore.plans import plan_axes
from tauplan.explore.space import Axis, Space
from tauplan.spec.override import with_value
from tauplan.spec.scenario import Scenario, scenario_from
from tauplan.spec.study import Options, Query, Span, StudyFile

VECTORS = re.compile(
    r"plan\.(tensor|pipeline|context|expert|data|micro_batch|interleave|zero|recompute|sequence_parallel)"
    r"|plan\.(overlap|offload)_\w+"
    r"|workload\.(tokens|global_batch|sequence|prompt|output|batch|requests|tpot_limit|expert_imbalance)"
    r"|workload\.prefill_share"
    r"|system\.count|system\.accelerator\.(peak_\w+|memory_\w+|tdp|price)"
    r"|system\.accelerator\.design\.(products|sram|depth|supply|bond_pitch|stacks|volume)"
    r"|system\.scale_up\.(domain|bandwidth|latency)|system\.scale_out\.(ports|bandwidth|latency|pod)"
    r"|system\.scale_out\.oversubscription|system\.host\.(memory|bandwidth)"
    r"|system\.site\.(electricity|pue)|reliability\.\w+|supply\.lead_times(_p90)?\.\w+"
)
"""Fields that the models take as arrays; any other field is evaluated value by value."""

PARTS = {
    "system.accelerator": ("accelerator", "soc"),
    "system.accelerator.part": ("accelerator", "soc"),
    "system.accelerator.design.node": "node",
    "system.server": "server",
    "system.scale_up.link": "link",
    "system.scale_out.link": "link",
    "system.scale_out.switch": "switch",
    "system.host.link": "link",
}
"""Fields that name parts of the catalogue, with their kinds."""

LARGEST = 2**62  # definition: a design has to fit into a signed 64-bit integer

ROUNDING = 1e-9  # definition: a last step that misses the end by rounding alone still counts


def build_space(file: StudyFile, catalog: Catalog) -> Space:
    """Return the design space of a study. Errors: :class:`InputError` with every bad axis and value."""
    reader = _Reader(file, catalog)
    outer = [reader.axis(("axes", name), name, spec) for name, spec in file.study.axes.items()]
    search = file.study.search
    if isinstance(search, str):
        counts = _counts(file.base, [axis for axis in outer if axis])
        inner = plan_axes(file.base, catalog, file.folder, counts, options=search == "options")
    else:
        inner = [reader.axis(("search", name), name, spec) for name, spec in search.items()]
    reader.check_given(outer)
    reader.refuse_twice([axis for axis in (*outer, *inner) if axis])
    if reader.found:
        raise InputError(reader.found)
    space = Space(file.base, _ordered(outer), _ordered(inner), file.study.given)
    if space.size > LARGEST:
        raise InputError(
            Problem(
                "the space is too large", value=f"{space.size:.3g} designs", expected=f"at most {LARGEST:.2g}"
            )
        )
    return space


def _counts(base: Scenario, axes: list[Axis]) -> list[int]:
    """Return the numbers of accelerators that designs of the space can have."""
    settings = [setting for axis in axes for setting in axis.settings]
    counts = {int(value) for setting in settings for path, value in setting if path == "system.count"}
    everywhere = any(all("system.count" in dict(setting) for setting in axis.settings) for axis in axes)
    return sorted(counts | (set() if everywhere else {base.system.count}))


def _ordered(axes: list[Axis | None] | list[Axis]) -> tuple[Axis, ...]:
    there = [axis for axis in axes if axis is not None]
    return (*(a for a in there if not a.vector), *(a for a in there if a.vector))


class _Reader:
    """Reads the values of axes, collecting what is wrong with them."""

    def __init__(self, file: StudyFile, catalog: Catalog) -> None:
        self.file = file
        self.catalog = catalog
        self.found: list[Problem] = []

    def axis(self, place: tuple[str, ...], name: str, spec: Any) -> Axis | None:
        """Return one axis, or None where something is wrong with it."""
        try:
            return self._options(name, spec) if isinstance(spec, Options) else self._values(name, spec)
        except InputError as error:
            where = self.file.place(*place)
            for p in error.problems:
                path = f"{'.'.join(place)}: {p.path}" if p.path and p.path != name else ".".join(place)
                self.found.append(Problem(p.message, where, path, p.value, p.expected, p.hint))
            return None

    def check_given(self, outer: list[Axis | None]) -> None:
        """Refuse names of given axes that no axis has."""
        names = [axis.name for axis in outer if axis]
        for name in self.file.study.given:
            if name not in self.file.study.axes:
                hint = did_you_mean(name, names)
                place = self.file.place("given")
                self.found.append(Problem("no such axis", place, "given", name, ", ".join(names), hint))

    def refuse_twice(self, axes: list[Axis]) -> None:
        """Refuse fields that two axes set."""
        owner: dict[str, str] = {}
        for axis in axes:
            for path in dict.fromkeys(path for setting in axis.settings for path, _ in setting):
                if path in owner:
                    other = owner[path]
                    self.found.append(
                        Problem("a field on two axes", path=path, value=f"{other}, {axis.name}")
                    )
                owner[path] = axis.name

    def _options(self, name: str, spec: Options) -> Axis:
        settings: list[tuple[tuple[str, Any], ...]] = []
        for fields in spec.options.values():
            scenario = self._scenario(fields)
            chosen = tuple((path, _take(scenario, path)) for path in fields)
            for path, value in chosen:
                self._known(path, value)
            settings.append(chosen)
        return Axis(name, tuple(spec.options), tuple(settings), vector=False)

    def _known(self, path: str, value: Any) -> None:
        """Refuse words that should name a part and do not."""
        if path in PARTS and value is not None:
            self.catalog.resolve(value if isinstance(value, str) else value.part, PARTS[path])

    def _values(self, path: str, spec: Any) -> Axis:
        if isinstance(spec, Span):
            return self._span(path, spec)
        given = list(self._parts(spec)) if isinstance(spec, Query) else list(spec)
        read = [_take(self._scenario({path: value}), path) for value in given]
        for value in read:
            self._known(path, value)
        labels = tuple("none" if value is None else str(value) for value in given)
        return _number_or_words(path, labels, read)

    def _span(self, path: str, spec: Span) -> Axis:
        scenarios = [self._scenario({path: end}) for end in (spec.low, spec.high)]
        low, high = (_take(scenario, path) for scenario in scenarios)
        if not all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high)):
            raise InputError(Problem("not a field of numbers", path=path, expected="a list of values"))
        if not low < high:
            raise InputError(
                Problem("the span is empty", value=f"{spec.low} to {spec.high}", expected="low < high")
            )
        if (spec.steps is None) == (spec.factor is None):
            raise InputError(Problem("how many values", expected="steps, or factor, one of them"))
        values = _spread(low, high, spec)
        whole = isinstance(low, int) and isinstance(high, int)
        read = list(dict.fromkeys(round(v) if whole else float(v) for v in values))
        unit = _unit(scenarios[0], path)
        return _number_or_words(
            path, tuple(units.format(v, unit) if unit else f"{v:.6g}" for v in read), read
        )

    def _parts(self, query: Query) -> Iterator[str]:
        kinds = self.catalog.kinds()
        if query.parts not in kinds:
            hint = did_you_mean(query.parts, kinds)
            raise InputError(Problem("unknown kind", value=query.parts, expected=", ".join(kinds), hint=hint))
        found = [part for part in self.catalog.parts(query.parts) if self._wanted(part, query)]
        if not found:
            raise InputError(Problem("no part of the catalogue fits the query", expected="at least one"))
        yield from (part.name for part in found)

    def _wanted(self, part: Any, query: Query) -> bool:
        for field, bound in query.where.items():
            known = self.catalog.fields.get((query.parts, field))
            if known is None:
                names = [name for kind, name in self.catalog.fields if kind == query.parts]
                hint = did_you_mean(field, names)
                raise InputError(Problem(f"unknown field of {query.parts}", value=field, hint=hint))
            test = read_bound(bound, known.unit)
            choice = self.catalog.choose(part.name, field)
            if choice is None or not test.holds(choice.value):
                return False
        named = not query.names or any(name.casefold() in part.name.casefold() for name in query.names)
        made = not query.vendor or part.vendor in query.vendor
        return named and made and (not query.country or part.country in query.country)

    def _scenario(self, fields: Mapping[str, Any]) -> Scenario:
        data = self.file.raw
        for path, value in sorted(fields.items(), key=lambda item: item[0].count(".")):
            data = with_value(data, path, value)
        return scenario_from(data)


def _take(node: Any, path: str) -> Any:
    for key in path.split("."):
        node = cast("dict[str, Any]", node)[key] if isinstance(node, dict) else getattr(node, key)
    return node


def _unit(scenario: Scenario, path: str) -> str:
    """Return the unit that a field is written in, such as "B/s"; empty for a plain number."""
    written = _take(scenario.model_dump(), path)
    return written.partition(" ")[2] if isinstance(written, str) else ""


def _number_or_words(path: str, labels: tuple[str, ...], values: list[Any]) -> Axis:
    axis = Axis(path, labels, tuple(((path, value),) for value in values), vector=False)
    vector = VECTORS.fullmatch(path) is not None and axis.is_number
    return Axis(path, labels, axis.settings, vector)


def _spread(low: float, high: float, spec: Span) -> list[float]:
    """Return the values of a span, its ends included as far as steps reach them."""
    if spec.factor is not None:
        count = int(math.log(high / low) / math.log(spec.factor) + ROUNDING) + 1
        return [low * spec.factor**step for step in range(count)]
    shares = [step / ((spec.steps or 2) - 1) for step in range(spec.steps or 2)]
    if spec.scale == "log":
        return [low ** (1.0 - share) * high**share for share in shares]
    return [low + (high - low) * share for share in shares]
