"""Closed-form parameter counts against published ones, and configurations against the catalogue."""

from dataclasses import replace
from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.workload.llm.catalogued import catalogued_shape
from tauplan.workload.llm.config import load_config
from tauplan.workload.llm.parameters import ParameterCount, count_parameters, kv_bytes_per_token
from tauplan.workload.llm.shape import ModelShape

CATALOG = Catalog.load()
CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
MODELS = [part.name for part in CATALOG.parts("model")]
TOLERANCE = 0.01
TWO_DIGITS = 0.02  # active counts are printed with two digits


def published(field: str) -> list[str]:
    return [name for name in MODELS if CATALOG.choose(name, field)]


def figure(name: str, field: str) -> float:
    value = CATALOG.require(name, field).value
    assert isinstance(value, float)
    return value


def shape(name: str) -> ModelShape:
    return catalogued_shape(name, CATALOG)


def count(name: str) -> ParameterCount:
    return count_parameters(shape(name))


@pytest.mark.parametrize("name", published("params_total"))
def test_total_agrees_with_the_published_total(name: str):
    """Within 1 %, or within the band that the rounding of the printed figure leaves."""
    choice = CATALOG.require(name, "params_total")
    value = figure(name, "params_total")
    low = min(value * (1 - TOLERANCE), choice.low or value)
    high = max(value * (1 + TOLERANCE), choice.high or value)
    assert low <= count(name).total <= high


def test_enough_totals_are_checked():
    assert len(published("params_total")) >= 80
    read = [
        n for n in published("params_total") if CATALOG.require(n, "params_total").claim.grade != "estimate"
    ]
    assert len(read) >= 30


ROUNDED = ("Granite-4.0-H-Small", "Granite-4.0-H-Tiny")
"""Models whose active parameters are published in one digit alone."""
OFF = "MiniMax-M3"
"""Counted 2.2 % above its published 23 billion, without embedding and head."""


@pytest.mark.parametrize("name", [n for n in published("params_active") if n not in (*ROUNDED, OFF)])
def test_active_agrees_with_the_published_active(name: str):
    """Publishers count the embedding, the head, both or neither; the figure lies between these readings."""
    c = count(name)
    value = figure(name, "params_active")
    assert c.active_non_embedding * (1 - TWO_DIGITS) <= value <= c.active * (1 + TWO_DIGITS)


@pytest.mark.parametrize("name", ROUNDED)
def test_active_lies_in_what_one_digit_leaves_open(name: str):
    c, choice = count(name), CATALOG.require(name, "params_active")
    assert c.active_non_embedding <= choice.high
    assert choice.low <= c.active


def test_how_far_the_active_parameters_of_minimax_m3_are_off():
    assert count(OFF).active_non_embedding / figure(OFF, "params_active") == pytest.approx(1.022, abs=0.002)


@pytest.mark.parametrize("name", published("params_non_embedding"))
def test_parameters_outside_the_tables_agree_exactly(name: str):
    assert count(name).non_embedding == figure(name, "params_non_embedding")


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("Llama-3.1-8B", 8_030_261_248),
        ("Llama-3.1-70B", 70_553_706_496),
        ("Llama-3.1-405B", 405_853_388_800),
        ("Llama-2-7B", 6_738_415_616),
        ("Mixtral-8x7B", 46_702_792_704),
        ("Mixtral-8x22B", 140_620_634_112),
        ("Mistral-7B-v0.1", 7_241_732_096),
        ("Phi-2", 2_779_683_840),
        ("Qwen2.5-7B", 7_615_616_512),
        ("BLOOM-176B", 176_247_271_424),
        ("MPT-70B", 64_862_437_376),
        ("MPT-30B", 29_975_214_080),
        ("MPT-125M", 125_311_488),
        ("Falcon-Mamba-7B", 7_272_665_088),
        ("Mamba-130M", 129_135_360),
        ("Mamba-2.8B", 2_768_345_600),
        ("Mamba2-2.7B", 2_702_599_680),
        ("Mamba-Codestral-7B", 7_285_403_648),
        ("LFM2-1.2B", 1_170_340_608),
        ("GPT-2", 124_439_808),
        ("GPT-2 medium", 354_823_168),
        ("GPT-2 large", 774_030_080),
        ("GPT-2 XL", 1_557_611_200),
    ],
)
def test_golden_totals_to_the_last_parameter(name: str, total: int):
    assert count(name).total == total


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("Qwen3-235B-A22B", 235.09e9, 22.19e9),
        ("DeepSeek-V3", 671.03e9, 37.55e9),
        ("GPT-3 175B", 174.6e9, 174.6e9),
        ("Kimi-K2", 1026.4e9, 32.86e9),
        ("Ling-1T", 999.7e9, 51.05e9),
    ],
)
def test_golden_totals_to_the_printed_digit(name: str, total: float, active: float):
    assert count(name).total == pytest.approx(total, rel=1e-4)
    assert count(name).active == pytest.approx(active, rel=2e-4)


