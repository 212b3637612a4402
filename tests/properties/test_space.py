"""The design space and its front: integers and digits, blocks, brute force, and one answer whichever way."""

from __future__ import annotations

import builtins
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.explore.executors import Here
from tauplan.explore.front import Front, blockwise, pareto_front
from tauplan.explore.prepared import ready
from tauplan.explore.run import explore
from tauplan.explore.slab import FIRST_CONSTRAINT
from tauplan.explore.space import Axis, Space, Tiling, shape_of
from tauplan.explore.work import Plan
from tauplan.spec.study import parse_study

CATALOG = Catalog.load()
ROOT = Path(__file__).parents[2]

SCENARIO = """
scenario:
  workload: {task: train, model: meta-llama/Llama-3.1-8B, sequence: 4096, global_batch: 256, tokens: 1e11}
  system: {accelerator: NVIDIA H100 SXM5 80GB, count: 64}
"""

AXES = {
    "system.accelerator": ["NVIDIA H100 SXM5 80GB", "Baidu Kunlun 3", "AMD MI300X", "Huawei Ascend 910C"],
    "system.count": [8, 64, 100, 256],
    "system.scale_out.bandwidth": ["25 GB/s", "50 GB/s", "200 GB/s"],
    "system.scale_up.domain": [1, 8, 64],
    "system.power_cap": ["300 W", "10 W"],
    "system.accelerator.memory_capacity": ["16 GB", "80 GB"],
    "system.accelerator.price": ["5000 USD", "30000 USD"],
    "supply.lead_times.accelerator": ["2 weeks", "30 weeks"],
    "system.site.pue": [1.1, 1.5],
    "workload.precision": ["bf16", "fp8"],
    "workload.sequence": [4096, 8192],
    "reliability.mtbf": ["1 years", "50 years"],
}
PLANS = {
    "plan.tensor": [1, 2, 3, 8],
    "plan.pipeline": [1, 2, 4],
    "plan.context": [1, 2, 3],
    "plan.micro_batch": [1, 2],
    "plan.interleave": [1, 2],
    "plan.recompute": ["none", "selective", "full"],
    "plan.zero": [0, 1, 3],
    "plan.overlap_data": [0.0, 0.9],
    "plan.sequence_parallel": ["true", "false"],
    "plan.offload_optimizer": [0.0, 0.5, 1.0],
    "plan.offload_activations": [0.0, 1.0],
    "plan.offload_weights": [0.0, 1.0],
}
DESIGNED = """
scenario:
  workload: {task: train, model: meta-llama/Llama-3.1-8B, sequence: 4096, global_batch: 256, tokens: 1e11}
  system:
    accelerator: {part: Baidu Kunlun 3, design: {node: TSMC N7, products: 131072, memory: HBM3e}}
    count: 64
  supply: {prices: {scenario: calm, share: 0.5}}
deadline: 2027-09-30
"""
DESIGN = "system.accelerator.design"
DESIGN_AXES = {
    "system.accelerator.part": ["Baidu Kunlun 3", "NVIDIA H100 SXM5 80GB"],
    f"{DESIGN}.node": ["TSMC N7", "TSMC N5", "TSMC N3E"],
    f"{DESIGN}.tiers": [1, 2],
    f"{DESIGN}.bond_pitch": ["0.5 um", "3 um"],
    f"{DESIGN}.products": [32768, 131072, 262144],
    f"{DESIGN}.supply": ["0.6 V", "0.7 V"],
    f"{DESIGN}.sram": ["32 MB", "256 MB"],
    f"{DESIGN}.depth": [16, 24],
    f"{DESIGN}.memory": ["HBM3e", "DDR5"],
    f"{DESIGN}.stacks": [4, 12],
    f"{DESIGN}.chiplets": [1, 2],
    f"{DESIGN}.cooling": ["air", "liquid"],
    f"{DESIGN}.harvest": [0.0, 0.1],
    "system.scale_up.link": ["DAC 800G", "CPO 800G"],
    "supply.prices.scenario": ["calm", "super-cycle"],
    "supply.lead_times.stacks": ["12 weeks", "40 weeks"],
    "system.count": [64, 256],
}
ODDS = ("time_to_result_p90", "cost_p90", "chance_late", "expected_lateness", "die_area")
FIGURES = ("time_to_result", "run", "cost", "energy", "power", "capital", "memory", "tokens_per_s", "goodput")


