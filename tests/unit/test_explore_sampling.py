"""Samples of spaces: even, without repeats, repeatable, and near the exact front."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.explore.executors import Here
from tauplan.explore.prepared import ready
from tauplan.explore.run import explore
from tauplan.explore.sampling import sampled, sobol
from tauplan.spec.study import parse_study

EXAMPLES = Path(__file__).parents[2] / "examples"
STUDY = """
scenario: kunlun3-train.yaml
axes:
  system.accelerator: [Baidu Kunlun 3, NVIDIA H100 SXM5 80GB, Huawei Ascend 910C]
  system.count: {low: 64, high: 8192, factor: 2}
  system.scale_out.bandwidth: {low: 10 GB/s, high: 400 GB/s, steps: 40, scale: log}
  system.accelerator.memory_bandwidth: {low: 1 TB/s, high: 8 TB/s, steps: 40}
search:
  plan.tensor: [1, 2, 8]
objectives: [run, capital]
"""


def found(sample=""):
    study = ready(parse_study(STUDY + sample, EXAMPLES), Catalog.load())
    asked = study.file.study.sample
    return study, explore(study, Here()) if asked is None else sampled(study, asked)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 400), st.integers(0, 5))
def test_a_sobol_sample_names_different_designs_of_the_space(sizes, designs, seed):
    numbers = np.concatenate(list(sobol(tuple(sizes), designs, seed)))
    assert 1 <= len(numbers) == len(set(numbers.tolist())) <= designs
    assert 0 <= numbers.min() <= numbers.max() < math.prod(sizes)
    assert np.array_equal(numbers, np.concatenate(list(sobol(tuple(sizes), designs, seed))))


def test_a_sobol_sample_meets_every_value_of_every_axis_evenly():
    numbers = np.concatenate(list(sobol((16, 16, 16), 1024, 0)))
    for digits in np.unravel_index(numbers, (16, 16, 16)):
        assert np.ptp(np.bincount(digits, minlength=16)) <= 16


@pytest.mark.parametrize("method", ["sobol", "nsga2"])
def test_a_sample_comes_near_the_exact_front(method):
    study, exact = found()
    sample = f"sample: {{method: {method}, designs: 3000}}\n"
    _, some = found(sample)
    assert 1000 < some.designs <= 3000 < study.space.designs
    assert np.array_equal(some.front.designs, found(sample)[1].front.designs)
    best = exact.front.objectives
    for row in some.front.objectives:  # nothing beats the exact front
        assert ((best <= row).all(axis=1)).any()
    near = [np.min((some.front.objectives / row).max(axis=1)) for row in best]
    assert np.median(near) < 1.1


def test_a_space_beyond_enumeration_is_sampled():
    text = STUDY.replace("steps: 40", "steps: 5000").replace(
        "search:", "  system.site.pue: {low: 1.05, high: 2, steps: 5000}\nsearch:"
    )
    study = ready(parse_study(text + "sample: {method: sobol, designs: 500}\n", EXAMPLES), Catalog.load())
    assert study.space.designs > 1e11
    outcome = sampled(study, study.file.study.sample)
    assert outcome.designs == 500
    assert outcome.feasible > 0
