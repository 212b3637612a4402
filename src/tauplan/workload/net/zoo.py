"""Published networks by name, from rows that describe their structure (``data/nets``)."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path

from tauplan.errors import InputError, Problem, did_you_mean, plain
from tauplan.tau import Number
from tauplan.workload.net.blocks import BLOCKS, Builder, Stage
from tauplan.workload.net.layer import Layer


@dataclass(frozen=True)
class Net:
    """A described network: its stages, the side of its square image or its tokens, scaling, and its source."""

    name: str
    stages: tuple[Stage, ...]
    input: int
    channels: int
    width: float
    depth: float
    source: str
    aliases: tuple[str, ...]


def nets(root: Path) -> dict[str, Net]:
    """Return the described networks by name [count], read once per catalogue folder."""
    return _nets(root)


def find_net(root: Path, name: str) -> Net:
    """Return a network by its name or an alias. Errors: :class:`InputError` for an unknown one."""
    known = nets(root)
    by_plain = {plain(word): net for net in known.values() for word in (net.name, *net.aliases)}
    net = by_plain.get(plain(name))
    if net is None:
        raise InputError(
            Problem(
                "unknown network",
                value=name,
                expected="a file that ends in .onnx, a network of data/nets/totals.csv, or one of "
                + ", ".join(known),
                hint=did_you_mean(name, [w for n in known.values() for w in (n.name, *n.aliases)]),
            )
        )
    return net


def net_layers(net: Net, batch: Number, size: int | None = None) -> list[Layer]:
    """Return the layers of a network for a batch [1] of images of side, or sequences of tokens, ``size`` [1].

    MACs and parameters equal the published totals within 1 % (docs/networks.md); ``batch`` may be an array.
    """
    side = size or net.input
    text = net.stages[0].block == "embedding"
    builder = Builder(batch, net.channels, side, 1 if text else side, net.width)
    for stage in net.stages:
        repeats = math.ceil(net.depth * stage.repeats) if stage.block == "inverted" else stage.repeats
        for i in range(repeats):
            BLOCKS[stage.block](builder, stage, stage.stride if i == 0 else 1)
    return builder.layers


@functools.cache
def _nets(root: Path) -> dict[str, Net]:
    stages: dict[str, list[Stage]] = {}
    for row in _rows(root / "nets" / "stages.csv"):
        stages.setdefault(row["stages"], []).append(
            Stage(
                row["block"],
                int(row["repeats"]),
                int(row["channels"]),
                int(row["kernel"]),
                int(row["stride"]),
                float(row["expand"]),
                float(row["squeeze"]),
                int(row["heads"]),
            )
        )
    return {
        row["net"]: Net(
            row["net"],
            tuple(stages[row["stages"]]),
            int(row["input"]),
            int(row["channels"]),
            float(row["width"]),
            float(row["depth"]),
            row["source"],
            tuple(row["aliases"].split(";")),
        )
        for row in _rows(root / "nets" / "nets.csv")
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
