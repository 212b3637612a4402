"""Examples of Chiplet Actuary and CATCH, computed by our cost model from their inputs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tauplan.chip.placement import Wafer, flush_dies, gross_dies_rim, searched_dies
from tauplan.chip.yields import faults, negative_binomial
from tauplan.cost.assembly import Bonding, Piece, assembled, bonding_yield, machine_rate, screened
from tauplan.cost.die import field_factor, good_die_cost, raw_die_cost
from tauplan.cost.package import Dies, PackageCost, carried_package, organic_package
from tauplan.evaluate.book import Book
from tauplan.evaluate.silicon import carrier, organic, wafer
from tauplan.validate.table import Row, UnansweredError

NODES = {
    "28": "TSMC 28 nm",
    "14": "TSMC 16/12 nm",
    "10": "TSMC N10",
    "7": "TSMC N7",
    "5": "TSMC N5",
    **{size: f"Chiplet Actuary {size} nm" for size in ("3", "20", "40", "55")},
}
SLOTS = 8.0
"""Places for compute dies on the peer's EPYC package; the empty ones hold pieces of silicon that cost nothing."""
UNIT_M2 = 100e-6
"""Die whose cost per area is the peer's unit of normalised costs."""
ACTUARY = "yinxiao-feng-chiplet-actuary-parameter.ini"
PACKAGES = {"FO": "Fan-out RDL", "SI": "Silicon interposer"}
MM2, PER_CM2 = 1e-6, 1e4


def _number(pattern: str, text: str) -> float | None:
    match = re.search(pattern, text)
    return float(match.group(1)) if match else None


def _need(pattern: str, text: str, what: str) -> float:
    value = _number(pattern, text)
    if value is None:
        raise UnansweredError(f"{what} is missing")
    return value


def _stock(book: Book, node: str, field: str) -> float:
    """Return the value that the peer's own parameter file gives."""
    for claim in book.catalog.claims(NODES.get(node, ""), field):
        if claim.source == ACTUARY and not isinstance(claim.value, str):
            return claim.value
    raise UnansweredError(f"no {field} of the peer for {node} nm")


def _actuary_dies(book: Book, node: str, area_m2: float, inputs: str = "", count: float = 1.0) -> Dies:
    geometry = wafer(book, "Chiplet Actuary wafer")
    price = _number(r"wafer (\d+)", inputs) or _stock(book, node, "wafer_price")
    given = _number(r"D0 ([\d.]+)", inputs)
    density = given * PER_CM2 if given is not None else _stock(book, node, "defect_density")
    shape = book.number("Chiplet Actuary wafer", "clustering")
    good = negative_binomial(faults(area_m2, density), shape)
    raw = raw_die_cost(price, gross_dies_rim(area_m2, geometry))
    return Dies(area_m2, float(raw), float(good_die_cost(raw, good) - raw), count)


def actuary_die(book: Book, row: Row) -> Sequence[float]:
    """Gross dies, yield and cost of a known good die."""
    case, inputs = row["case"], row["inputs"]
    node = str(int(_need(r"(\d+)nm", case, "the node")))
    area = _need(r"die ([\d.]+) mm2", case, "the area") * MM2
    dies = _actuary_dies(book, node, area, inputs)
    gross = float(gross_dies_rim(area, wafer(book, "Chiplet Actuary wafer")))
    cost = dies.raw_USD + dies.defect_USD
    return gross, dies.raw_USD / cost, cost


def _package(book: Book, kind: str, dies: Sequence[Dies]) -> PackageCost:
    laminate = organic(book)
    if kind == "OS":
        return organic_package(dies, laminate)
    geometry = wafer(book, "Chiplet Actuary wafer")
    return carried_package(dies, carrier(book, PACKAGES[kind]), laminate, geometry)


def actuary_package(book: Book, row: Row) -> Sequence[float]:
    """A die or equal chiplets in a package: the five parts and their sum, or sums only."""
    case = row["case"]
    node = str(int(_need(r"(\d+) ?nm", case, "the node")))
    area = _need(r"([\d.]+) mm2", case, "the area") * MM2
    pieces = _number(r"(\d+) chiplets", case) or 1.0
    kinds = [kind.strip() for kind in row["inputs"].split("/")]
    if any(kind not in ("SoC", "OS") and kind not in PACKAGES for kind in kinds):
        raise UnansweredError(f"no such package: {row['inputs']}")
    costs = [_chiplets(book, node, area, 1.0 if kind == "SoC" else pieces, kind) for kind in kinds]
    unit = 1.0
    if "normalised" in case:
        unit = float(_chiplets(book, node, UNIT_M2, 1.0, "OS").total) * area / UNIT_M2
    if len(costs) > 1 or unit != 1.0:
        return [float(cost.total) / unit for cost in costs]
    one = costs[0]
    parts = (one.raw_dies, one.defective_dies, one.raw_package, one.defective_package, one.wasted_dies)
    return [*(float(part) for part in parts), float(one.total)]


