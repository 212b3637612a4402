"""Published networks by name, from rows that describe their structure (``data/nets``)."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path

from tauplan.errors import InputError, Problem, did_you_mean, plain
from tauplan.tau import Number
from tauplan.workload.net.block_table import DEEPENED, REPEATED, WHOLE
from tauplan.workload.net.builder import Builder, Shape, Stage
from tauplan.workload.net.layer import Layer


@dataclass(frozen=True)
class Net:
    """A described network: its stages, the side of its image or its tokens, scaling, and its source.

    ``ratio``: width of the image over its height; ``dims``: dimensions of the input, one for a sequence;
    ``most``: widest stage before scaling, zero for any [1].
    """

    name: str
    stages: tuple[Stage, ...]
    input: int
    channels: int
    width: float
    depth: float
    most: int
    ratio: float
    dims: int
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
    sides = [side, round(side * net.ratio), side][: net.dims]
    shape = Shape(batch, net.channels, *[*sides, 1, 1][:3], dims=net.dims)
    builder = Builder(shape, net.width, net.depth, net.most)
    builder.keep("batch")
    for stage in net.stages:
        builder.take(stage.sources)
        if stage.block in WHOLE:
            WHOLE[stage.block](builder, stage, stage.stride)
        else:
            deeper = net.depth if stage.block in DEEPENED else 1.0
            for i in range(math.ceil(deeper * stage.repeats)):
                REPEATED[stage.block](builder, stage, stage.stride if i == 0 else 1)
        builder.keep(stage.label)
    return builder.layers


@functools.cache
def _nets(root: Path) -> dict[str, Net]:
    stages: dict[str, list[Stage]] = {}
    for path in sorted((root / "nets").glob("stages*.csv")):
        for row in _rows(path):
            stages.setdefault(row["stages"], []).append(_stage(row))
    return {
        row["net"]: Net(
            row["net"],
            tuple(stage for part in row["stages"].split(";") for stage in stages[part]),
            int(row["input"]),
            int(row["channels"]),
            float(row["width"]),
            float(row["depth"]),
            int(row["most"] or 0),
            float(row["ratio"] or 1),
            int(row["dims"] or 2),
            row["source"],
            tuple(alias for alias in row["aliases"].split(";") if alias),
        )
        for row in _rows(root / "nets" / "nets.csv")
    }


def _stage(row: dict[str, str]) -> Stage:
    return Stage(
        row["block"],
        int(row["repeats"]),
        int(row["channels"]),
        int(row["kernel"]),
        int(row["stride"]),
        float(row["expand"]),
        float(row["squeeze"]),
        int(row["heads"]),
        tuple(source for source in row["from"].split(";") if source),
        row["as"],
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
