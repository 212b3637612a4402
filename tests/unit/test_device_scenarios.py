"""Networks on devices: images on a card, nets of a car, answers on a phone, one model over cards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.chip.housing import paced_time, skin_temperature, sustained_power
from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.evaluate.device import evaluate_device
from tauplan.evaluate.pipeline import Stage, simulate
from tauplan.spec.device import is_device_scenario, read_device_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("vision-kunlun3", "driving-orin", "phone-xring", "multichip-kunlun3")


def found(name, *changes):
    path = EXAMPLES / f"{name}.yaml"
    return evaluate_device(read_device_scenario(path, changes), Catalog.load(), EXAMPLES)


def figures(findings):
    return {figure.key: figure.value for figure in findings.figures}


def grid(findings, title):
    return next(g for g in findings.grids if g.title.startswith(title))


@pytest.mark.parametrize("name", NAMES)
def test_examples_print_and_give_json(name, capsys):
    path = EXAMPLES / f"{name}.yaml"
    assert is_device_scenario(path)
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", str(path)])
    assert not stop.value.code
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) > 15 and "claims used" in shown
    with pytest.raises(SystemExit):
        main(["evaluate", str(path), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "ok" and answer["claims"] and answer["grids"]


def test_other_scenarios_are_no_device_scenarios(tmp_path):
    assert not is_device_scenario(EXAMPLES / "kunlun3-train.yaml")
    assert not is_device_scenario(tmp_path / "missing.yaml")


def test_vision_throughput_grows_with_the_batch_and_with_the_cards():
    one, four = found("vision-kunlun3"), found("vision-kunlun3", "system.count=4")
    rates = [row[2] for row in grid(one, "By batch").rows]
    assert rates == sorted(rates)
    assert figures(four)["throughput"] == pytest.approx(4 * figures(one)["throughput"])
    shared = found("vision-kunlun3", "workload.instances=2")
    assert grid(shared, "By batch").rows[0][1] == pytest.approx(2 * grid(one, "By batch").rows[0][1])


def test_a_latency_limit_keeps_batches_small_or_fails():
    tight = found("vision-kunlun3", "workload.latency_limit=2 ms")
    assert figures(tight)["latency"] <= 2e-3 and figures(tight)["batch"] < 256
    never = found("vision-kunlun3", "workload.latency_limit=1 ns")
    assert never.status == "infeasible" and "latency" in never.reason


def test_a_listed_network_without_layers_is_timed_from_its_totals():
    listed = found("vision-kunlun3", "workload.model=ssd300_resnet50")
    assert figures(listed)["throughput"] > 100
    assert any("only its totals" in note for note in listed.notes)


def test_a_model_file_lies_beside_the_scenario(tmp_path):
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    weights = onnx.numpy_helper.from_array(np.zeros((8, 3, 3, 3), np.float32), "w")
    image = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3, "side", "side"])
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 8, "h", "v"])
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    model = helper.make_model(helper.make_graph([node], "g", [image], [out], [weights]))
    onnx.save(model, tmp_path / "small.onnx")
    text = (
        "workload: {task: infer, model: small.onnx, batch: 4, dims: {side: 32}}\n"
        "system: {accelerator: NVIDIA A100 SXM4 80GB}\n"
    )
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    answer = evaluate_device(read_device_scenario(path), Catalog.load(), tmp_path)
    macs = grid(answer, "Slowest layers").rows[0][2]
    assert macs == pytest.approx(4 * 8 * 32 * 32 * 27 / 1e9)


def test_driving_misses_deadlines_on_a_slow_chip():
    orin, five = found("driving-orin"), found("driving-orin", "system.accelerator=Horizon Journey 5")
    assert figures(orin)["missed"] == 0
    assert figures(five)["latency_p99"] > figures(orin)["latency_p99"]
    crowded = found("driving-orin", "workload.lanes.all=0.2")
    assert figures(crowded)["missed"] > 0.01
    assert figures(orin) == figures(found("driving-orin"))


def test_pipelines_that_cannot_be_say_why(tmp_path):
    text = (EXAMPLES / "driving-orin.yaml").read_text()
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace("after: [traffic lights]", "after: [trafic lights]"))
    with pytest.raises(InputError, match="nobody makes"):
        evaluate_device(read_device_scenario(path), Catalog.load(), tmp_path)
    path.write_text(text.replace("after: [lidar]", "after: [prediction]"))
    with pytest.raises(InputError, match="wait for each other"):
        evaluate_device(read_device_scenario(path), Catalog.load(), tmp_path)


@settings(max_examples=30)
@given(st.floats(5.0, 60.0), st.floats(1e-4, 8e-3))
def test_a_single_stage_below_capacity_answers_each_frame_once(rate, seconds):
    out = simulate({"camera": rate}, [Stage("net", ("camera",), "all", seconds, 1.0)], 4.0, 0.0, 1)
    assert len(out.ages["net"]) == int(np.ceil(4.0 * rate))
    assert out.ages["net"] == pytest.approx(seconds)
    assert out.dropped["net"] == 0 and out.missed["net"] == 0


def test_an_overloaded_lane_drops_frames_and_keeps_its_pace():
    stages = [Stage("net", ("camera",), "all", 0.1, 0.25)]
    out = simulate({"camera": 30.0}, stages, 20.0, 0.0, 1)
    assert len(out.ages["net"]) == pytest.approx(20.0 / 0.1, rel=0.02)
    assert out.dropped["net"] > 350
    assert out.busy["all"] == pytest.approx(20.0, rel=0.02)


def test_a_join_waits_for_the_slower_sensor():
    stages = [Stage("fusion", ("fast", "slow"), "all", 0.001, 1.0)]
    out = simulate({"fast": 40.0, "slow": 10.0}, stages, 10.0, 0.0, 1)
    assert len(out.ages["fusion"]) == pytest.approx(100, abs=2)


def test_a_phone_warms_up_slows_down_and_prefers_cool_air():
    phone = found("phone-xring")
    session = grid(phone, "A session").rows
    skins, paces = [row[1] for row in session], [row[2] for row in session]
    assert skins == sorted(skins) and skins[-1] <= 43.0
    assert paces[-1] < paces[0]
    cold = found("phone-xring", "system.phone.ambient_C=0")
    assert grid(cold, "A session").rows[-1][2] >= paces[-1]
    assert figures(phone)["answers"] == pytest.approx(20 * 3600 / figures(phone)["answer"])


def test_phones_rank_by_their_memory_when_cold():
    rows = grid(found("phone-xring"), "Beside its peers").rows
    by_memory = sorted(rows, key=lambda row: -row[1])
    assert [row[0] for row in by_memory] == [row[0] for row in sorted(rows, key=lambda row: -row[3])]


def test_heat_by_hand():
    assert skin_temperature(25.0, 25.0, 5.0, 3.0, 100.0, 1e9) == pytest.approx(40.0)
    assert skin_temperature(25.0, 25.0, 5.0, 3.0, 100.0, 300.0) == pytest.approx(25 + 15 * (1 - np.exp(-1)))
    assert sustained_power(25.0, 43.0, 3.0) == pytest.approx(6.0)
    assert paced_time(1.0, 10.0, 2.0, 6.0) == pytest.approx(2.0)
    assert paced_time(1.0, 3.0, 2.0, 6.0) == 1.0


def test_one_model_over_cards_scales_and_says_where_it_bends():
    spread = found("multichip-kunlun3", "system.count=16")
    rows = grid(spread, "Scaling").rows
    tokens = [row[2] for row in rows]
    assert tokens == sorted(tokens)
    one = grid(spread, "One sequence")
    speed_ups = [row[3] for row in one.rows]
    assert speed_ups[1] > 1.2 and (np.diff(speed_ups) > -0.02).all()
    assert "bends at" in one.note
    mixed = grid(spread, "Mixed").rows
    by_speed, evenly = mixed[-2], mixed[-1]
    assert by_speed[1] > mixed[0][1] and evenly[1] < by_speed[1]
