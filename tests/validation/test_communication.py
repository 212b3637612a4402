"""Shipped timings of collectives and expert layers: errors within what the docs state, fitted or held out."""

from __future__ import annotations

import statistics

import pytest

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file


def predictions(name):
    return predict_file(data_root() / "cases" / name, Catalog.load())


def median(found):
    return statistics.median(abs(p.error) for p in found)


@pytest.fixture(scope="module")
def collectives():
    return predictions("collectives.csv")


@pytest.fixture(scope="module")
def layers():
    return predictions("moe.csv")


def test_collectives_are_all_answered_within_a_twentieth(collectives):
    assert all(p.answered for p in collectives)
    assert median(collectives) < 0.05


def test_collectives_held_out_are_as_good(collectives):
    held = [p for p in collectives if p.use == "held out"]
    assert len(held) > 20
    assert median(held) < 0.06


def test_other_ranks_and_software_than_fitted(collectives):
    """All-reduces of 3 to 8 GPUs in FP32, measured by others than the rows that were fitted."""
    other = [p for p in collectives if p.device == "a100"]
    assert len(other) == 12
    assert median(other) < 0.06


def test_devices_that_were_not_fitted_take_their_generation(collectives):
    unseen = [p for p in collectives if p.device in ("h200_sxm", "gb200")]
    assert len(unseen) >= 9
    assert median(unseen) < 0.1


def test_expert_layers(layers):
    assert all(p.answered for p in layers)
    assert median(layers) < 0.12
    assert median([p for p in layers if p.use == "held out"]) < 0.2
