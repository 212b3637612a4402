"""One forward pass through a decoder: how many tokens, over how much context, split how, in which bytes."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Pass:
    """What one forward pass processes on one replica.

    ``sequences``; ``queries``: new tokens per sequence; ``past``: tokens already cached per sequence [1].
    ``decode`` selects the algorithm for single-token steps (absorbed latent attention); ``materialised``
    writes attention scores to memory, as training did before fused kernels; ``unfused``: every operator is a
    kernel of its own (:mod:`tauplan.workload.llm.unfused`); ``last_token_only`` computes logits for one token per
    sequence; ``causal`` is false where every token sees all others, as in encoders and diffusion transformers.
    """

    sequences: Number
    queries: Number
    past: Number = 0.0
    decode: bool = False
    materialised: bool = False
    last_token_only: bool = False
    causal: bool = True
    unfused: bool = False


@dataclass(frozen=True)
class Split:
    """Ways the pass is divided: tensor (TP), context (CP), expert (EP), whether norms follow TP (SP)."""

    tensor: Number = 1.0
    context: Number = 1.0
    expert: Number = 1.0
    sequence_parallel: Number = True
    expert_imbalance: Number = 1.0

    @property
    def expert_tensor(self) -> Number:
        """Tensor ways inside one expert [1]: what TP leaves when EP does not use it up."""
        return np.maximum(self.tensor / self.expert, 1.0)


@dataclass(frozen=True)
class ElementBytes:
    """Bytes per element [B]: weights, GEMM inputs, outputs and residual stream, attention operands, cache, head."""

    weight: Number = 2.0
    input: Number = 2.0
    output: Number = 2.0
    attention: Number = 2.0
    cache: Number = 2.0
    head: Number = 2.0


def attended_pairs(queries: Number, past: Number, window: Number) -> Number:
    r"""Return the number of query-key pairs of one head under a causal mask, windowed if ``window`` > 0.

    .. math:: \sum_{i=1}^{q} \min(w,\; past + i)

    >>> float(attended_pairs(4.0, 0.0, 0.0))
    10.0
    >>> float(attended_pairs(4.0, 0.0, 2.0))
    7.0
    """
    limit = np.where(np.asarray(window) > 0, window, past + queries)
    growing = np.clip(limit - past, 0.0, queries)  # queries that do not yet fill the window
    return growing * past + growing * (growing + 1.0) / 2.0 + (queries - growing) * limit
