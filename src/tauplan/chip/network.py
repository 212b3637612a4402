"""Time of a network on one accelerator: every layer through the operator models, all layers at once."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.attention import attention_time
from tauplan.chip.gemm import gemm_time
from tauplan.chip.kernels import elementwise_time
from tauplan.chip.power import ChipEnergy, activity_energy
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.net.layer import ImplicitGemm, Sizes
from tauplan.workload.operators import AttentionCore, Elementwise

BINDS = ("compute", "memory", "kernel overhead")
"""What may bind a layer, in the order of the codes of :class:`LayerTimes`."""


@dataclass(frozen=True)
class LayerTimes:
    """Times of layers [s]: whole, its memory traffic and kernel starts; ``bytes`` moved [B].

    ``exposed``: share of the shorter of two resources that does not hide behind the longer [1].
    """

    time: Number
    memory: Number
    overhead: Number
    bytes: Number
    exposed: Number

    @property
    def binds(self) -> Number:
        """Index into :data:`BINDS` of what binds each layer [1]: overhead, memory, else compute."""
        busy = self.time - self.overhead
        held = np.where(self.memory * (1.0 + self.exposed) >= (1.0 - SAME) * busy, 1, 0)
        return np.where(self.overhead > busy, 2, held)


SAME = 1e-9  # definition: two times this close are the same time


def layer_times(
    sizes: Sizes, chip: ChipRates, activation_B: Number, weight_B: Number, fused: Number = 1.0
) -> LayerTimes:
    r"""Return the times of layers at bytes per element of activations and weights [s].

    .. math:: t = \min(t_{GEMM}, t_{vector}) \;|\; t_{attention} \;|\; \max(B\,\theta_B, F\,\theta_v) + t_k

    A convolution is a product that reads its image once from memory and k-fold over the on-chip network; in
    groups, vector units may do it instead. ``fused`` = 1: work per element rides in the kernel before it and only
    its further operands move; 0: one kernel each. Layers of no work and no traffic take none. Validity: one
    layer after another, weights read from memory every time. Error: see docs/networks.md. Source: own form.
    """
    rides = sizes.rides * fused
    moved = sizes.bytes(activation_B, weight_B)
    further = np.maximum(sizes.inputs - sizes.outputs, 0.0) * activation_B
    moved = np.where(rides > 0, further, moved)
    groups = np.maximum(sizes.groups, 1.0)
    has_product = sizes.groups > 0
    works = (moved > 0) | has_product
    product = gemm_time(
        ImplicitGemm(
            "product",
            sizes.m,
            sizes.n,
            sizes.k,
            activation_B,
            np.where(sizes.weights > 0, weight_B, activation_B),
            activation_B,
            groups,
            memory_B=moved,
        ),
        chip,
    )
    width = sizes.k / 2.0
    core = AttentionCore(
        "attention",
        groups,
        1.0,
        1.0,
        sizes.m,
        sizes.n,
        sizes.m * sizes.n,
        width,
        width,
        activation_B,
        activation_B,
    )
    starts = np.where((rides > 0) | ~works, 0.0, 1.0)
    stream = elementwise_time(Elementwise("stream", moved, sizes.flops, starts), chip)
    rest = np.where(rides > 0, moved * chip.elementwise_byte_s, stream)
    products = np.where(sizes.direct > 0, np.minimum(product, stream), product)
    products = np.where(sizes.attends > 0, attention_time(core, chip), products)
    tiled = has_product & ((sizes.direct <= 0) | (product <= stream))
    byte_s = np.where(tiled, chip.memory_byte_s, chip.elementwise_byte_s)
    time = np.where(has_product, products, rest)
    exposed = np.where(tiled, chip.products.exposed, 0.0)
    return LayerTimes(time, moved * byte_s, starts * chip.kernel_s, moved, exposed)


@dataclass(frozen=True)
class NetTime:
    """A network on one accelerator: latency of a batch [s], samples per second, energy per sample [J]."""

    latency: Number
    throughput: Number
    energy: Number
    bound: Number  # seconds of the latency by what binds its layer, along the first axis as in BINDS


def net_time(
    sizes: Sizes, times: LayerTimes, batch: Number, energy: ChipEnergy, instances: Number = 1.0
) -> NetTime:
    """Return latency [s], throughput [samples/s] and energy [J/sample] of a network, layers along axis 0.

    ``instances`` independent copies share the chip evenly: latency grows with them, throughput does not.
    """
    latency = np.sum(times.time, axis=0)
    joules = activity_energy(energy, latency, np.sum(sizes.flops, axis=0), np.sum(times.bytes, axis=0), 0.0)
    bound = np.stack([np.sum(np.where(times.binds == i, times.time, 0.0), axis=0) for i in range(len(BINDS))])
    return NetTime(latency * instances, batch / latency, joules / batch, bound)