def some_of(axes, least, most):
    return st.lists(st.sampled_from(list(axes)), min_size=least, max_size=most, unique=True).flatmap(
        lambda names: st.fixed_dictionaries(
            {n: st.lists(st.sampled_from(axes[n]), min_size=1, max_size=3, unique=True) for n in names}
        )
    )


def block(name, axes):
    return f"{name}:\n" + "".join(f"  {path}: {values}\n" for path, values in axes.items()) if axes else ""


def study_of(parts):
    base, axes, search, objectives, constraint, apart = parts
    text = base + block("axes", axes) + block("search", search)
    text += f"given: [{next(iter(axes))}]\n" if apart else ""
    return text + f"objectives: {list(objectives)}\nordered: 2026-12-01\n{constraint}"


def wishes(figures):
    return st.lists(st.sampled_from(figures), min_size=1, max_size=5, unique=True)


BOUNDS = ["", "constraints: {power: '<= 100 kW'}\n", "constraints: {ready: '<= 2027-06-30'}\n"]
LATE = ["", "constraints: {chance_late: '<= 40 %'}\n", "constraints: {die_area: '<= 500 mm2'}\n"]
bought = st.tuples(
    st.just(SCENARIO),
    some_of(AXES, 1, 4),
    some_of(PLANS, 0, 3),
    wishes(FIGURES),
    st.sampled_from(BOUNDS),
    st.booleans(),
)
designed = st.tuples(
    st.just(DESIGNED),
    some_of(DESIGN_AXES, 1, 4),
    some_of(PLANS, 0, 2),
    wishes((*FIGURES, *ODDS)),
    st.sampled_from(LATE),
    st.booleans(),
)
studies = (bought | designed).map(study_of)


def prepared(text, **options):
    return ready(parse_study(text, ROOT), CATALOG, **options)


def front_by_hand(table):
    return [
        row
        for row in range(len(table))
        if not ((table <= table[row]).all(axis=1) & (table < table[row]).any(axis=1)).any()
    ]


@settings(max_examples=40, deadline=None)
@given(studies, st.sampled_from([1, 7, 64, 100_000]))
def test_a_study_equals_its_designs_evaluated_one_by_one(text, chunk):
    study = prepared(text)
    space, wanted, evaluator = study.space, study.wanted, study.evaluator
    every = evaluator.listed(np.arange(space.size))
    status = every.status.reshape(space.designs, space.choices)
    value = wanted.best.sign * every.figures[wanted.best.name].reshape(space.designs, space.choices)
    value = np.where(status == 0, value, np.inf)
    best = value.argmin(axis=1)
    fine = np.flatnonzero(np.isfinite(value.min(axis=1)))
    designs = fine * space.choices + best[fine]
    table = np.array([[f.sign * every.figures[f.name][d] for f in wanted.objectives] for d in designs])
    table = table.reshape(-1, len(wanted.objectives))

    cut = Plan(evaluator, 5, chunk)
    study = type(study)(**{**study.__dict__, "work": cut})
    outcome = explore(study, _with(cut))
    assert (outcome.designs, outcome.feasible) == (space.designs, len(fine))
    assert sum(outcome.reasons.values()) == space.designs - len(fine)
    groups = np.array([space.digits(d)[place_of_given(space)] if space.given else 0 for d in designs])
    apart = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    expected = [designs[rows[front_by_hand(table[rows])]] for rows in apart]
    assert outcome.front.designs.tolist() == sorted(np.concatenate([[], *expected]).astype(int).tolist())
    order = sorted(range(len(fine)), key=lambda i: (*table[i], designs[i]))[:5]
    assert outcome.top[0].tolist() == designs[order].tolist()


