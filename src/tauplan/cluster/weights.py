"""Parameters that one accelerator holds under a parallel plan."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.cluster.layout import Layout
from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class ModelSize:
    """Parameters of a model by how they are split [1].

    ``dense``: per-layer weights that every token uses (attention, shared and dense blocks, norms, routers);
    ``expert``: routed experts; ``embedding``: input table; ``head``: output matrix stored (0 where tied to
    the table and on the same stage); ``adapter``: low-rank adapters, the only trained weights where there are any.
    """

    layers: Number
    dense: Number
    expert: Number
    embedding: Number
    head: Number
    adapter: Number = 0.0


@dataclass(frozen=True)
class LocalWeights:
    """Parameters on the accelerator of the fullest stage: dense (with vocabulary) and expert [1]."""

    dense: Number
    expert: Number

    @property
    def total(self) -> Number:
        """All parameters held."""
        return self.dense + self.expert


def stage_share(layers: Number, pipeline: Number) -> Number:
    """Return the share of all layers that the fullest stage holds: ⌈L/p⌉/L.

    >>> float(stage_share(80.0, 3.0))
    0.3375
    """
    return np.ceil(layers / pipeline) / layers


def local_weights(size: ModelSize, layout: Layout) -> LocalWeights:
    """Return the parameters of the fullest stage on one accelerator [1].

    The first stage holds the embedding, the last the head; the larger of the two counts. One stage holds both.
    """
    share = stage_share(size.layers, layout.pipeline)
    ends = np.where(layout.pipeline > 1, np.maximum(size.embedding, size.head), size.embedding + size.head)
    dense = (size.dense * share + ends) / layout.tensor
    expert = size.expert * share / (layout.expert * layout.split.expert_tensor)
    return LocalWeights(dense, expert)


def trained_weights(size: ModelSize, layout: Layout) -> LocalWeights:
    """Return the parameters among :func:`local_weights` that take gradients [1]: all, or the adapters alone."""
    adapter = size.adapter * stage_share(size.layers, layout.pipeline) / layout.tensor
    local = local_weights(size, layout)
    frozen = np.asarray(size.adapter) > 0
    return LocalWeights(np.where(frozen, adapter, local.dense), np.where(frozen, 0.0, local.expert))
