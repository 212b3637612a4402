"""The page on serving under load: equations, engines, and the shipped cases against their predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.validate.prediction import Prediction, Summary, summarise
from tauplan.validate.shipped import shipped_serving

TEXT = """# Serving under load

What a user of a served model waits for depends on the others who use it. tauplan answers that in two ways: a
simulator of continuous batching that follows every pass of every worker, and a closed form for exploring many
designs. Both take their step times from the operator model that answers everything else.

## Step times

One vectorised call tabulates a worker: decode steps over (batch, context), passes over new tokens in short
sequences (*linear*), and what attention adds for one long sequence over (new tokens, old tokens). The loop
interpolates. A pass in which B sequences decode beside prompt chunks takes

    t = linear(B + Σ new) + Σ attention(new, old) + decode(B, context) − decode(B, 1)

since decoding tokens ride along in the prompts' matrix products and only their reads of the cache come on top.
Decode steps replay a recorded graph; a pass with prompts is no faster than the launch of its kernels, layer by
layer. Each engine adds host work per pass and time per request before and after the scheduler.

A scenario may name a framework instead (`workload.framework: PyTorch eager`). It has no joined kernels: attention
is two products with its scores in memory between them, norms, rotations, gates and residuals are kernels of their
own, and a pass takes no less than its host needs to issue them all. Operators of a layer of GPT-3 on four A100,
each timed alone, come out within 3 % (prompt) and 4 % (decode step) of what was measured, with no figure fitted
to them.

## Mixtures of experts

