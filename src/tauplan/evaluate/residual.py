"""Which measured cases a scenario resembles: their residuals are the band of its run time."""

from __future__ import annotations

from tauplan.catalog.claims import Part
from tauplan.spec.workload import Precision, Train
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.shape import ModelShape

PROVEN = ("NVIDIA Volta", "NVIDIA Ampere", "NVIDIA Hopper")
"""Generations with many measured runs in 16 bits."""
ELSEWHERE = ("Google TPU", "Intel Gaudi")
"""Generations of other vendors with measured runs."""


def training_kind(part: Part, shape: ModelShape, precision: Precision) -> str:
    """Return the kind of a training run, as in "training dense".

    Dense models in 16 bits on proven generations; mixtures of experts, narrower formats or newer generations of
    the same vendor; accelerators of other vendors, those apart whose generation has no measured runs.
    """
    if part.vendor != "NVIDIA":
        return "training elsewhere" if part.generation in ELSEWHERE else "training of other generations"
    narrow = BYTES[precision.products or precision.activations] < BYTES["bf16"]
    known = part.generation in PROVEN and not shape.moe_layers and not narrow
    return "training dense" if known else "training narrow"


def scenario_kind(workload: object, part: Part, shape: ModelShape, precision: Precision) -> str:
    """Return the kind of measured cases that a scenario resembles."""
    return training_kind(part, shape, precision) if isinstance(workload, Train) else "serving TPOT"