def test_gpt_oss_as_its_model_card_counts():
    """The card counts the head but not the embedding among active parameters: 116.83 and 5.13 billion."""
    c = count("gpt-oss-120b")
    assert c.total == pytest.approx(116.83e9, rel=1e-4)
    assert c.active_without_embedding == pytest.approx(5.13e9, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Llama-3.1-70B", 327_680),
        ("Llama-3.1-405B", 516_096),
        ("Qwen3-235B-A22B", 192_512),
        ("Qwen3-30B-A3B", 98_304),
        ("DeepSeek-V3", 70_272),
        ("Kimi-K2", 70_272),
        ("GLM-4.5", 376_832),
        ("GPT-3 175B", 4_718_592),
    ],
)
def test_golden_cache_bytes_per_token_in_bf16(name: str, size: int):
    assert kv_bytes_per_token(shape(name), 2.0) == size


CONFIG_OF = {
    "bloom-176b": "BLOOM-176B",
    "deepseek-v2-lite": "DeepSeek-V2-Lite",
    "deepseek-v3": "DeepSeek-V3",
    "deepseek-v3.2": "DeepSeek-V3.2",
    "ernie-4.5-300b-a47b": "ERNIE-4.5-300B-A47B",
    "gemma-2-9b": "Gemma-2-9B",
    "gemma-3-27b": "Gemma-3-27B",
    "glm-4.5-air": "GLM-4.5-Air",
    "glm-4.7-flash": "GLM-4.7-Flash",
    "glm-5.2": "GLM-5.2",
    "gpt-3-175b": "GPT-3 175B",
    "gpt-oss-120b": "gpt-oss-120b",
    "kimi-k2.5": "Kimi-K2.5",
    "laguna-xs.2": "Laguna-XS.2",
    "ling-2.6-flash": "Ling-2.6-flash",
    "llama-3.1-405b": "Llama-3.1-405B",
    "llama-3.1-70b": "Llama-3.1-70B",
    "llama-3.1-8b": "Llama-3.1-8B",
    "llama-3.3-nemotron-super-49b": "Llama-3.3-Nemotron-Super-49B",
    "llama-4-maverick": "Llama-4-Maverick",
    "longcat-flash": "LongCat-Flash",
    "mimo-7b": "MiMo-7B",
    "mimo-v2-flash": "MiMo-V2-Flash",
    "minimax-m2.5": "MiniMax-M2.5",
    "mistral-7b-v0.1": "Mistral-7B-v0.1",
    "mixtral-8x7b": "Mixtral-8x7B",
    "mpt-7b": "MPT-7B",
    "nemotron-3-nano-30b-a3b": "Nemotron-3-Nano-30B-A3B",
    "nemotron-4-340b": "Nemotron-4-340B",
    "nemotron-h-56b": "Nemotron-H-56B",
    "olmo-2-7b": "OLMo-2-7B",
    "opt-6.7b": "OPT-6.7B",
    "phi-2": "Phi-2",
    "phi-4": "Phi-4",
    "pythia-2.8b": "Pythia-2.8B",
    "qwen2.5-7b": "Qwen2.5-7B",
    "qwen3-0.6b": "Qwen3-0.6B",
    "qwen3-235b-a22b": "Qwen3-235B-A22B",
    "deepseek-v4-flash": "DeepSeek-V4-Flash",
    "deepseek-v4-pro": "DeepSeek-V4-Pro",
    "minimax-m3": "MiniMax-M3",
    "kimi-k3": "Kimi-K3",
    "step-3.7-flash": "Step-3.7-Flash",
    "gemma-4-26b-a4b": "Gemma-4-26B-A4B",
    "gemma-4-e2b": "Gemma-4-E2B",
    "jamba-1.5-mini": "Jamba-1.5-Mini",
    "falcon-mamba-7b": "Falcon-Mamba-7B",
    "falcon-h1-7b": "Falcon-H1-7B",
    "kimi-linear-48b": "Kimi-Linear-48B-A3B",
    "granite-4.0-h-small": "Granite-4.0-H-Small",
    "minimax-text-01": "MiniMax-Text-01",
    "lfm2-2.6b": "LFM2-2.6B",
    "lfm2-8b-a1b": "LFM2-8B-A1B",
    "mamba2-2.7b": "Mamba2-2.7B",
    "qwen3-vl-2b": "Qwen3-VL-2B",
}


def test_every_fixture_is_compared():
    assert {path.stem for path in CONFIGS.glob("*.json")} == set(CONFIG_OF)


@pytest.mark.parametrize("file", CONFIG_OF)
def test_a_configuration_and_the_catalogue_give_the_same_shape(file: str):
    read, known = load_config(CONFIGS / f"{file}.json"), shape(CONFIG_OF[file])
    tower = known.tower if 0 in (read.tower, known.tower) else read.tower  # described in one place alone
    assert replace(read, name=known.name, dtype=known.dtype, tower=tower) == known
