"""What stands behind the memory: drives, and what a plan leaves on them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tauplan.spec.base import Spec
from tauplan.spec.quantity import Area, Bandwidth, Bytes, Count, Fraction


class Flash(Spec):
    """A drive that is designed, not bought: its capacity, rates and price per bit follow from its dies."""

    layers: Count = Field(description="word-line layers of a NAND die, such as 232")
    cell_bits: Literal[3, 4] = Field(default=3, description="bits per cell: 3 (TLC) or 4 (QLC)")
    channels: Count = Field(default=16, description="channels of the controller")
    dies: Count = Field(default=8, description="dies on each channel")
    die_area: Area = Field(default=70e-6, description="area of a die")


class Storage(Spec):
    """Drives in each server, shared by its accelerators: checkpoints, data set, start, offload."""

    drive: str | None = Field(default=None, description="catalogued solid-state drive")
    flash: Flash | None = Field(default=None, description="a designed drive in place of a catalogued one")
    drives: Count = Field(default=8, description="drives per server")
    read_bandwidth: Bandwidth | None = Field(
        default=None, description="sequential read of one drive; default: the drive's"
    )
    write_bandwidth: Bandwidth | None = Field(
        default=None, description="sequential write of one drive; default: the drive's"
    )
    link: str = Field(
        default="PCIe 5.0 x16", description="catalogued link between an accelerator and the drives"
    )


class OnDrives(Spec):
    """What stays on the drives and streams in, prefetched while the accelerators compute."""

    weights: Fraction = Field(default=0.0, description="share of the weights, read in every pass")
    optimizer: Fraction = Field(
        default=0.0, description="training: share of the optimizer state, read and written every step"
    )
    cache: Fraction = Field(
        default=0.0,
        description="serving: share of each prompt whose KV cache is fetched in place of computed again",
    )
    token_bytes: Bytes = Field(
        default=0.0, description="training: bytes of the data set read per token; images and video need many"
    )