def _chiplets(book: Book, node: str, area_m2: float, pieces: float, kind: str) -> PackageCost:
    shared = 1.1 if pieces > 1 else 1.0  # the peer's area of die-to-die interfaces
    dies = [_actuary_dies(book, node, area_m2 * shared / pieces, count=pieces)]
    return _package(book, "OS" if kind == "SoC" else kind, dies)


def actuary_epyc(book: Book, row: Row) -> Sequence[float]:
    """Compute dies and a mature I/O die against one large die: ratios of die cost and of all."""
    text = row["inputs"]
    core = re.search(r"CCD (\d+)\+(\d+) mm2 (\d+)nm x(\d+), IOD (\d+)\+(\d+) mm2 (\d+)nm", text)
    if core is None:
        raise UnansweredError("areas of the dies are missing")
    module, link, new, count, io, io_link, old = (float(group) for group in core.groups())
    split = [
        _actuary_dies(book, str(int(new)), (module + link) * MM2, count=count),
        _actuary_dies(book, str(int(old)), (io + io_link) * MM2),
        Dies(module * MM2, 0.0, 0.0, max(SLOTS - count, 0.0)),
    ]
    whole = [_actuary_dies(book, str(int(new)), (module * count + io) * MM2)]
    ours, theirs = _package(book, "OS", split), _package(book, "OS", whole)
    return float(ours.dies / theirs.dies), float(ours.total / theirs.total)


def _layer(book: Book, process: str, area_m2: float, faulty_m2: float) -> tuple[float, float]:
    """Return cost [USD] and yield of one die in the layers of a CATCH process."""
    geometry = wafer(book, "CATCH wafer")
    side = math.sqrt(area_m2)
    price = book.number(process, "price_per_area") * geometry.area_m2
    field = book.number("CATCH wafer", "field_width") * book.number("CATCH wafer", "field_height")
    raw = raw_die_cost(price, flush_dies(side, side, geometry))
    raw = raw * field_factor(area_m2, field, book.number(process, "litho_share"))
    density, critical = book.number(process, "defect_density"), book.number(process, "critical_area")
    good = negative_binomial(faults(faulty_m2, density, critical), book.number(process, "clustering"))
    return float(raw), float(good)


def catch_layer(book: Book, row: Row) -> Sequence[float]:
    """Raw die, yield and good die of a one-layer process; those of them that the row names."""
    node = int(_need(r"combined_(\d+)nm", row["case"], "the node"))
    area = _need(r"([\d.]+) mm2", row["case"], "the area") * MM2
    raw, good = _layer(book, f"CATCH {node} nm", area, area)
    answers = {"raw": raw, "yield": good, "good": float(good_die_cost(raw, good))}
    names = [name.strip().partition(" ")[0].casefold() for name in row["output"].split("/")]
    if any(name not in answers for name in names):
        raise UnansweredError(f"no such figure: {row['output']}")
    return [answers[name] for name in names]


def catch_split(book: Book, row: Row) -> Sequence[float]:
    """A square grid of equal chiplets on silicon, over the number of chiplets."""
    splits = [int(n) for n in re.findall(r"\d+", (re.findall(r"split ([\d/]+)", row["case"]) or [""])[0])]
    node = int(_need(r"combined_(\d+)nm", row["case"], "the node"))
    return [_split(book, node, n) for n in splits or SPLITS]


SPLITS = (2, 4, 9, 16, 25, 36)
WHOLE_M2, POWER_W, TEST_PADS, VOLUME = 800 * MM2, 100.0, 6.0, 1e7


