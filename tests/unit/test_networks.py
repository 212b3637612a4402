"""Networks by description: totals against published ones, layers against their definitions, time on a chip."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.chip.network import BINDS, layer_times, net_time
from tauplan.cli.main import cli
from tauplan.errors import InputError, plain
from tauplan.evaluate.inspection import inspect_layers
from tauplan.validate.devices import Devices
from tauplan.workload.net.block_table import REPEATED, WHOLE
from tauplan.workload.net.layer import attention, convolution, dense, product, stack
from tauplan.workload.net.published import USUAL, digit, published
from tauplan.workload.net.training import kept_elements, training_layers
from tauplan.workload.net.zoo import find_net, net_layers, nets

ROWS = published(data_root())
PARTS = ("encoder", "decoder")  # halves of nets that are published whole


@pytest.mark.parametrize("row", ROWS, ids=[row.net for row in ROWS])
def test_parameters_and_macs_equal_published_totals(row):
    layers = net_layers(find_net(data_root(), row.net), 1.0, row.size)
    sizes = stack(layers)
    counted = np.array([layer.kind != row.without for layer in layers])
    assert row.parameters_M or row.macs_G
    for text, found in (
        (row.parameters_M, sizes.parameters.sum() / 1e6),
        (row.macs_G, (sizes.macs * counted).sum() / 1e9),
    ):
        if text is not None:
            near = max(row.allowed * float(text), digit(text))
            assert found == pytest.approx(float(text), abs=near), row
    assert row.allowed == USUAL or row.note, "a larger difference needs its reason"


def test_every_described_network_has_a_published_total_and_a_known_source():
    known, sources = nets(data_root()), set(Catalog.load().sources)
    apart = {name for name in known if name.rpartition(" ")[2] in PARTS}
    assert {row.net for row in ROWS} == set(known) - apart
    assert {net.source for net in known.values()} | {row.source for row in ROWS} <= sources
    assert sum(row.allowed > USUAL for row in ROWS) <= 6


def test_halves_of_a_network_have_the_work_of_the_whole():
    for size in ("tiny", "base", "small", "medium", "large"):
        whole, *halves = (
            stack(net_layers(find_net(data_root(), f"Whisper {size}{part}"), 1.0))
            for part in ("", " encoder", " decoder")
        )
        assert whole.macs.sum() == pytest.approx(sum(half.macs.sum() for half in halves))
        assert whole.parameters.sum() == pytest.approx(sum(half.parameters.sum() for half in halves))


def test_names_of_networks_are_unique_and_all_blocks_are_used():
    known = nets(data_root())
    words = {(plain(word), net.name) for net in known.values() for word in (net.name, *net.aliases)}
    assert len(words) == len({word for word, _ in words})
    used = {stage.block for net in known.values() for stage in net.stages}
    assert used == set(REPEATED) | set(WHOLE)


@pytest.mark.parametrize(
    "name", ["YOLO11n", "Swin-T", "BEVFusion", "DLRM-DCNv2", "3D-UNet KiTS19", "DiT-S/2"]
)
def test_work_of_a_batch_is_that_of_its_samples(name):
    net = find_net(data_root(), name)
    one, many = (stack(net_layers(net, batch)) for batch in (1.0, 3.0))
    assert many.macs.sum() == pytest.approx(3 * one.macs.sum())
    assert many.parameters.sum() == pytest.approx(one.parameters.sum())


def test_a_convolution_by_hand():
    layer = convolution("c", 2.0, (3.0, 64.0), 49.0, (224.0**2, 112.0**2))
    assert layer.sizes.macs == 2 * 64 * 3 * 49 * 112**2
    assert layer.sizes.parameters == 64 * 3 * 49
    moved = layer.sizes.bytes(2.0, 2.0)
    assert moved == 2 * (2 * 3 * 224**2 + 2 * 64 * 112**2 + 64 * 3 * 49)


def test_kinds_of_convolution():
    kinds = [convolution("c", 1.0, (32.0, 32.0), 9.0, (4.0, 4.0), g).kind for g in (1.0, 4.0, 32.0)]
    assert kinds == ["convolution", "grouped convolution", "depthwise convolution"]


def test_fused_attention_counts_both_products():
    fused = attention("a", 2.0, 12.0, 197.0, 197.0, 64.0).sizes.macs
    apart = sum(
        layer.sizes.macs for layer in (product("s", 197, 197, 64, 24), product("v", 197, 64, 197, 24))
    )
    assert fused == apart


@given(st.lists(st.integers(1, 512), min_size=1, max_size=4))
def test_an_array_of_batches_is_each_batch(batches):
    net = find_net(data_root(), "mobilenet_v2")
    facts = Devices(Catalog.load()).facts("A100 SXM4 80GB", "fp16")
    both = stack(net_layers(net, np.array(batches, dtype=float)))
    times = layer_times(both, facts.rates, 2.0, 2.0)
    whole = net_time(both, times, np.array(batches, dtype=float), facts.energy)
    for i, batch in enumerate(batches):
        one = stack(net_layers(net, float(batch)))
        alone = net_time(one, layer_times(one, facts.rates, 2.0, 2.0), float(batch), facts.energy)
        assert whole.latency[i] == pytest.approx(alone.latency, rel=1e-12)
        assert whole.energy[i] == pytest.approx(alone.energy, rel=1e-12)


def test_larger_batches_take_longer_and_fill_the_chip_better():
    net, batch = find_net(data_root(), "resnet50"), np.array([1.0, 8.0, 64.0, 256.0])
    facts = Devices(Catalog.load()).facts("A100 SXM4 80GB", "fp16")
    sizes = stack(net_layers(net, batch))
    times = layer_times(sizes, facts.rates, 2.0, 2.0)
    found = net_time(sizes, times, batch, facts.energy)
    assert (np.diff(found.latency) > 0).all() and (np.diff(found.throughput) > 0).all()
    assert found.bound.sum(axis=0) == pytest.approx(found.latency)
    assert set(np.unique(times.binds)) <= set(range(len(BINDS)))
    least = np.maximum(sizes.macs.sum(axis=0) * 2 / 312e12, 0.0)
    assert (found.latency > least).all()
    unfused = net_time(sizes, layer_times(sizes, facts.rates, 2.0, 2.0, 0.0), batch, facts.energy)
    assert (unfused.latency > found.latency).all()


def test_a_depthwise_convolution_is_bound_by_memory_on_a_large_chip():
    facts = Devices(Catalog.load()).facts("A100 SXM4 80GB", "fp16")
    deep = stack([convolution("d", 64.0, (96.0, 96.0), 9.0, (112.0**2, 112.0**2), 96.0)])
    times = layer_times(deep, facts.rates, 2.0, 2.0)
    assert BINDS[int(times.binds[0])] == "memory"
    least = deep.bytes(2.0, 2.0) * facts.rates.elementwise_byte_s
    assert times.time[0] == pytest.approx(least[0] + facts.rates.kernel_s)


def test_inspect_without_layers_or_format_is_refused():
    with pytest.raises(InputError, match="computes nothing"):
        inspect_layers("empty", [], 1.0, "fp16", Catalog.load())
    with pytest.raises(InputError, match="unknown number format"):
        inspect_layers("one", [dense("d", 1.0, 2.0, 3.0)], 1.0, "fp17", Catalog.load())


def test_inspect_names_near_networks(runner):
    done = runner.invoke(cli, ["inspect", "resnet5"])
    assert isinstance(done.exception, InputError) and "resnet50" in str(done.exception)


def test_inspect_prints_totals_layers_and_what_binds(runner):
    done = runner.invoke(cli, ["inspect", "resnet50", "--on", "Kunlun 3", "--batch", "8"])
    assert done.exit_code == 0
    assert "25.56 M parameters" in done.output and "32.71 GMACs" in done.output
    assert "bound by" in done.output and "Baidu Kunlun 3" in done.output
    found = json.loads(runner.invoke(cli, ["inspect", "vit_b_16", "--json", "--on", "A100 80GB"]).output)
    assert found["chip"]["latency_s"] == pytest.approx(sum(row["time_s"] for row in found["layers"]))


@pytest.fixture
def runner():
    from click.testing import CliRunner

    return CliRunner()


@pytest.mark.parametrize(
    "name", ["resnet50", "YOLOv8n", "Swin-T", "3D-UNet KiTS19", "BERT-base", "SD 1.5 U-Net"]
)
def test_a_training_step_has_three_times_the_products_less_those_no_gradient_needs(name):
    layers = net_layers(find_net(data_root(), name), 2.0)
    sizes, step = stack(layers), stack(training_layers(layers))
    cores = sum(layer.sizes.macs for layer in layers if layer.kind == "attention")
    first = next(layer.sizes.macs for layer in layers if layer.sizes.groups > 0)
    assert step.macs.sum() == pytest.approx(3 * sizes.macs.sum() - first + 0.5 * cores)
    assert step.parameters.sum() == pytest.approx(sizes.parameters.sum())
    facts = Devices(Catalog.load()).facts("A100 SXM4 80GB", "fp16")
    forward, whole = (layer_times(one, facts.rates, 2.0, 2.0).time.sum() for one in (sizes, step))
    assert 2.5 < whole / forward < 4.5
    assert kept_elements(sizes) < sizes.outputs.sum()


def test_inspect_and_evaluate_tell_of_training(runner, tmp_path):
    done = runner.invoke(cli, ["inspect", "resnet50", "--training", "--batch", "32", "--on", "A100 80GB"])
    assert done.exit_code == 0 and "training" in done.output
    path = tmp_path / "train.yaml"
    path.write_text(
        "workload: {task: infer, model: resnet50, batch: 64, training: true}\n"
        "system: {accelerator: A100 80GB}\n"
    )
    found = {}
    for change in ("true", "false"):
        told = runner.invoke(cli, ["evaluate", str(path), "--set", f"workload.training={change}", "--json"])
        figures = json.loads(told.output)["figures"]
        found[change] = {figure["key"]: figure["value"] for figure in figures}
    assert 2.5 < found["false"]["throughput"] / found["true"]["throughput"] < 4.5
    assert found["true"]["memory"] > 5 * found["false"]["memory"]


def test_every_described_network_has_a_time_on_a_chip_forward_and_in_training():
    facts = Devices(Catalog.load()).facts("A100 SXM4 80GB", "fp16")
    for net in nets(data_root()).values():
        layers = net_layers(net, 1.0)
        for step in (layers, training_layers(layers)):
            sizes = stack(step)
            seconds = np.asarray(layer_times(sizes, facts.rates, 2.0, 2.0).time)
            least = 2.0 * sizes.macs.sum() / 312e12
            assert np.isfinite(seconds).all() and (seconds >= 0).all(), net.name
            assert seconds.sum() > least, net.name
