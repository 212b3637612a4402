"""Processes elsewhere: a Dask cluster of two worker processes, one of which is killed, and a pool that breaks."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, TauplanError
from tauplan.explore.executors import Here, Pool, cluster
from tauplan.explore.prepared import ready
from tauplan.explore.run import explore
from tauplan.spec.study import parse_study

EXAMPLES = Path(__file__).parents[2] / "examples"
STUDY = """
scenario: kunlun3-train.yaml
axes:
  system.accelerator: [Baidu Kunlun 3, NVIDIA H100 SXM5 80GB, Huawei Ascend 910C, AMD MI300X]
  system.count: {low: 64, high: 8192, factor: 2}
  system.accelerator.memory_bandwidth: {low: 1 TB/s, high: 8 TB/s, steps: 2000}
search:
  plan.tensor: [1, 2, 4, 8]
  plan.zero: [0, 1, 2, 3]
objectives: [run, capital, energy]
"""


def study():
    return ready(parse_study(STUDY, EXAMPLES), Catalog.load())


def same(one, other):
    assert (one.designs, one.feasible, one.reasons) == (other.designs, other.feasible, other.reasons)
    for name in ("front", "low", "high", "total"):
        first, second = getattr(one, name), getattr(other, name)
        pair = (first.objectives, second.objectives) if name == "front" else (first, second)
        assert pair[0].tobytes() == pair[1].tobytes()
    assert np.array_equal(one.top[0], other.top[0])
    assert np.array_equal(one.sample[1], other.sample[1])


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_bytes_and_survives_a_killed_worker():
    distributed = pytest.importorskip("distributed")
    prepared = study()
    local = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    killed = []

    def kill_once(done, whole):
        if done and not killed:
            killed.append(next(iter(local.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    with local, cluster(local.scheduler_address) as pool:
        outcome = explore(prepared, pool, progress=kill_once)
    assert killed
    same(outcome, explore(prepared, Here()))


def test_a_scheduler_that_is_not_there_is_one_clear_error():
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask scheduler answers"), cluster("nowhere"):
        pass


class Fragile:
    """Builds pools; the first loses a worker while it computes."""

    def __init__(self, always=False):
        self.built, self.always = 0, always

    def __call__(self):
        self.built += 1
        pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        if self.built == 1 or self.always:
            pool.submit(os._exit, 1)
        return pool


def test_a_pool_whose_worker_dies_is_built_anew():
    prepared, pools = study(), Fragile()
    same(explore(prepared, Pool(pools, 1)), explore(prepared, Here()))
    assert pools.built == 2


def test_workers_that_die_again_and_again_end_the_run_with_an_error():
    with pytest.raises(TauplanError, match="the workers died"):
        explore(study(), Pool(Fragile(always=True), 1))
