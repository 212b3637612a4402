"""Experts as serving software runs them: exchange between ranks, the busiest rank, lone prompts, older releases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.cluster.experts import ExpertExchange, Routed, Ways, busiest, expert_time
from tauplan.cluster.simulate.steps import BATCHES, CONTEXTS, PASTS, TOKENS, Steps
from tauplan.evaluate.book import Book
from tauplan.evaluate.engine import aged, resolve_engine
from tauplan.link.exchange import ExchangeKernel, distinct
from tauplan.validate.interval import widened
from tauplan.validate.prediction import Prediction
from tauplan.workload.llm.shape import Ffn
from tauplan.workload.llm.step import Split

LINK, NETWORK, START = 1e-9, 1e-8, 5e-6
ROUTED = Routed(tokens=100.0, active=8.0, experts=256.0, hidden=1000.0)
MIXTURE = Ffn(kind="moe", width=2048, gated=True, experts=256, active=8)


def kernel():
    """1 GB/s inside, 0.1 GB/s outside, nothing but bytes and a start."""
    return ExchangeKernel(START, 0.0, LINK, 0.0, 0.0, 0.0, 0.0, NETWORK)


def software(skew=1.0):
    ways = Ways(kernel(), kernel())
    return ExpertExchange(ways, ways, ways, 1.0, 2.0, 100.0, 20.0, skew)


def test_one_rank_exchanges_nothing():
    assert expert_time(ROUTED, (1.0, 1.0), software(), decode=True) == 0.0


def test_inside_a_domain_a_token_travels_once_per_rank_narrow_out_and_wide_back():
    copies = 100.0 * 1000.0 * float(distinct(8.0, 8.0))
    expected = 2.0 * START + copies * 1.0 * LINK + copies * 2.0 * LINK
    assert float(expert_time(ROUTED, (8.0, 1.0), software(), decode=True)) == pytest.approx(expected)


def test_across_domains_steps_send_every_copy_and_prompts_one_per_domain():
    row = 100.0 * 1000.0 * 3.0
    step = float(expert_time(ROUTED, (8.0, 4.0), software(), decode=True))
    prompt = float(expert_time(ROUTED, (8.0, 4.0), software(), decode=False))
    assert step == pytest.approx(2.0 * START + row * 8.0 * 0.75 * NETWORK)
    assert prompt == pytest.approx(2.0 * START + row * float(distinct(4.0, 8.0)) * 0.75 * NETWORK)


def test_the_busiest_rank_has_more_the_more_ranks_share_skewed_experts():
    ranks = np.array([1.0, 8.0, 32.0])
    loads = [float(busiest(128.0, MIXTURE, Split(expert=n), (n, 1.0), software())) for n in ranks]
    assert loads[0] == pytest.approx(1.0)
    assert loads[0] < loads[1] < loads[2]
    even = busiest(128.0, MIXTURE, Split(expert=32.0), (32.0, 1.0), software(skew=0.0))
    assert float(even) == pytest.approx(1.0)
    copied = busiest(128.0, MIXTURE, Split(expert=32.0), (8.0, 4.0), software())
    assert float(copied) == pytest.approx(1.0)


def test_a_lone_prompt_shares_the_experts_of_all_ranks():
    """Half of a pass is experts: with four ranks a prompt on one of them takes 1/2 + 1/8 of it."""
    tokens = np.array(TOKENS)
    decode = np.ones((len(BATCHES), len(CONTEXTS)))
    steps = Steps(decode, tokens, np.zeros((len(TOKENS), len(PASTS))), 4.0, experts=tokens / 2.0)
    assert steps.mixed_s(0, 0.0, [(1024.0, 0.0)]) == pytest.approx(1024.0 * 0.625)
    assert steps.mixed_s(0, 0.0, [(1024.0, 0.0)] * 4) == pytest.approx(1024.0)


def test_mixtures_were_slower_in_older_releases_and_dense_models_were_not():
    engine = replace(
        resolve_engine(Book(Catalog.load(), Policy()), "SGLang"), mixture_ageing=1.0, settled_year=2026.0
    )
    old = aged(engine, 2025.5)
    assert old.slower == pytest.approx(np.exp(0.5))
    assert old.prompt_stretch == engine.prompt_stretch
    assert aged(engine, None) == aged(engine, 2027.0) == engine


def test_a_band_is_widened_until_it_holds_for_a_device_left_out():
    def cases(device, ratios):
        return [Prediction("c", "serving", device, "TPOT", 1.0, 1.0 / r) for r in ratios]

    alike = [case for name in "abc" for case in cases(name, np.linspace(0.8, 1.25, 20))]
    ends = {"a": (0.8, 1.0), "b": (0.9, 1.1), "c": (1.0, 1.25)}
    apart = [
        case for name, (least, most) in ends.items() for case in cases(name, np.linspace(least, most, 20))
    ]
    low, high = widened(alike)
    wide_low, wide_high = widened(apart)
    assert 0.78 < low < 0.83 and 1.2 < high < 1.28
    assert wide_low < low and wide_high > high
