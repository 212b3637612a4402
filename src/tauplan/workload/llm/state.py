"""The operators of a mixer with a state on one accelerator: a scan over chunks in prefill, one step in decode.

Per head with P inputs and a state of N, the recurrence is S ← a·S + x·Bᵀ, y = S·C. Prefill turns it into products
over chunks of Q tokens: scores C·Bᵀ within a chunk, their weighted sum of inputs, each chunk's own state, and what
the state before it gives. The delta rule first takes from the inputs what the state already holds for their
keys, which within a chunk is the solution of a triangular system. Where every element decays by a factor of its
own (Mamba-1), no product does: one kernel walks along the tokens and keeps the state on the chip. Decode reads and
writes the state of every sequence, whatever its length.
Source: Dao and Gu, "Transformers are SSMs: generalized models and efficient algorithms through structured state
space duality" (2024), sections 6 and 8; Gu and Dao, "Mamba" (2023), section 3.3;
Yang et al., "Gated delta networks" (2024), section 3.3; Kimi Team, "Kimi Linear" (2025), section 3.
Context parallelism splits tokens; states handed on between its ranks are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.state_shape import DELTA_RULES, StateSpace
from tauplan.workload.llm.step import ElementBytes, Pass, Split
from tauplan.workload.operators import Elementwise, Gemm, Operator

CONVOLUTION_PASSES = 2.0  # definition: read and write what is convolved
GATE_PASSES = 3.0  # definition: read output and gate, write their normed product
DELTA_FLOPS = 2.0  # definition: key times state, a multiply and a sum
STEP_FLOPS = 6.0  # definition: decay, input times map, sum; state times map: 3 multiplies and 3 sums
WALK_FLOPS = (
    9.0  # definition: a step more, as step times decay, its exponential, step times input differ by element
)
WALK_PASSES = 4.0  # definition: read input, step and gate, write output
FLOPS_PER_ELEMENT = 8.0  # definition: order of a norm or an activation; bytes bind, not these


def state_operators(
    hidden: Number, state: StateSpace, work: Pass, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return the kernels of one mixer's forward pass over ``tokens`` [1] on one of TP accelerators.

    ``hidden``: model width [1]; sizes in :class:`ElementBytes` [B]. TP splits the heads; groups fewer than TP are
    replicated, and so are inner projections of low rank on their narrow side.
    """
    heads = state.heads / split.tensor
    groups = np.maximum(state.groups / split.tensor, 1.0)
    inner = heads * state.head_dim
    maps = 2.0 * groups * state.size
    convolved = inner if state.rule == "mamba-1" else inner + maps
    columns = state.gates / split.tensor + convolved + heads * state.scalars
    i, w, o = size.input, size.weight, size.output
    return (
        Gemm("state in projection", tokens, columns, hidden, i, w, o),
        *_convolution(state, convolved, work, size, tokens),
        *_narrow(hidden, state, inner, maps, size, tokens),
        *_recurrence(state, heads, groups, work, size, tokens),
        Elementwise(
            "state gate and norm", GATE_PASSES * tokens * inner * o, FLOPS_PER_ELEMENT * tokens * inner
        ),
        Gemm("state out projection", tokens, hidden, inner, i, w, o),
    )


def _convolution(
    state: StateSpace, convolved: Number, work: Pass, size: ElementBytes, tokens: Number
) -> Iterator[Operator]:
    if state.kernel <= 1:
        return
    kept = work.sequences * convolved * (state.kernel - 1.0) * state.element_B if work.decode else 0.0
    moved = CONVOLUTION_PASSES * (tokens * convolved * size.output + kept)
    yield Elementwise("state convolution", moved, 2.0 * state.kernel * tokens * convolved)


def _narrow(
    hidden: Number, state: StateSpace, inner: Number, maps: Number, size: ElementBytes, tokens: Number
) -> Iterator[Operator]:
    """Projections through a low rank: of steps or decays, and of the gate where it has one."""
    i, w, o = size.input, size.weight, size.output
    if state.rule == "mamba-1":
        yield Gemm("state maps and step down", tokens, state.rank + maps, inner, i, w, o)
        yield Gemm("state step up", tokens, inner, state.rank, i, w, o)
    elif state.rank:
        yield Gemm("state decay down", tokens, state.rank, hidden, i, w, o)
        yield Gemm("state decay up", tokens, maps / 2.0, state.rank, i, w, o)
    if state.gate_rank:
        yield Gemm("state gate down", tokens, state.gate_rank, hidden, i, w, o)
        yield Gemm("state gate up", tokens, inner, state.gate_rank, i, w, o)


def _recurrence(
    state: StateSpace, heads: Number, groups: Number, work: Pass, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    if not state.size:
        return ()
    if work.decode:
        return _step(state, heads, groups, work, size, tokens)
    if state.rule == "mamba-1":
        return _walk(state, heads, work, size, tokens)
    return _scan(state, heads, groups, work, size, tokens)


def _step(
    state: StateSpace, heads: Number, groups: Number, work: Pass, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Decode: the state is read once and written once per token that a step checks."""
    elements = heads * state.head_dim * state.size
    states_B = work.sequences * elements * state.element_B * (1.0 + work.queries)
    ends_B = tokens * (2.0 * heads * state.head_dim + 2.0 * groups * state.size) * size.output
    each = WALK_FLOPS if state.rule == "mamba-1" else STEP_FLOPS
    each += DELTA_FLOPS if state.rule in DELTA_RULES else 0.0
    return (Elementwise("state step", states_B + ends_B, each * tokens * elements),)


def _walk(
    state: StateSpace, heads: Number, work: Pass, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Prefill of Mamba-1: one kernel along the tokens; the state leaves the chip once per sequence."""
    channels = heads * state.head_dim
    elements = channels * state.size
    moved = tokens * (WALK_PASSES * channels + 2.0 * state.groups * state.size) * size.output
    states_B = work.sequences * elements * state.element_B
    return (Elementwise("state walk", moved + states_B, WALK_FLOPS * tokens * elements),)


def _scan(
    state: StateSpace, heads: Number, groups: Number, work: Pass, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Prefill and training: four batched products per chunk, and the states passed from chunk to chunk.

    Heads of a group share its maps, so their columns join in one product; only the decayed scores differ by head,
    made from one matrix per group that is read once.
    """
    n, p, o = state.size, state.head_dim, size.output
    chunk = np.minimum(work.queries, float(state.chunk))
    chunks = tokens / chunk
    shared = p * heads / groups
    states = chunks * heads * p * n
    replaced = (
        Gemm("state keys", chunk, chunk, n, o, o, o, groups=chunks * groups),
        Gemm("state solve", chunk, n + p, chunk, o, o, o, groups=chunks * heads),
        Gemm("state held", chunk, p, n, o, state.element_B, o, groups=chunks * heads),
    )
    return (
        *(replaced if state.rule in DELTA_RULES else ()),
        Gemm("state scores", chunk, chunk, n, o, o, o, groups=chunks * groups),
        Gemm("state inputs", n, shared, chunk, o, o, state.element_B, groups=chunks * groups),
        Elementwise("state passing", 2.0 * states * state.element_B, 2.0 * states),
        Gemm("state within", chunk, p, chunk, o * groups / heads, o, 0.0, groups=chunks * heads),
        Gemm("state before", chunk, shared, n, o, state.element_B, o, groups=chunks * groups),
    )
