"""Totals of listed networks, and how runtimes execute them: published counts, limits, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.chip.activations import ChipPeaks, RuntimeRates, batch_time, sample_time
from tauplan.workload.net.layer import stack
from tauplan.workload.net.totals import NetTotals, find_totals, listed, named_by_parameters, totals_of
from tauplan.workload.net.zoo import find_net, net_layers

PUBLISHED = {  # M parameters and GMACs at the published size, as the papers and model pages state them
    "efficientnet_b7": (66.3, 38.3),
    "mobilenetv3_large_100": (5.48, 0.217),
    "swin_tiny_patch4_window7_224": (28.3, 4.5),
    "swin_base_patch4_window7_224": (87.8, 15.5),
    "convnext_tiny": (28.6, 4.5),
    "convnext_base": (88.6, 15.4),
    "resnext50_32x4d": (25.0, 4.26),
    "seresnext101_32x4d": (49.0, 8.0),
    "regnety_032": (19.4, 3.2),
    "deit_base_patch16_224": (86.6, 17.6),
    "yolov8n": (3.2, 8.7 / 2),
    "yolov8s": (11.2, 28.6 / 2),
    "yolov8m": (25.9, 78.9 / 2),
    "yolov8l": (43.7, 165.2 / 2),
    "yolov8x": (68.2, 257.8 / 2),
    "yolo11n": (2.6, 6.5 / 2),
    "yolo11m": (20.1, 68.0 / 2),
    "ssd300_vgg16": (35.64, 34.86),
    "dit_xl_2": (675.0, 118.6),
    "bevfusion": (40.8, 253.2),
}
CHIP = ChipPeaks(1e-14, 5e-13, 1e-11, 2.0)
RATES = RuntimeRates(0.5, 4.0, 1.0, 1e-6, 1e-5, 0.0, 3.0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_totals_equal_published_ones(name):
    parameters, gmacs = PUBLISHED[name]
    found = find_totals(data_root(), name)
    assert float(found.parameters) / 1e6 == pytest.approx(parameters, rel=0.03)  # pages round to two figures
    assert float(found.macs) / 1e9 == pytest.approx(gmacs, rel=0.04)


def test_described_and_listed_networks_agree():
    root = data_root()
    for name in ("resnet50", "resnet18", "vgg16", "efficientnet_b0", "mobilenetv2_100"):
        described = totals_of(stack(net_layers(find_net(root, name), 1.0)))
        counted = find_totals(root, name, find_net(root, name).input)
        assert float(described.macs) == pytest.approx(float(counted.macs), rel=0.01)
        assert float(described.parameters) == pytest.approx(float(counted.parameters), rel=0.01)
        assert float(described.activations) == pytest.approx(float(counted.activations), rel=0.02)


def test_every_listed_network_has_a_known_source_and_work():
    known = Catalog.load().sources
    for one in listed(data_root()).values():
        assert one.source in known, one
        assert float(one.totals.macs) > 0 and float(one.totals.parameters) > 0, one


def test_work_grows_with_the_area_and_names_are_found_by_parameters():
    root = data_root()
    small, large = find_totals(root, "resnet50", 224), find_totals(root, "ResNet50.tv_in1k", 448)
    assert float(large.macs) == pytest.approx(4 * float(small.macs))
    assert large.parameters == small.parameters
    assert find_totals(root, "no such network") is None
    assert named_by_parameters(root, 68.230).net == "yolov8x"
    assert named_by_parameters(root, 1e6) is None


@given(st.floats(1.0, 1e3), st.floats(1.1, 8.0))
def test_time_is_linear_for_large_batches_and_homogeneous_in_the_primitives(batch, factor):
    net = NetTotals(4e9, 11e6, 25e6, 54.0)
    time = batch_time(net, batch, RATES, CHIP)
    assert batch_time(net, batch * factor, RATES, CHIP) >= time
    slower = ChipPeaks(*(factor * t for t in (CHIP.flop_s, CHIP.byte_s, CHIP.cycle_s)), CHIP.element_B)
    rates = RuntimeRates(0.5, 4.0, 1.0, factor * 1e-6, factor * 1e-5, 0.0, 3.0)
    assert batch_time(net, batch, rates, slower) == pytest.approx(factor * time)
    many = 1e7
    assert batch_time(net, many, RATES, CHIP) / many == pytest.approx(sample_time(net, RATES, CHIP), rel=1e-3)


def test_a_batch_of_batches_is_each_batch():
    net, batches = NetTotals(4e9, 11e6, 25e6, 54.0), np.array([1.0, 8.0, 64.0])
    together = batch_time(net, batches, RATES, CHIP, 1.0)
    apart = [batch_time(net, b, RATES, CHIP, 1.0) for b in batches]
    assert together == pytest.approx(apart)
    assert (together > batch_time(net, batches, RATES, CHIP)).all()
