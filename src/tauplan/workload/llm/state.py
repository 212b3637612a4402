"""The operators of a mixer with a state on one accelerator: a scan over chunks in prefill, one step in decode.

Per head with P inputs and a state of N, the recurrence is S ← a·S + x·Bᵀ, y = S·C. Prefill turns it into products
over chunks of Q tokens: scores C·Bᵀ within a chunk, their weighted sum of inputs, each chunk's own state, and what
the state before it gives. The delta rule first takes from the inputs what the state already holds for their
keys, which within a chunk is the solution of a triangular system. Decode reads and
writes the state of every sequence, whatever its length.
Source: Dao and Gu, "Transformers are SSMs: generalized models and efficient algorithms through structured state
space duality" (2024), sections 6 and 8;
Yang et al., "Gated delta networks" (2024), section 3.3.
Context parallelism splits tokens; states handed on between its ranks are left out.
"""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import StateSpace
from tauplan.workload.llm.step import ElementBytes, Pass, Split
from tauplan.workload.operators import Elementwise, Gemm, Operator

CONVOLUTION_PASSES = 2.0  # definition: read and write what is convolved
GATE_PASSES = 3.0  # definition: read output and gate, write their normed product
DELTA_FLOPS = 2.0  # definition: key times state, a multiply and a sum
STEP_FLOPS = 6.0  # definition: decay, input times map, sum; state times map: 3 multiplies and 3 sums
FLOPS_PER_ELEMENT = 8.0  # definition: order of a norm or an activation; bytes bind, not these


def state_operators(
    hidden: Number, state: StateSpace, work: Pass, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return the kernels of one mixer's forward pass over ``tokens`` [1] on one of TP accelerators.

    ``hidden``: model width [1]; sizes in :class:`ElementBytes` [B]. TP splits the heads; groups fewer than TP are
    replicated.
    """
    heads = state.heads / split.tensor
    groups = np.maximum(state.groups / split.tensor, 1.0)
    inner = heads * state.head_dim
    convolved = inner + 2.0 * groups * state.size
    i, w, o = size.input, size.weight, size.output
    scalars = 2.0 if state.delta else 1.0
    core = _step if work.decode else _scan
    kept = work.sequences * convolved * (state.kernel - 1.0) * state.element_B if work.decode else 0.0
    taps = 2.0 * state.kernel * tokens * convolved
    return (
        Gemm("state in projection", tokens, inner + convolved + heads * scalars, hidden, i, w, o),
        Elementwise(
            "state convolution", CONVOLUTION_PASSES * (tokens * convolved * o + kept), taps, kernels=1.0
        ),
        *core(state, heads, groups, work, size, tokens),
        Elementwise(
            "state gate and norm", GATE_PASSES * tokens * inner * o, FLOPS_PER_ELEMENT * tokens * inner
        ),
        Gemm("state out projection", tokens, hidden, inner, i, w, o),
    )


def _step(
    state: StateSpace, heads: Number, groups: Number, work: Pass, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Decode: the state is read once and written once per token that a step checks."""
    elements = heads * state.head_dim * state.size
    states_B = work.sequences * elements * state.element_B * (1.0 + work.queries)
    ends_B = tokens * (2.0 * heads * state.head_dim + 2.0 * groups * state.size) * size.output
    each = STEP_FLOPS + (DELTA_FLOPS if state.delta else 0.0)
    return (Elementwise("state step", states_B + ends_B, each * tokens * elements),)


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
        *(replaced if state.delta else ()),
        Gemm("state scores", chunk, chunk, n, o, o, o, groups=chunks * groups),
        Gemm("state inputs", n, shared, chunk, o, o, state.element_B, groups=chunks * groups),
        Elementwise("state passing", 2.0 * states * state.element_B, 2.0 * states),
        Gemm("state within", chunk, p, chunk, o * groups / heads, o, 0.0, groups=chunks * heads),
        Gemm("state before", chunk, shared, n, o, state.element_B, o, groups=chunks * groups),
    )
