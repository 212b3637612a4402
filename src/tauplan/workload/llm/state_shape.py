"""The shape of mixers that keep a state of fixed size in place of keys and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

StateRule = Literal["mamba-2", "mamba-1", "gated delta", "kimi delta", "lightning", "short convolution"]
"""What happens to a state at each token:

- mamba-2: decays by one scalar per head, the outer product of input and map is added;
- mamba-1: decays by a factor of its own for each element, step sizes come from a projection of low rank;
- gated delta: what the state holds for a key is replaced, and all decays by one scalar per head;
- kimi delta: the same with a decay per channel of the key;
- lightning: decays by a fixed factor, the outer product of key and value is added;
- short convolution: no state but the last inputs of a convolution between two gates.
"""

STATE_RULES: tuple[str, ...] = get_args(StateRule)
DELTA_RULES = frozenset({"gated delta", "kimi delta"})


@dataclass(frozen=True)
class StateSpace:
    """One mixer with a state; each of ``heads`` keeps a matrix of ``head_dim`` x ``size`` as its only memory.

    Input and output maps of the state (B and C, or keys and queries) are shared by the heads of one of ``groups``;
    a causal convolution over ``kernel`` tokens precedes them. Prefill works on chunks of ``chunk`` tokens. Between
    passes a sequence leaves its state behind, at ``element_B`` bytes per element, whatever its length. ``rank``:
    inner size of the projection that gives step sizes (Mamba-1) or decays (Kimi delta); ``gate_rank``: of the
    one that gives the gate, 0 where the gate is projected directly. Mamba-1 is written with one channel per head.
    Source: Gu and Dao, "Mamba" (2023); Dao and Gu, "Transformers are SSMs" (2024); Yang et al., "Gated delta
    networks" (2024); Kimi Team, "Kimi Linear" (2025); MiniMax, "MiniMax-01" (2025); Liquid AI, "LFM2" (2025).
    """

    heads: int
    head_dim: int
    size: int
    groups: int
    kernel: int
    chunk: int
    element_B: int = 2
    rule: StateRule = "mamba-2"
    rank: int = 0
    gate_rank: int = 0

    @property
    def inner(self) -> int:
        """Width of the mixer: all heads side by side."""
        return self.heads * self.head_dim

    @property
    def maps(self) -> int:
        """Columns of the maps into and out of the state."""
        return 2 * self.groups * self.size

    @property
    def convolved(self) -> int:
        """Channels that the convolution runs over: the heads' inputs and, where they precede it, the maps."""
        return self.inner + (0 if self.rule == "mamba-1" else self.maps)

    @property
    def scalars(self) -> int:
        """Scalars per head and token: a decay or a step, and how much of a key's content is replaced."""
        return {"gated delta": 2, "mamba-2": 1, "kimi delta": 1}.get(self.rule, 0)

    @property
    def gates(self) -> int:
        """Columns of gates as wide as the mixer that are projected directly."""
        if self.rule == "short convolution":
            return 2 * self.inner
        return 0 if self.gate_rank else self.inner

    @property
    def projected(self) -> int:
        """Columns of the input projection: gates, what is convolved, scalars."""
        return self.gates + self.convolved + self.heads * self.scalars

    @property
    def sequence_B(self) -> int:
        """Bytes that one sequence leaves behind in one layer: the state and the convolution's last inputs."""
        return (self.inner * self.size + self.convolved * (self.kernel - 1)) * self.element_B


def state_parameters(hidden: int, state: StateSpace) -> int:
    """Return the parameters of a mixer in a model of width ``hidden`` [1].

    Projections in and out, convolution; then by rule: Mamba-2 a bias of the convolution, three scalars per head, a
    gated norm; Mamba-1 the projections of maps and steps, a decay per element of the state, a skip per channel;
    gated delta two scalars per head and one norm that heads share; Kimi delta a projection of decays of low rank
    with a bias per channel, one scalar per head and that norm; lightning a norm.
    """
    s = state
    total = hidden * (s.projected + s.inner) + (s.convolved * s.kernel if s.kernel > 1 else 0)
    if s.gate_rank:
        total += s.gate_rank * (hidden + s.inner)
    if s.rule == "mamba-2":
        return total + s.convolved + 3 * s.heads + s.inner
    if s.rule == "mamba-1":
        steps = s.inner * (s.rank + s.maps) + s.rank * s.inner + s.inner
        return total + steps + s.convolved + s.inner * (s.size + 1)
    if s.rule == "gated delta":
        return total + 2 * s.heads + s.head_dim
    if s.rule == "kimi delta":
        decays = s.groups * s.size
        return total + s.rank * (hidden + decays) + decays + s.heads + s.head_dim
    return total + (s.inner if s.rule == "lightning" else 0)
