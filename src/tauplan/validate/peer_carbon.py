"""Examples of ACT and ECO-CHIP, computed by our carbon model from their inputs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tauplan.chip.yields import faults, negative_binomial
from tauplan.cost.carbon import (
    area_carbon,
    design_carbon,
    die_carbon,
    layer_carbon,
    memory_carbon,
    operation_carbon,
    rim_carbon,
)
from tauplan.evaluate.book import Book
from tauplan.validate.table import Row, UnansweredError

MM2, MM, HOUR, KWH, GRAM = 1e-6, 1e-3, 3600.0, 3.6e6, 1e-3
PLANNER_WAFER_M = 0.45  # the diameter that ECO-CHIP takes when it spreads the rim over dies


@dataclass(frozen=True)
class Block:
    """A block of ECO-CHIP: kind of circuit, area at 7 nm [m2], node [nm]."""

    kind: str
    area_m2: float
    node: str


def _blocks(text: str) -> list[Block]:
    kinds = {"logic": "logic", "analog": "analog", "sram": "sram"}
    pattern = r"(?:(\d+) x )?([\d.]+) (logic|analog|SRAM)(?: (\d+)nm)?"
    blocks: list[Block] = []
    for count, area, kind, node in re.findall(pattern, text):
        one = Block(kinds[kind.lower()], float(area) * MM2, node or EMR_NODE)
        blocks += [one] * int(count or 1)
    if not blocks:
        raise UnansweredError("areas of the blocks are missing")
    return blocks


EMR_NODE = "10"  # the node of the peer's example that names none


def _model(book: Book, node: str, field: str) -> float:
    return float(book.number(f"ECO-CHIP {node} nm", field))


def _scaled(book: Book, block: Block) -> float:
    return block.area_m2 * _scale(book, block)


def _made(book: Book, block: Block) -> float:
    """Return the carbon of making one block [kg]: good die and its part of the wafer's rim."""
    area, carbon = _scaled(book, block), _model(book, block.node, "carbon_per_area")
    good = negative_binomial(
        faults(area, _model(book, block.node, "defect_density")), _model(book, block.node, "clustering")
    )
    return float(die_carbon(area, carbon, good) + rim_carbon(area, carbon, PLANNER_WAFER_M))


def _router(book: Book, block: Block) -> float:
    """Return the carbon of the router that the peer adds to each chiplet [kg]."""
    area = ROUTER_M2 / _model(book, "14", f"area_{block.kind}")
    area *= _scale(book, block)
    density = _model(book, block.node, "defect_density")
    good = negative_binomial(faults(area, density), _model(book, block.node, "clustering"))
    return float(die_carbon(area, _model(book, block.node, "carbon_per_area"), good))


ROUTER_M2, GAP_M, BOND = 0.33 * MM2, 0.5 * MM, 0.99
LAYERS, FULL_LAYERS = 6.0, 8.0


def _outline(areas: Sequence[float], axis: int = 0) -> list[float]:
    """Return width and height of blocks split in halves of equal area, again and again [m]."""
    if len(areas) == 1:
        side = math.sqrt(areas[0] / 2.0)
        return [side + side * ((axis + 1) % 2), side + side * axis]
    halves: list[list[float]] = [[], []]
    for area in sorted(areas):
        halves[0 if sum(halves[0]) <= sum(halves[1]) else 1].append(area)
    left, right = (_outline(half, (axis + 1) % 2) for half in halves)
    size = [0.0, 0.0]
    size[axis] = left[axis] + right[axis] + GAP_M
    size[1 - axis] = max(left[1 - axis], right[1 - axis])
    return size


def _packaging(book: Book, blocks: Sequence[Block]) -> float:
    """Return the carbon of redistribution layers and routers [kg]."""
    width, height = _outline([_scaled(book, block) for block in blocks])
    area = width * height
    density = _model(book, "65", "defect_density")
    good = negative_binomial(faults(area, density), _model(book, "65", "clustering"))
    wiring = _model(book, "65", "wiring_share")
    carbon = _model(book, "65", "carbon_per_area")
    layers = layer_carbon(area, carbon, wiring, LAYERS, FULL_LAYERS, good, BOND)
    return float(layers) + sum(_router(book, block) for block in blocks) / BOND


