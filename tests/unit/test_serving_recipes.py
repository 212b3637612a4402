"""Published recipes of serving runs: which a row may be of, and the pools that they make."""

from __future__ import annotations

from datetime import date

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.devices import Devices
from tauplan.validate.serving_load import Loads, Means, demand_of, middle
from tauplan.validate.serving_recipes import Listed, Named, Recipe, Side, listed, matching, read
from tauplan.validate.serving_setup import Setup, day_of

ROW = {
    "model": "deepseek-ai/DeepSeek-R1",
    "system": "h200_sxm",
    "backend": "trtllm",
    "precision": "fp8 gemm=fp8 moe=fp8",
    "mode": "disagg",
    "notes": "measured 2026-03-23",
    "isl": "1024",
    "osl": "1024.0",
    "concurrency_or_batch": "896",
    "prefill_parallel": "bs tp8 pp1 adp1 moetp1 moeep8",
    "decode_parallel": "bs tp8 pp1 adp1 moetp1 moeep8",
    "prefill_workers": "",
    "decode_workers": "",
}
RUN = Recipe("e", "m", "d", "fp8", 1, 1, (1,), Side(1, 8, 1, 8), Side(3, 1, 8, 8), 0)
JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)


@pytest.fixture(scope="module")
def loads():
    return Loads(Setup(Devices(Catalog.load())))


def test_a_row_finds_the_run_that_was_published_for_its_clients(loads):
    (run,) = loads.recipes(ROW)
    assert (run.front.workers, run.back.workers, run.back.ranks, run.drafts) == (1, 7, 8, 3)


def test_rows_that_state_their_workers_hold_runs_without_drafts(loads):
    either = {**ROW, "concurrency_or_batch": "144"}  # of a run with drafts and of one without
    assert {run.drafts for run in loads.recipes(either)} == {0, 3}
    stated = {**either, "prefill_workers": "1.0", "decode_workers": "9.0"}
    assert {run.drafts for run in loads.recipes(stated)} == {0}
    assert not loads.recipes({**stated, "decode_workers": "8.0"})


@pytest.mark.parametrize("change", [{"system": "a100_sxm"}, {"isl": "777"}, {"backend": "no such engine"}])
def test_other_runs_have_no_recipe(loads, change):
    assert loads.recipes({**ROW, **change}) == []


def test_pools_have_the_workers_slots_and_drafts_of_the_recipe(loads):
    (run,) = loads.recipes(ROW)
    front, back = loads.pools.by_recipe(ROW, demand_of(ROW), run)
    assert (front.pool.workers, back.workers) == (1, 7)
    assert front.pool.scheduler.budget == run.front.tokens
    assert back.scheduler.slots == run.back.batch * run.back.ranks
    plain = loads.pools.by_recipe(ROW, demand_of(ROW), RUN)[1]
    assert back.steps.decode_s(64, 1024.0) < plain.steps.decode_s(64, 1024.0)


def test_the_listing_nearest_to_the_date_counts():
    early, late = Listed(RUN, JANUARY, JANUARY), Listed(Recipe(*[*vars(RUN).values()][:-1], 1), MARCH, MAY)
    named = Named(8, 8)
    assert [one.drafts for one in matching((early, late), named, date(2026, 1, 5))] == [0]
    assert [one.drafts for one in matching((early, late), named, date(2026, 4, 5))] == [1]
    assert [one.drafts for one in matching((early, late), named, None)] == [0, 1]


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        (Named(8, 8), True),
        (Named(1, 1), True),  # a table that does not know the plan
        (Named(32, 32), True),  # both pools together: 8 + 3 · 8
        (Named(8, 8, 1, 3), True),
        (Named(8, 8, 1, 2), False),
        (Named(4, 8), False),
    ],
)
def test_widths_and_numbers_of_workers_tell_recipes_apart(named, fits):
    assert named.fit(RUN) == fits


def test_the_table_holds_what_was_written(loads):
    everything = read(loads.setup.devices.catalog.root)
    assert len(everything) > 1000
    for one in everything[::97]:
        cells = {name: str(value) for name, value in one.recipe.cells().items()}
        assert listed(cells | {"since": str(one.since), "until": str(one.until)}) == one
        assert one.since <= one.until
        assert one.recipe.clients


def test_a_run_that_may_be_any_of_several_lies_between_them():
    found = middle([Means(1.0, 2.0), Means(4.0, 8.0)])
    assert (found.ttft_s, found.tpot_s) == pytest.approx((2.0, 4.0))


def test_dates_of_rows():
    assert day_of(ROW) == date(2026, 3, 23)
    assert day_of({"notes": "measured 2026-13-45"}) is None
    assert day_of({"notes": ""}) is None