def _split(book: Book, node: int, pieces: int) -> float:
    """Return the cost of one system: dies with their links, interposer, bonding, tests that find all."""
    step, cell = "CATCH silicon bonding", book.number("UCIe advanced cell", "interface_area")
    gap, rim = book.number(step, "die_gap"), book.number(step, "rim")
    area, parts = 0.0, list[tuple[Piece, float]]()
    for place in range(pieces):
        whole = WHOLE_M2 / pieces + 2.0 * cell * _links(place, pieces)
        raw, good = _layer(book, f"CATCH {node} nm", whole, whole)
        parts.append((screened(raw, good, 1.0), 1.0))
        area += (math.sqrt(whole) + gap) ** 2
    side = math.sqrt(area) + 2.0 * rim
    base, _ = _layer(book, "CATCH silicon interposer", side * side, 0.0)
    pad = math.pi * (book.number(step, "contact_pitch") / 4.0) ** 2
    vias = 2.0 * math.ceil(POWER_W / (book.number(step, "pad_current") * pad)) + TEST_PADS
    contacts = pieces * book.number("UCIe advanced cell", "interface_wires")
    bond = Bonding(*(book.number(step, field) for field in ("placement_yield", "contact_yield", "via_yield")))
    seconds = pieces * (book.number(step, "place_time") + book.number(step, "bond_time"))
    good = bonding_yield(bond, pieces, contacts, vias)
    masks = book.number(f"CATCH {node} nm", "mask_set") + book.number("CATCH silicon interposer", "mask_set")
    return float(
        assembled(Piece(base, 1.0), parts, _second(book, step) * seconds, good, 1.0).cost_USD + masks / VOLUME
    )


def _second(book: Book, step: str) -> float:
    """Return the cost of one second of a placer or bonder [USD/s].

    The peer multiplies by uptime where a second costs more the less of it is used: its inputs, its way.
    """
    uptime = book.number(step, "uptime")
    price, life_s, crew = (book.number(step, field) for field in ("machine_price", "machine_life", "crew"))
    return float(machine_rate(price, life_s, crew, uptime) * uptime**2)


def catch_stock(book: Book, row: Row) -> Sequence[float]:
    """The peer's stock system: two processors on an interposer, memory on one, nothing tested."""
    del row
    step = "CATCH silicon bonding"
    system, dies = 0.0, 0.0
    for area, layers, carried, once in STOCK:
        for process, count in layers.items():
            raw, _ = _layer(book, process, area * MM2, area * MM2)
            system += count * raw + count * book.number(process, "mask_set") / STOCK_VOLUME
        dies += carried
        system += once / STOCK_VOLUME
    seconds = book.number(step, "place_time") + book.number(step, "bond_time")
    return [float(system + dies * seconds * _second(book, step))]


LOGIC = {
    "CATCH 5 nm active": 1,
    "CATCH 5 nm fine metal": 2,
    "CATCH 5 nm middle metal": 2,
    "CATCH 5 nm global metal": 2,
}
STOCK_VOLUME, DESIGN_USD = 1e6, 1e6
# area [mm2] as the peer's floorplan gives it, layers, dies carried, design cost: interposer, CPU, memory, GPU
STOCK: tuple[tuple[float, dict[str, int], float, float], ...] = (
    (32.162855, {"CATCH laminate": 1, "CATCH 5 nm global metal": 6}, 2.0, 0.0),
    (15.380607, LOGIC, 1.0, DESIGN_USD),
    (13.117520, LOGIC, 0.0, 0.0),
    (13.027520, LOGIC, 0.0, DESIGN_USD),
)


def _links(place: int, pieces: int) -> int:
    """Return the links of one chiplet of a grid: one outside, one to each neighbour."""
    edge = math.sqrt(pieces)
    if edge != int(edge):  # a row of two: the generator of the example adds an open link to the second
        return 2 + place
    row, column = divmod(place, int(edge))
    return 1 + sum((row > 0, row < edge - 1, column > 0, column < edge - 1))


def placement(book: Book, row: Row) -> Sequence[float]:
    """Gross dies by a search over grid offsets of a stated resolution."""
    del book
    case = row["case"]
    steps = int(_need(r"(\d+)x\d+ offsets", row["inputs"], "the resolution of the search"))
    given = re.search(r"(\d+)/([\d.]+)/([\d.]+)", case)
    if given is None:
        raise UnansweredError("the wafer's geometry is missing")
    disc = Wafer(*(float(group) * 1e-3 for group in given.groups()))
    sizes = [(float(w) * 1e-3, float(h) * 1e-3) for w, h in re.findall(r"([\d.]+)x([\d.]+)", case)]
    return [searched_dies(w, h, disc, steps) for w, h in sizes]
