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
from tauplan.errors import InputError
from tauplan.evaluate.inspection import inspect_layers
from tauplan.validate.devices import Devices
from tauplan.workload.net.layer import attention, convolution, dense, product, stack
from tauplan.workload.net.zoo import find_net, net_layers, nets

PUBLISHED = {  # M parameters and GMACs at the input size, as libraries of pretrained networks list them
    "resnet18": (11.69, 1.814, 224),
    "resnet34": (21.80, 3.664, 224),
    "resnet50": (25.56, 4.089, 224),
    "resnet101": (44.55, 7.801, 224),
    "resnet152": (60.19, 11.514, 224),
    "mobilenet_v2": (3.505, 0.301, 224),
    "efficientnet_b0": (5.289, 0.386, 224),
    "efficientnet_b1": (7.794, 0.687, 240),
    "efficientnet_b2": (9.110, 1.088, 288),
    "efficientnet_b3": (12.233, 1.827, 300),
    "efficientnet_b4": (19.342, 4.394, 380),
    "vgg11": (132.86, 7.609, 224),
    "vgg13": (133.05, 11.308, 224),
    "vgg16": (138.36, 15.470, 224),
    "vgg19": (143.67, 19.632, 224),
    "vit_b_16": (86.57, 17.564, 224),
    "vit_l_16": (304.33, 61.555, 224),
    "bert-base-uncased": (109.48, 22.5 / 2, 128),  # 22.5 GFLOPs: the comparison tables of compact BERTs
    "bert-large-uncased": (335.14, None, 128),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_and_macs_equal_published_totals(name):
    parameters, gmacs, size = PUBLISHED[name]
    sizes = stack(net_layers(find_net(data_root(), name), 1.0, size))
    assert sizes.parameters.sum() / 1e6 == pytest.approx(parameters, rel=0.002)
    if gmacs is not None:
        assert sizes.macs.sum() / 1e9 == pytest.approx(gmacs, rel=0.01)


def test_every_described_network_has_a_published_total_and_a_known_source():
    known = nets(data_root())
    assert {find_net(data_root(), name).name for name in PUBLISHED} == set(known)
    assert {net.source for net in known.values()} <= set(Catalog.load().sources)


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
