"""Operators: what one kernel computes and moves, before any chip is named.

Every dimension may be an array; FLOPs and bytes are exact for the stated algorithm. A multiply and an add
count as two FLOPs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tauplan.tau import Number
from tauplan.tau import arrays as np

BACKWARD_PRODUCTS_KEPT = 2.0  # definition: four products against two forward
BACKWARD_PRODUCTS_FLASH = 2.5  # definition: five, since scores are computed again
BACKWARD_ELEMENTWISE = (
    1.5  # definition: reads gradient and saved input, writes gradient; forward reads and writes
)


@dataclass(frozen=True)
class Gemm:
    """``groups`` independent products C[m,n] = A[m,k] · B[k,n], launched as one kernel.

    Shapes m, n, k, groups: scalars or arrays [1]; ``a_B``, ``b_B``, ``c_B``: bytes per element of the three
    matrices [B]. FLOPs = 2·m·n·k·groups; bytes = (m·k·a + k·n·b + m·n·c)·groups: each matrix crosses the
    memory interface once.
    """

    name: str
    m: Number
    n: Number
    k: Number
    a_B: Number
    b_B: Number
    c_B: Number
    groups: Number = 1.0

    @property
    def flops(self) -> Number:
        """FLOPs of all groups [FLOP]."""
        return 2.0 * self.m * self.n * self.k * self.groups

    @property
    def bytes(self) -> Number:
        """Compulsory memory traffic [B]."""
        return (
            self.m * self.k * self.a_B + self.k * self.n * self.b_B + self.m * self.n * self.c_B
        ) * self.groups


@dataclass(frozen=True)
class AttentionCore:
    """Scores, softmax and weighted sum over ``pairs`` query-key pairs per head.

    ``sequences``, ``heads`` (of queries), ``kv_heads``, ``queries`` and ``keys`` per sequence, ``pairs``
    really computed (causal or windowed: fewer than queries·keys), ``qk_dim`` and ``v_dim`` per head [1].
    FLOPs = 2·sequences·heads·pairs·(qk_dim + v_dim).
    Bytes: queries, outputs, keys and values once (``flash``); a materialised algorithm also writes and reads
    the scores ``score_passes`` times at ``score_B`` bytes each.
    ``latent`` marks multi-head latent attention in its absorbed form: keys and values are one shared vector.
    ``cached``: keys in the cache, where a window leaves some of them out of ``keys`` [1].
    """

    name: str
    sequences: Number
    heads: Number
    kv_heads: Number
    queries: Number
    keys: Number
    pairs: Number
    qk_dim: Number
    v_dim: Number
    q_B: Number
    kv_B: Number
    score_passes: Number = 0.0
    score_B: Number = 2.0
    latent: bool = False
    flop_factor: Number = 1.0  # backward passes repeat the two products
    cached: Number = 0.0

    @property
    def flops(self) -> Number:
        """FLOPs of the products [FLOP]."""
        width = self.qk_dim + self.v_dim
        return 2.0 * self.sequences * self.heads * self.pairs * width * self.flop_factor

    @property
    def bytes(self) -> Number:
        """Memory traffic of the stated algorithm [B]."""
        ends = self.sequences * self.heads * self.queries * (self.qk_dim + self.v_dim) * self.q_B
        kv_width = self.qk_dim + (0.0 if self.latent else self.v_dim)
        cache = self.sequences * self.kv_heads * self.keys * kv_width * self.kv_B
        scores = self.sequences * self.heads * self.pairs * self.score_B * self.score_passes
        return ends + cache + scores


@dataclass(frozen=True)
class Elementwise:
    """Fused element-wise work: ``bytes`` moved [B], ``flops`` on the vector units [FLOP], in ``kernels``."""

    name: str
    bytes: Number
    flops: Number
    kernels: Number = 1.0


Operator = Gemm | AttentionCore | Elementwise


def backward(op: Operator, sum_B: Number | None = None) -> tuple[Operator, ...]:
    """Return the operators of the backward pass of ``op``.

    GEMM: the gradient of the input (m,k)·n and of the weight (k,n)·m, which moves ``sum_B`` bytes per element
    where it is added to a running sum (read and written), else those of the output. Attention core: five products
    instead of two (flash recomputes the scores), or four where the scores were kept (materialised).
    Element-wise: reads the incoming gradient and a saved input, writes a gradient: half as much again as forward.
    """
    if isinstance(op, Gemm):
        data = replace(op, name=op.name, m=op.m, n=op.k, k=op.n, a_B=op.c_B, b_B=op.b_B, c_B=op.a_B)
        weight = replace(
            op,
            name=op.name,
            m=op.k,
            n=op.n,
            k=op.m,
            a_B=op.a_B,
            b_B=op.c_B,
            c_B=op.c_B if sum_B is None else sum_B,
        )
        return (data, weight)
    if isinstance(op, AttentionCore):
        kept = np.asarray(op.score_passes) > 0
        products = np.where(kept, BACKWARD_PRODUCTS_KEPT, BACKWARD_PRODUCTS_FLASH)
        return (
            replace(
                op,
                flop_factor=op.flop_factor * products,
                score_passes=2.0 * op.score_passes,
                q_B=2.0 * op.q_B,
                kv_B=2.0 * op.kv_B,
            ),
        )
    return (replace(op, bytes=BACKWARD_ELEMENTWISE * op.bytes, flops=2.0 * op.flops),)
