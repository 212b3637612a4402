"""What a training plan keeps in the memory of the servers' processors, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.cluster.layout import Layout
from tauplan.cluster.weights import LocalWeights
from tauplan.tau import Number
from tauplan.tau import arrays as np

BUFFERS = 2.0  # definition: layers that stay on the accelerator, one in use while the next one comes


@dataclass(frozen=True)
class HostMemory:
    """Host memory as one accelerator sees it.

    ``byte_s``: seconds per byte and direction of the link to it, ``memory_byte_s``: of host memory itself when the
    processors update optimizer state [s/B]; ``memory_B``: the accelerator's share of it [B].
    """

    byte_s: Number
    memory_byte_s: Number
    memory_B: Number


@dataclass(frozen=True)
class Offload:
    """Traffic between one accelerator and its host [B].

    ``down`` to the host, ``up`` from it: ``forward_*`` and ``backward_*`` of one micro-batch, ``update_*`` of one
    optimizer step; ``updated``: host memory read and written by that step.
    """

    forward_down: Number
    forward_up: Number
    backward_up: Number
    update_down: Number
    update_up: Number
    updated: Number

    def step_bytes(self, micro_batches: Number) -> Number:
        """Return what one step moves over the host link, both directions [B]."""
        each = self.forward_down + self.forward_up + self.backward_up
        return each * micro_batches + self.update_down + self.update_up


def offload(
    layout: Layout,
    local: LocalWeights,
    trained: LocalWeights,
    activations_B: Number,
    weight_B: Number,
    gradient_B: Number,
    optimizer_B: Number,
) -> Offload:
    r"""Return the host traffic of a plan [B].

    .. math::
        forward: \downarrow s_a A,\ \uparrow s_w W; \quad backward: \uparrow s_w W + s_a A; \quad
        update: \downarrow s_o N g,\ \uparrow s_o (1 - s_w) N w

    Shares s of activations, weights and optimizer state [1]. ``activations_B``: kept by one micro-batch on the
    fullest stage [B]; W: weights held (ZeRO-3 divides them), N: trained parameters whose state is held (ZeRO-1
    divides them); w, g, ``optimizer_B``: bytes of a weight, a gradient, and moved by an update, per parameter. The
    processors update what they hold, so gradients go down and weights come back; weights that stay on the host
    need not come back, and those updated on the accelerator go down.
    Source: Ren et al., "ZeRO-Offload" (2021); Isaev et al., "Calculon" (2023).
    """
    weights = _held(local, layout, 3) * weight_B * layout.offload_weights
    kept = activations_B * layout.offload_activations
    updated = _held(trained, layout, 1)
    away, moved = layout.offload_optimizer, 1.0 - layout.offload_optimizer
    return Offload(
        forward_down=kept,
        forward_up=weights,
        backward_up=weights + kept,
        update_down=updated * (away * gradient_B + moved * layout.offload_weights * weight_B),
        update_up=updated * away * (1.0 - layout.offload_weights) * weight_B,
        updated=updated * away * optimizer_B,
    )


def _held(weights: LocalWeights, layout: Layout, stage: int) -> Number:
    """Return parameters on one accelerator when ZeRO shares them from ``stage`` on [1]."""
    shared = layout.zero >= stage
    dense = weights.dense / np.where(shared, layout.gradient_group, 1.0)
    return dense + weights.expert / np.where(shared, layout.expert_replicas, 1.0)


def beside(work: Number, down_B: Number, up_B: Number, host: HostMemory) -> Number:
    """Return the time of work while bytes go down and up the host link [s]: the longest of the three."""
    return np.maximum(work, host.byte_s * np.maximum(down_B, up_B))


def update_time(on_chip: Number, moved: Offload, host: HostMemory) -> Number:
    """Return the time of the optimizer [s]: accelerator and host work at once, the host piece by piece.

    max(accelerator's part, link down, link up, host memory).
    """
    return np.maximum(
        beside(on_chip, moved.update_down, moved.update_up, host), host.memory_byte_s * moved.updated
    )


def left_of(share: Number, layers: Number) -> Number:
    """Return the share of bytes that stays on the accelerator [1]: 1 − s, and two of ``layers`` as buffers.

    >>> float(left_of(1.0, 8.0))
    0.25
    """
    return 1.0 - share + share * np.minimum(BUFFERS / np.maximum(layers, 1.0), 1.0)
