"""Intervals: quantiles of residuals, turned round for rates."""

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.residual import training_kind
from tauplan.spec.workload import Precision
from tauplan.validate.interval import (
    POWERS,
    is_rate,
    kind_of,
    least_power,
    quantiles,
    residual,
    widened,
    with_intervals,
)
from tauplan.validate.prediction import Prediction, summarise
from tauplan.workload.llm.catalogued import model_shape

TIME = Prediction("1", "gemm", "h100", "latency_ms", 2.0, 1.0)
RATE = Prediction("2", "training, x", "h100", "tokens/s/GPU", 2.0, 1.0, kind="training dense")


def test_a_residual_is_of_time_whatever_the_metric():
    assert residual(TIME) == 2.0
    assert is_rate(RATE)
    assert residual(RATE) == 0.5


@pytest.mark.parametrize(
    ("family", "metric", "kind"),
    [
        ("gemm", "latency_ms", "gemm"),
        ("attention, prefill", "latency_ms", "attention"),
        ("serving, x, agg", "TPOT", "serving TPOT"),
        ("serving, x, agg", "mean TTFT", "serving TTFT"),
        ("serving, x, closed", "throughput", "serving throughput"),
    ],
)
def test_the_head_of_a_family_names_the_kind(family, metric, kind):
    assert kind_of(Prediction("1", family, "h100", metric, 1.0, 1.0)) == kind


def test_quantiles_leave_a_tenth_outside():
    cases = [Prediction(str(i), "gemm", "h100", "latency_ms", 1.0 + i / 100, 1.0) for i in range(101)]
    assert quantiles(cases) == pytest.approx((1.05, 1.95))


def test_the_least_power_holds_nine_in_ten_of_what_was_left_out():
    seen, new = np.linspace(-0.1, 0.1, 201), np.linspace(-0.2, 0.2, 201)
    assert least_power([(seen, seen)]) == 1.0
    power = least_power([(seen, new)])
    assert power == pytest.approx(2.0, abs=0.06)
    assert np.mean(np.abs(new) <= 0.09 * power) >= 0.9 > np.mean(np.abs(new) <= 0.09 * (power - 0.06))


def test_the_fewer_devices_the_less_of_what_one_left_out_needs_is_due_to_the_new_one():
    """√(K² − 1)/K; two devices say too little of how a third one spreads, so they keep their quantiles."""

    def spread(count):
        offsets = [0.1 * (-1.0) ** i for i in range(count)]
        cases = [
            Prediction("1", "gemm", f"d{i}", "s", float(np.exp(o + e)), 1.0)
            for i, o in enumerate(offsets)
            for e in np.linspace(-0.01, 0.01, 21)
        ]
        _, high = widened(cases)
        return np.log(high) / np.log(quantiles(cases)[1])

    assert spread(2) == pytest.approx(1.0)
    assert 1.0 < spread(3) <= POWERS[-1] * np.sqrt(8.0) / 3.0 + 1e-9
    assert spread(8) < spread(3)


def test_an_interval_is_on_the_metric_of_its_row():
    catalog = Catalog.load()
    time, rate = with_intervals([TIME, RATE], catalog)
    gemm, dense = (catalog.require(f"residual {kind}", "ratio").claim for kind in ("gemm", "training dense"))
    assert (time.low, time.high) == (gemm.low, gemm.high)
    assert (rate.low, rate.high) == (1.0 / dense.high, 1.0 / dense.low)


def test_unknown_kinds_and_unanswered_rows_have_none():
    found = with_intervals(
        [Prediction("1", "weather", "h100", "s", 1.0, 1.0), Prediction("2", "gemm", "h100", "s", 1.0)],
        Catalog.load(),
    )
    assert summarise("all", found).inside != summarise("all", found).inside  # not a number: none was told


def test_a_summary_counts_what_lies_inside():
    inside = Prediction("1", "gemm", "h100", "s", 1.0, 1.0, low=0.9, high=1.1)
    outside = Prediction("2", "gemm", "h100", "s", 2.0, 1.0, low=0.9, high=1.1)
    assert summarise("all", [inside, outside]).inside == 0.5


@pytest.mark.parametrize(
    ("device", "model", "precision", "kind"),
    [
        ("h100_sxm", "Llama-3.1-70B", Precision(), "training dense"),
        ("h100_sxm", "Llama-3.1-70B", Precision(products="fp8"), "training narrow"),
        ("h100_sxm", "Qwen3-30B-A3B", Precision(), "training narrow"),
        ("b200_sxm", "Llama-3.1-70B", Precision(), "training narrow"),
        ("Google TPU v5p", "Llama-3.1-70B", Precision(), "training elsewhere"),
        ("Kunlun 3", "Llama-3.1-70B", Precision(), "training of other generations"),
    ],
)
def test_kinds_of_training(device, model, precision, kind):
    catalog = Catalog.load()
    assert training_kind(catalog.resolve(device), model_shape(model, catalog), precision) == kind
