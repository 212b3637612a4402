"""What a user can change, and which way the answer must move."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import tauplan
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import OK, solve
from tauplan.tau import LEVELS

EXAMPLES = Path(__file__).parents[2] / "examples"
WEEK = 7 * 86400.0


def answer(example, *changes):
    return tauplan.answer(tauplan.read_scenario(EXAMPLES / f"{example}.yaml", changes))


def metric(answer, key):
    return next(m.value for m in answer.metrics if m.key == key)


def test_a_power_cap_costs_time_and_saves_power():
    free, capped = answer("h100-train"), answer("h100-train", "system.power_cap=400 W")
    assert capped.run_s > 1.1 * free.run_s
    assert metric(capped, "device_power_W") < 0.8 * metric(free, "device_power_W")
    assert answer("h100-train", "system.power_cap=5 kW").run_s == pytest.approx(free.run_s)


def test_an_oversubscribed_core_is_slower_than_a_full_one():
    plan = ("plan.zero=3", "plan.overlap_data=0")
    flat = answer("h100-train", *plan)
    full = answer("h100-train", *plan, "system.scale_out.pod=256")
    thin = answer("h100-train", *plan, "system.scale_out.pod=256", "system.scale_out.oversubscription=8")
    assert flat.run_s <= full.run_s * (1 + 1e-9)
    assert thin.owned_s["link"] > 1.1 * full.owned_s["link"]


def test_reduction_in_switches_is_never_slower():
    plan = ("plan.sequence_parallel=false", "plan.recompute=full")
    ring = answer("h100-train", *plan, "system.scale_up.in_network_reduction=false")
    switched = answer("h100-train", *plan, "system.scale_up.in_network_reduction=true")
    assert answer("h100-train", *plan).run_s == switched.run_s  # the link's own claim says so
    assert switched.run_s < ring.run_s


def test_a_pinned_source_changes_the_claim_that_is_used():
    text = (EXAMPLES / "kunlun3-train.yaml").read_text(encoding="utf-8")
    pin = "pins:\n  - {part: Baidu Kunlun 3, field: peak_bf16, source: baidu-vllm-kunlun}\n"
    base = tauplan.answer(tauplan.parse_scenario(text))
    pinned = tauplan.answer(tauplan.parse_scenario(text + pin))
    used = {(c.part, c.field): c for c in pinned.claims}["Baidu Kunlun 3", "peak_bf16"]
    assert used.value == "345 TFLOP/s"
    rival = {(c.part, c.field): c for c in base.claims}["Baidu Kunlun 3", "peak_bf16"].rivals[0]
    assert pinned.time_to_result_s / base.time_to_result_s == pytest.approx(rival.time_ratio, rel=1e-9)


def test_supply_is_the_longest_order_and_its_installation():
    base = answer("kunlun3-train")
    late = answer("kunlun3-train", "supply.lead_times.accelerator=40 weeks")
    assert late.supply_s == pytest.approx(44 * WEEK)
    assert late.run_s == base.run_s
    assert {link.name for link in late.supply_chain if link.critical} == {"accelerator", "installation"}
    here = answer("kunlun3-train", "supply.in_hand=true")
    assert here.supply_s == 0.0
    assert here.time_to_result_s == here.run_s
    assert here.bound_by == "transistor"


def test_a_format_the_chip_lacks_falls_back_to_a_wider_one_and_says_so():
    narrow = answer("h100-train", "system.accelerator=NVIDIA A100 SXM4 80GB", "workload.precision=fp8")
    wide = answer("h100-train", "system.accelerator=NVIDIA A100 SXM4 80GB")
    assert any("no fp8 rate" in warning for warning in narrow.warnings)
    assert narrow.run_s >= 0.95 * wide.run_s
    assert not wide.warnings


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16", "fp16", "fp8", "int8", "int4"])
def test_every_number_format_serves_and_narrow_weights_decode_faster(precision):
    changes = ("workload.model=Llama-3.1-8B", "workload.batch=1", "plan.tensor=1", "system.count=8")
    found = answer(
        "kunlun3-serve",
        "system.accelerator=NVIDIA H100 SXM5 80GB",
        "system.server=DGX H100",
        *changes,
        f"workload.precision={precision}",
    )
    assert found.status == "ok"
    base = answer(
        "kunlun3-serve",
        "system.accelerator=NVIDIA H100 SXM5 80GB",
        "system.server=DGX H100",
        *changes,
        "workload.precision=bf16",
    )
    weights = next(part.amount for part in found.memory_parts if part.label == "weights")
    whole = next(part.amount for part in base.memory_parts if part.label == "weights")
    assert (found.tpot_s < base.tpot_s) == (weights < whole) or weights == whole


def test_the_largest_batch_keeps_the_limit_and_the_next_would_not():
    scenario = tauplan.read_scenario(EXAMPLES / "kunlun3-serve.yaml")
    found = tauplan.answer(scenario)
    batch = metric(found, "batch")
    assert found.tpot_s <= scenario.workload.tpot_limit
    more = answer("kunlun3-serve", f"workload.batch={int(batch) * 2}")
    assert more.status == "infeasible"
    assert "limit" in more.reason or "memory" in more.reason


def test_an_infeasible_design_is_an_answer_with_a_reason():
    broken = answer("kunlun3-train", "reliability.mtbf=1 day")
    assert broken.status == "infeasible"
    assert "failures" in broken.reason
    assert math.isnan(broken.time_to_result_s)
    assert list(broken.owned_s) == list(LEVELS)


def test_every_accelerator_and_chip_of_the_catalogue_can_be_evaluated():
    catalog = Catalog.load()
    text = (EXAMPLES / "phone.yaml").read_text(encoding="utf-8")
    for part in (*catalog.parts("accelerator"), *catalog.parts("soc")):
        scenario = tauplan.parse_scenario(
            text, changes=(f"system.accelerator={part.name}", "workload.prompt=16", "workload.output=4")
        )
        result = solve(resolve(scenario, catalog).case)
        assert float(result.run) > 0, part.name
        assert (
            int(result.status) == OK or "memory" in part.name.casefold() or float(result.footprint.total) > 0
        )


def test_every_server_of_the_catalogue_can_be_evaluated():
    catalog = Catalog.load()
    text = (EXAMPLES / "h100-train.yaml").read_text(encoding="utf-8")
    for server in catalog.parts("server"):
        held = catalog.choose(server.name, "accelerator")
        assert held is not None
        changes = (f"system.server={server.name}", f"system.accelerator={held.value}")
        result = solve(resolve(tauplan.parse_scenario(text, changes=changes), catalog).case)
        assert float(result.run) > 0, server.name


def test_every_model_of_the_catalogue_can_be_served():
    catalog = Catalog.load()
    text = (EXAMPLES / "phone.yaml").read_text(encoding="utf-8")
    for model in catalog.parts("model"):
        scenario = tauplan.parse_scenario(
            text, changes=(f"workload.model={model.name}", "system.accelerator=NVIDIA B200 SXM 180GB")
        )
        assert float(solve(resolve(scenario, catalog).case).serving.tpot) > 0, model.name


def test_unknown_parts_are_refused_with_the_nearest_names():
    with pytest.raises(InputError, match="did you mean"):
        answer("kunlun3-train", "system.server=DGX H1OO")


def test_published_peak_serving_of_a_latent_attention_model_is_in_reach():
    """CloudMatrix 384: 1,943 output tokens/s per package below 50 ms, 6,688 prompt tokens/s in prefill."""
    found = answer("cloudmatrix-serve")
    assert found.tpot_s <= 0.050
    decode = metric(found, "batch") / found.tpot_s
    assert decode == pytest.approx(1943, rel=0.4)
    assert metric(found, "prefill_tokens_per_s_per_device") == pytest.approx(6688, rel=0.4)


def test_published_training_speed_of_a_70b_model_on_h100_is_in_reach():
    """Reports of dense 70B-class BF16 training on 8-GPU H100 servers lie between 35 and 55 % MFU."""
    assert 0.35 < metric(answer("h100-train"), "mfu") < 0.55


def test_one_part_of_a_model_in_another_format_keeps_the_format_of_the_rest():
    scenario = tauplan.read_scenario(EXAMPLES / "kunlun3-serve.yaml", ("workload.precision.kv_cache=fp8",))
    plain = tauplan.read_scenario(EXAMPLES / "kunlun3-serve.yaml")
    catalog = Catalog.load()
    narrow, whole = (resolve(s, catalog).precision for s in (scenario, plain))
    assert whole.kv_cache != "fp8"
    assert narrow.model_copy(update={"kv_cache": whole.kv_cache}) == whole