def eco_chip(book: Book, row: Row) -> Sequence[float]:
    """Carbon of making each block, and of the package."""
    blocks = _blocks(row["inputs"])
    return [*(_made(book, block) for block in blocks), _packaging(book, blocks)]


def eco_chip_life(book: Book, row: Row) -> Sequence[float]:
    """Carbon of making, designing and running each block, and of the package."""
    blocks = _blocks(row["inputs"])
    whole = sum(block.area_m2 for block in blocks)
    totals = [
        _made(book, block)
        + _design(block, _scaled(book, block))
        + _operation(block, LAPTOP_W * block.area_m2 / whole)
        for block in blocks
    ]
    routers = sum(
        _design(block, ROUTER_M2 / _model(book, "14", f"area_{block.kind}") * _scale(book, block))
        for block in blocks
    )
    return [*totals, _packaging(book, blocks) + routers]


def _scale(book: Book, block: Block) -> float:
    return _model(book, block.node, f"area_{block.kind}")


# the peer's stock design of a laptop processor: 15 W, 90 rounds of design over 100,000 units, two years of use
LAPTOP_W, ROUNDS, UNITS, USE_S = 15.0, 90.0, 1e5, 17520 * HOUR
TRANSISTORS = {"7": 82.86e12, "10": 38.72e12, "14": 18.09e12}
SWITCHING = {"7": 0.164167, "10": 0.258575, "14": 0.353535}
PER_GATE, GATE_J, GRID = 8.0, 10.0 * HOUR / 3645.8333, 0.7 / KWH
ACTIVE, ON, MEAN = 0.2, 0.667, 0.1


def _design(block: Block, area_m2: float) -> float:
    transistors = area_m2 * TRANSISTORS[block.node]
    return float(design_carbon(transistors, PER_GATE, GATE_J, GRID, ROUNDS, UNITS))


def _operation(block: Block, power_W: float) -> float:
    """Return the carbon of use [kg]; blocks whose power grows on an older node are not in the example."""
    switching = SWITCHING[block.node]
    mean_W = power_W * ON * MEAN * (switching * ACTIVE + 1.0 - switching)
    return float(operation_carbon(mean_W, USE_S, GRID))


def act_area(book: Book, row: Row) -> Sequence[float]:
    """Carbon per area of wafers at full yield [kg/cm2]."""
    return [_area(book, node, "gas_per_area", "Carbon of fabs") / 1e4 for node in _nodes(row["inputs"])]


ACT_NODES = {
    "28": "TSMC 28 nm",
    "14": "TSMC 16/12 nm",
    "10": "TSMC N10",
    "7": "TSMC N7",
    "5": "TSMC N5",
    "3": "TSMC N3E",
}


def _nodes(text: str) -> list[str]:
    nodes = re.findall(r"\d+", text)
    if not nodes or any(node not in ACT_NODES for node in nodes):
        raise UnansweredError(f"no carbon of one of the nodes {text!r}")
    return nodes


def _area(book: Book, node: str, gases: str, grid: str) -> float:
    part = ACT_NODES[node]
    return float(
        area_carbon(
            book.number(part, "energy_per_area"),
            book.number(grid, "grid_carbon"),
            book.number(part, gases),
            book.number(part, "materials_per_area"),
        )
    )


def act_server(book: Book, row: Row) -> Sequence[float]:
    """Carbon of a server's silicon [g]: the peer's own list of drives, memory modules and processors."""
    del row
    good = book.number("Carbon of fabs", "fab_yield")
    drives = memory_carbon(DRIVES_B, book.number("Carbon of NAND 30 nm", "carbon_per_byte"))
    modules = memory_carbon(MODULES_B, book.number("Carbon of DDR3 50 nm", "carbon_per_byte"))
    logic = PROCESSORS_M2 * _area(book, "28", "gas_per_area_basic", "Carbon of coal-fired fabs")
    packages = CHIPS * book.number("Carbon of fabs", "package_carbon")
    return [float((drives + modules + logic) / good + packages) / GRAM]


# the peer's list: 8 drives of 3,840 GB and one of 400 GB, 12 modules of 36 GB and 68 GB, two processors of 698 mm2
DRIVES_B, MODULES_B, PROCESSORS_M2 = (8 * 3840 + 400) * 1e9, (12 * 36 + 68) * 1e9, 2 * 698 * MM2
CHIPS = 9 * 13 + 13 * 19 + 2 * 2