def place_of_given(space):
    return [axis.name for axis in space.axes].index(space.given[0])


def _with(cut):
    class Ranges(Here):
        def results(self, job, indices):
            yield from ((cut.record(index), None) for index in indices)

    return Ranges()


@settings(max_examples=30, deadline=None)
@given(studies, st.randoms(use_true_random=False))
def test_a_design_of_a_study_equals_its_scenario_alone(text, random):
    study = prepared(text)
    design = random.randrange(study.space.size)
    slab = study.evaluator.listed(np.array([design]))
    code = int(slab.status[0])
    try:
        resolved = resolve(study.space.scenario(design), CATALOG)
    except Exception as error:
        assert type(error).__name__ == "InputError"
        assert code in (4, 15)  # refused alone: a status in the batch
        return
    result = solve(resolved.case)
    assert code == int(result.status) or code >= FIRST_CONSTRAINT
    for figure in study.wanted.objectives:
        assert slab.figures[figure.name][0] == pytest.approx(float(figure.read(resolved, result)), rel=1e-12)


@given(st.lists(st.integers(1, 6), max_size=5), st.integers(1, 50))
def test_blocks_cover_a_grid_once_in_order(sizes, limit):
    tiling = Tiling(tuple(sizes), limit)
    numbers = np.arange(math.prod(sizes)).reshape(sizes)
    seen = []
    for index in range(len(tiling)):
        first, rect = tiling.block(index)
        found = numbers[rect].reshape(-1)
        assert found[0] == first
        assert len(found) == math.prod(shape_of(rect))
        assert len(found) <= max(limit, 1) or all(n == 1 for n in shape_of(rect)[:-1])
        seen += found.tolist()
    assert seen == list(range(math.prod(sizes)))


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_a_design_is_its_digits(sizes, random):
    axes = tuple(Axis(f"a{n}", ("x",) * n, (((f"a{n}", 0),),) * n, vector=False) for n in sizes)
    space = Space(None, axes[:1], axes[1:])
    design = random.randrange(space.size)
    digits = space.digits(design)
    assert int(np.ravel_multi_index(digits, sizes)) == design
    assert tuple(int(c[0]) for c in space.columns(np.array([design]))) == digits


tables = st.tuples(st.integers(0, 80), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 6).map(float) | st.just(float("nan")))
)


@given(tables, st.integers(1, 30))
def test_a_streamed_front_equals_the_whole_one(table, size):
    front = Front(table.shape[1])
    numbers = np.arange(len(table))
    for start in reversed(range(0, len(table), size)):
        front.add(numbers[start : start + size], table[start : start + size])
    assert front.designs.tolist() == pareto_front(table).tolist()


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_the_front_of_1e5_points_equals_a_plain_search(width, monkeypatch):
    rng = np.random.default_rng(width)
    table = rng.normal(size=(100_000, width)).round(2)
    fast = pareto_front(table)
    monkeypatch.setattr(builtins, "__import__", _without_moocore(builtins.__import__))
    assert pareto_front(table).tolist() == fast.tolist()
    assert np.flatnonzero(blockwise(table)).tolist() == fast.tolist()
    kept = table[fast]
    for row in rng.choice(np.setdiff1d(np.arange(len(table)), fast), 200):  # the rest is dominated
        assert ((kept <= table[row]).all(axis=1) & (kept < table[row]).any(axis=1)).any()
    for row in fast[:: max(len(fast) // 200, 1)]:  # and nothing dominates the front
        assert not ((table <= table[row]).all(axis=1) & (table < table[row]).any(axis=1)).any()


def _without_moocore(plain):
    def load(name, *rest):
        if name == "moocore":
            raise ImportError(name)
        return plain(name, *rest)

    return load
