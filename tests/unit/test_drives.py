"""Drives behind a workload: checkpoints, start, data set, offload of weights, optimizer state and caches."""

from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.batch import evaluate_batch
from tauplan.evaluate.book import Book
from tauplan.evaluate.explain import evaluate
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.evaluate.storage import designed_drive
from tauplan.spec.scenario import read_scenario
from tauplan.spec.storage import Flash
from tauplan.tau import seconds

EXAMPLES = Path(__file__).parents[2] / "examples"
CATALOG = Catalog.load()


def solved(name, *changes, explained=False):
    resolved = resolve(read_scenario(EXAMPLES / f"{name}.yaml", changes), CATALOG)
    return resolved, solve(resolved.explained() if explained else resolved.case)


@pytest.mark.parametrize("name", ["drives-train", "drives-serve"])
def test_owned_seconds_add_up_and_drives_own_theirs(name):
    _, plain = solved(name)
    _, owned = solved(name, explained=True)
    assert float(owned.run.seconds) == pytest.approx(float(plain.run), rel=1e-12)
    slow, slower = (
        solved(
            name,
            "system.storage.read_bandwidth=1 GB/s",
            f"system.storage.write_bandwidth={w}",
            explained=True,
        )
        for w in ("1 GB/s", "0.5 GB/s")
    )
    memory = [float(result.run.by_level()["memory"]) for _, result in (slow, slower)]
    assert memory[0] > float(owned.run.by_level()["memory"])
    assert memory[1] >= memory[0]


def test_a_cache_of_40_GB_comes_back_in_6_seconds():
    """Llama-3.1-70B at 128k tokens in 16 bits, over one drive of 6.57 GB/s."""
    drives = ("system.storage.drives=1", "system.storage.read_bandwidth=6.57 GB/s", "plan.drives.cache=1")
    _, result = solved("drives-serve", *drives, "workload.precision=bf16", "workload.batch=1")
    assert float(result.fetch_s) == pytest.approx(6.5, rel=0.06)
    assert float(result.serving.ttft) == pytest.approx(float(result.fetch_s))


def test_fetching_a_cache_beats_computing_it_until_the_drives_are_slow():
    def ttft(share, read):
        changes = (f"plan.drives.cache={share}", f"system.storage.read_bandwidth={read}")
        return float(solved("drives-serve", *changes)[1].serving.ttft)

    assert ttft(0.9, "14 GB/s") < 0.5 * ttft(0, "14 GB/s")
    assert ttft(0.9, "0.1 GB/s") > ttft(0, "0.1 GB/s")


def test_weights_on_drives_make_room_and_cost_their_way():
    _, plain = solved("drives-serve")
    resolved, streamed = solved("drives-serve", "plan.drives.weights=0.5", explained=True)
    gone = float(plain.footprint.weights) - float(streamed.footprint.weights)
    assert gone == pytest.approx(0.5 * float(plain.footprint.weights))
    least = gone * float(resolved.case.drives.read_s)
    assert float(streamed.serving.decode_s.seconds) >= least
    assert float(streamed.serving.decode_s.by_level()["memory"]) >= least


def test_optimizer_state_on_drives_hides_behind_a_long_step_and_shows_in_a_short_one():
    _, kept = solved("drives-train", "plan.drives.optimizer=0")
    _, moved = solved("drives-train")
    assert float(moved.footprint.optimizer) == 0.0 < float(kept.footprint.optimizer)
    assert float(moved.step.drives) == 0.0
    _, slow = solved("drives-train", "system.storage.write_bandwidth=0.05 GB/s")
    assert float(slow.step.drives) > 0.0
    assert float(slow.step.time) == pytest.approx(float(kept.step.time) + float(slow.step.drives))


def test_a_data_set_of_many_bytes_per_token_starves_the_step():
    _, fed = solved("drives-train", "plan.drives.token_bytes=4 B")
    _, starved = solved("drives-train", "plan.drives.token_bytes=100 MB")
    assert float(fed.step.drives) == 0.0
    tokens = 8192 * 256 / 64
    resolved, _ = solved("drives-train")
    assert float(starved.step.time) >= 100e6 * tokens * float(resolved.case.drives.read_s)


def test_checkpoints_go_to_the_drives():
    resolved, result = solved("drives-train", explained=True)
    state_B = float(result.checkpoint_s) / float(resolved.case.drives.write_s)
    assert float(result.start_s) == pytest.approx(state_B * float(resolved.case.drives.read_s))
    _, half = solved("drives-train", "system.storage.drives=4")
    assert float(half.checkpoint_s) == pytest.approx(2 * float(result.checkpoint_s), rel=0.01)
    stated = solved("drives-train", "reliability.checkpoint=5 s")[1]
    assert float(seconds(stated.checkpoint_s)) == 5.0


def test_a_batch_of_drives_is_its_designs_one_by_one():
    scenario = read_scenario(EXAMPLES / "drives-train.yaml")
    layers, drives = np.array([64, 128, 232]), np.array([1, 4, 8])
    axes = {"system.storage.flash.layers": layers, "system.storage.drives": drives}
    batch = evaluate_batch(scenario, axes, CATALOG)
    for row in range(3):
        changes = (f"system.storage.flash.layers={layers[row]}", f"system.storage.drives={drives[row]}")
        _, alone = solved("drives-train", *changes)
        assert batch["run_s"][row] == pytest.approx(float(alone.run), rel=1e-12)
        assert batch["cost_USD"][row] == pytest.approx(float(alone.cost_USD), rel=1e-12)


def test_layers_bring_capacity_and_cells_cost_speed():
    book = Book(CATALOG, Policy())
    read, write, capacity = designed_drive(book, Flash(layers=232, channels=16, dies=8))
    assert read == pytest.approx(14.3e9, rel=0.02)  # its link to the host
    assert 12e9 < write <= read
    assert capacity == pytest.approx(16.2e12, rel=0.1)
    _, slow, more = designed_drive(book, Flash(layers=232, channels=16, dies=8, cell_bits=4))
    assert more == pytest.approx(capacity * 4 / 3)
    assert slow < 0.6 * write
    _, _, less = designed_drive(book, Flash(layers=64, channels=16, dies=8))
    assert less == pytest.approx(capacity * 64 / 232)


def test_the_answer_names_what_the_drives_do():
    answer = evaluate(read_scenario(EXAMPLES / "drives-serve.yaml"))
    keys = {metric.key for metric in answer.metrics}
    assert {"drive_read_Bps", "start_s", "fetch_s"} <= keys
    assert any(part.label == "drives, written off" and part.amount > 0 for part in answer.cost_parts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("system.storage.flash.layers=232",), "which drive"),
        (("system.storage.link=nothing",), "nothing"),
    ],
)
def test_drives_that_cannot_be(changes, words):
    with pytest.raises(InputError, match=words):
        solved("drives-serve", *changes)


def test_offload_needs_drives():
    with pytest.raises(InputError, match="nothing to stream from"):
        solved("kunlun3-serve", "plan.drives.weights=0.5")