Tensor ranks all hold the same tokens, so experts among them exchange nothing: sums are joined by an all-reduce.
Ranks with attention of their own exchange tokens by the kernels that serving software runs: inside a domain a
token is written once to each rank that holds one of its experts, in the narrow format of the products, and comes
back in 16 bits; across domains decode steps send every copy and prompts one per domain. A router that first
chooses some groups of experts (DeepSeek's: four of eight) keeps a token on fewer of both. The busiest rank sets the
pace: loads of experts follow a power law, and the more ranks share them, the further the fullest lies above the
mean. A prompt alone on one of several ranks still spreads its experts over all of them.

Kernels of mixtures are young. Times of dated runs before the newest ones are exp(ageing · years) of today's, with
one coefficient per engine; a run without a date counts as new.

## The loop

Between two events (an arrival, an answer's end, a full cache) a batch stays the same, so all its steps are made
in one jump: 1,000 requests of 1,000 tokens take some 20 ms. Requests come from a closed loop of clients, as a
Poisson stream, or from a trace; lengths are fixed, uniform in a range, or traced. An engine is a set of claims:
tokens per pass, whether prompts are cut to fill it, whether decoding rides along or stands still, whether a
request waits until its whole answer fits or may be preempted and computed again, how often the queue is looked
at. Prompts may have workers of their own, with their own plan; the cache then travels before the answer goes
on, and the first token waits for the hand-over. A prefix cache spares its share of the prompt.

What comes out: TTFT, TPOT, time between tokens and whole answers, each with mean, p50, p90 and p99; throughput;
goodput, the rate of requests within limits on TTFT and TPOT. Benchmarks differ in what they call TPOT, so the
definition is chosen: without the first token, (last − first)/(output − 1), or with it, (last − sent)/output;
mean or median; at the engine or at the client.

How a burst of equal requests fares shows why a formula is not enough: where prompts go first, requests that
start together stay together. Their TTFT is that of all prompts and their TPOT undisturbed; where lengths differ
by a few per cent they drift apart, TTFT falls to a tenth and the prompts of others show up in TPOT. The sum,
which is the throughput, is the same.

## Closed form

A worker that always holds b sequences ends X = 1/(t_prompt + output/b · t_decode(b)) requests per second, where
t_prompt is a pass with the prompt less the step it replaces. In a closed loop of c clients the batch is the
fixed point of b = X (output − 1) TPOT with TPOT = t_decode(b) + t_prompt (c − 1)/(output − 1) and X = c/(TTFT +
(output − 1) TPOT). Against the simulator: TPOT and rate within 10 %, TTFT within 35 % (tests), while all
clients fit in the cache.

## What a table leaves open

A public sweep publishes, beside its code, how each of its runs was set up: workers, plans, batches and drafts, by
date. `data/cases/serving_recipes.csv` compiles these settings (`tools/serving_recipes.py` reads them from the
sweep's and its launcher's history); no measurement is in it. A row with prompt workers of its own takes the recipe
of its engine, model, device, format, lengths, clients and date; where several fit, the geometric mean of all. For
rows without a recipe, and for what recipes leave open, rules that hold for all rows fill in what a run does not
say:

- Workers. Where plans are stated and numbers are not, decoding workers are added while one pool of prompt workers
  can feed them, prompt workers where it cannot. Workers of a mixture split attention by sequences or by heads,
  whichever takes less time per token once both are sized; prompt workers by sequences where one is not enough.
- Racks. A plan that no worker can have (tensor ways of 36, or one accelerator for a model of hundreds of GB) names
  the accelerators of the whole system, or nothing. The smallest workers that hold the model read prompts; the
  rest decodes in the pool that gives the least time per token and that the prompt workers can feed.
- Drafts. From 2026 on, runs with pools of their own on engines that draft come with and without drafts under one
  label. Their steps are taken between both (a geometric mean), so neither kind is met exactly.
- Passes. An engine set up for one load and whole prompts has passes as long as one prompt beside all decoding
  sequences.
- Highest throughput. Without a plan, the best one that fits. Rows of MLPerf's closed division run in 8 bits where
  the part can, under the pace their scenario allows. Beams of a search compute and store their prompt once, and
  each reads it. Exchange buffers of a mixture take a fixed room beside the cache.
- Named tasks. The median time between tokens is a decode step, or a pass with prompts where most passes have some.

Layers with a recurrent state stand as layers with a window whose reads equal those of the state.

## Drafts

With a draft of d tokens, each right with probability a if those before it are, a step checks 1 + d tokens per
sequence and makes 1 + a + … + a^d of them. Drafting one token costs one layer of the model. Scenarios state it
(`workload.load.draft_tokens`); the model must have a layer for it.

## Many clients

A system of c clients behaves as one of c/k clients whose data-parallel ranks, batch, passes and cache are k times
smaller at the same times per pass. Tables are predicted on systems of some 128 clients: TPOT within 5 %, TTFT
within 15 % of the whole (tests), at a fraction of the events.

Not modelled: imbalance between attention ranks, first runs that compile their
kernels inside the measurement (which put seconds into some published TTFT), encoders.

## Engines

| engine | per pass | per layer | per request | hand-over | dense | mixture | front | steps | ageing |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

AFTER = """
Host work per pass, launch of a layer's kernels, time per request, and of a hand-over between pools. Then times of
passes over the sum of their kernels: prompts of dense models, of mixtures, of mixtures on workers that only read
prompts, and decode steps of mixtures. Fitted by `tools/calibrate_serving.py` on calibration rows; an engine
without figures takes the class.

## Measured and predicted

The shipped compilation holds published runs, half of them used for fitting. `tauplan validate` prints them.

![Predicted against measured latencies](serving.svg)

| cases | used for | n | answered | median error | 90 % below | bias |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
"""


def serving_page() -> str:
    """Return the page as Markdown."""
    catalog = Catalog.load()
    lines: list[str] = []
    for part in catalog.parts("engine"):
        cells = [part.name]
        for field, scale, unit in (
            ("step_time", 1e3, " ms"),
            ("layer_time", 1e6, " µs"),
            ("request_time", 1e3, " ms"),
            ("handoff_time", 1e3, " ms"),
            ("prompt_stretch", 1.0, ""),
            ("mixture_stretch", 1.0, ""),
            ("front_mixture_stretch", 1.0, ""),
            ("decode_mixture_stretch", 1.0, ""),
            ("mixture_ageing", 1.0, ""),
        ):
            choice = catalog.choose(part.name, field)
            cells.append("class" if choice is None else f"{float(choice.value) * scale:.3g}{unit}")
        lines.append(f"| {' | '.join(cells)} |")
    rows = [_row(use, summary) for use, summary in summaries(_all(catalog))]
    return TEXT + "\n".join(lines) + "\n" + AFTER + "\n".join(rows) + "\n"


def summaries(found: list[Prediction]) -> list[tuple[str, Summary]]:
    """Return the errors by kind of run and by use."""
    groups: dict[tuple[str, str], list[Prediction]] = {}
    for p in found:
        kind = p.family.removeprefix("serving, ")
        groups.setdefault((f"{kind}, {p.metric}" if p.metric == "TPOT" else kind, p.use), []).append(p)
    return [(use, summarise(kind, members)) for (kind, use), members in sorted(groups.items())]


def serving_picture() -> str:
    """Return predicted against measured latencies as SVG."""
    import vl_convert

    found = [p for p in _all(Catalog.load()) if p.answered]
    charts = [_scatter([p for p in found if p.metric == metric], metric) for metric in ("TPOT", "TTFT")]
    spec: dict[str, Any] = {"background": "white", "hconcat": charts}
    return vl_convert.vegalite_to_svg(spec)


def _scatter(found: list[Prediction], metric: str) -> dict[str, Any]:
    values = [v for p in found for v in (p.measured, p.predicted)]
    ends = [min(values), max(values)]
    axis = {"type": "quantitative", "scale": {"type": "log", "domain": ends}, "axis": {"grid": False}}
    points = {
        "data": {"values": [{"measured": p.measured, "predicted": p.predicted, "use": p.use} for p in found]},
        "mark": {"type": "point", "filled": True, "size": 28, "opacity": 0.7},
        "encoding": {
            "x": {"field": "measured", "title": f"{metric} measured, ms", **axis},
            "y": {"field": "predicted", "title": f"{metric} predicted, ms", **axis},
            "color": {"field": "use", "title": "used for", "scale": {"range": ["#1f6f8b", "#c2571a"]}},
        },
    }
    line = {
        "data": {"values": [{"at": at} for at in ends]},
        "mark": {"type": "line", "color": "#888", "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "at", **axis}, "y": {"field": "at", **axis}},
    }
    return {"width": 280, "height": 280, "layer": [line, points]}


def _all(catalog: Catalog) -> list[Prediction]:
    return [p for row in shipped_serving(catalog) for p in (row, row.second) if p is not None]


def _row(use: str, s: Summary) -> str:
    share = [100 * v for v in (s.coverage, s.median_abs, s.p90_abs, s.median_signed)]
    text = ["–" if np.isnan(v) else f"{v:.0f} %" for v in share]
    return f"| {s.group} | {use or '–'} | {s.cases} | {' | '.join(text[:3])} | {share[3]:+.0f} % |"
