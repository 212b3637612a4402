"""Serving of models whose layers differ: a step takes at least as long as memory needs for what it reads."""

from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.explain import evaluate
from tauplan.spec.scenario import read_scenario
from tauplan.workload.llm.catalogued import catalogued_shape
from tauplan.workload.llm.parameters import count_parameters, kv_cache_bytes, state_cache_bytes

CATALOG = Catalog.load()
MEMORY_BPS = 4.8e12  # of the accelerator's data sheet
PROMPT, BATCH = 8192, 32
SLOWEST = 5.0  # times that bound, with kernels, collectives and the host's share
SCENARIO = """name: bound
workload:
  {{task: serve, model: {model}, prompt: {prompt}, output: 2, batch: {batch}, requests: 1e3, precision: fp8}}
system: {{accelerator: NVIDIA H200 SXM 141GB, count: {ranks}}}
plan: {{tensor: {ranks}}}
"""


@pytest.mark.parametrize(
    ("model", "ranks"),
    [
        ("Falcon-Mamba-7B", 1),
        ("Jamba-1.5-Mini", 1),
        ("Falcon-H1-7B", 1),
        ("Granite-4.0-H-Small", 1),
        ("Kimi-Linear-48B-A3B", 1),
        ("MiniMax-Text-01", 8),
        ("LFM2-8B-A1B", 1),
        ("Gemma-4-31B", 1),
        ("Step-3.7-Flash", 2),
        ("DeepSeek-V4-Flash", 4),
        ("MiniMax-M3", 4),
        ("LongCat-Flash", 8),
        ("Laguna-XS.2", 1),
        ("Ling-2.6-flash", 1),
        ("GLM-4.7-Flash", 1),
    ],
)
def test_a_step_is_bound_by_what_it_reads(model: str, ranks: int, tmp_path: Path):
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.format(model=model, prompt=PROMPT, batch=BATCH, ranks=ranks))
    answer = evaluate(read_scenario(path), CATALOG, parts="answer")
    assert answer.status == "ok", answer.reason
    shape = catalogued_shape(model, CATALOG)
    count = count_parameters(shape)
    routed = max((g.ffn.active / g.ffn.experts for g in shape.groups if g.ffn.kind == "moe"), default=1.0)
    resting = count.total - count.lookup - count.tower - count.active
    weights_B = count.active_without_embedding + resting * (1.0 - (1.0 - routed) ** BATCH)
    chosen = any(group.attention.sparse_topk for group in shape.groups)  # then few of the kept keys are read
    kept_B = 0.0 if chosen else BATCH * kv_cache_bytes(shape, float(PROMPT), 1.0)
    bound = (weights_B + kept_B + 2.0 * BATCH * state_cache_bytes(shape)) / ranks / MEMORY_BPS
    step = next(metric.value for metric in answer.metrics if metric.key == "decode_step_s")
    assert bound < step < SLOWEST * bound
