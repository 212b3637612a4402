"""Published figures of modules, electrical links and of what links do to a chip."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.chip.power import capped_clock
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import resolve_link
from tauplan.link import chain, density
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.validate.link_case import LinkCase, case, number

SAME = "the energy per bit comes from the same page: consistency"
PJ = 8e-12  # definition: joules per byte of a picojoule per bit


def modules(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield modules and how many of them: cases 11 to 14."""
    yield case("11a", "pluggable port of 1.6T", "closed", 18.75, 30 / 1.6, "pJ/bit", "nvidia-cpo")
    yield case("11b", "pluggable over co-packaged", "closed", 3.5, 30 / 9, "1", "nvidia-cpo")
    ends = 2 * 72 * 0.9e12 * 8 / 800e9
    power = number(catalog, "800G pluggable DSP", "power")
    yield case(
        "12",
        "spine of 72 accelerators in 800G modules",
        "closed",
        20.0,
        ends * 15.0 / 1e3,
        "kW",
        "nvl72",
        (ends * power / 1e3, ends * 16 / 1e3),
        "module of 14 to 16 W",
    )
    yield case(
        "13a",
        "near-packaged engines: capacity in place of modules",
        "closed",
        48_000 * 0.8,
        5_500 * 7.2,
        "Tb/s",
        "hi-one",
    )
    near = resolve_link(Book(catalog, DEFAULT), "NPO 800G")
    pj = float(near.energy_J["driver"] + near.energy_J["laser"] + near.energy_J["receiver"]) / PJ
    saved = [(48_000 * w - 5_500 * 7.2e12 * pj * 1e-12) / 1e3 for w in (14.0, 15.0, 16.0)]
    yield case(
        "13b",
        "near-packaged engines: power saved",
        "energy",
        550.0,
        saved[1],
        "kW",
        "hi-one",
        (saved[0], saved[2]),
        "the engine's energy was itself estimated from this figure: consistency",
    )
    yield case("14a", "CloudMatrix 384: optical links", "closed", 2688, 48 * 56, "1", "cm384")
    yield case(
        "14b", "CloudMatrix 384: modules per accelerator", "closed", 14, 2 * 48 * 56 / 384, "1", "cm384"
    )


def electrical(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield electrical links: cases 15 to 19."""
    for label, name, reported in (("15a", "NVLink-C2C", 4.68), ("15b", "112G SerDes LR", 19.8)):
        one = resolve_link(Book(catalog, DEFAULT), name)
        watts = 3.6e12 * float(one.energy_J["serdes"]) / 8
        yield case(label, f"3.6 Tb/s over {name}", "closed", reported, watts, "W", "c2c", note=SAME)

    # one circuit in three nodes: current of the line plus clock and serialiser that scale with node and supply
    def line(name: str) -> float:
        fields = ("swing", "supply", "impedance", "lane_rate")
        return float(density.line_energy(*(number(catalog, name, f) for f in fields)))

    overhead = 0.54 * PJ - line("GRS 28 nm")
    for label, name, to_V, to_nm, times, reported, study in (
        ("16a", "GRS 16 nm off package", 0.85, 16.0, (1.0, 2.0, 3.5), 1.17, "grs"),
        ("17a", "ISR-SBD 5 nm", 0.75, 5.0, (1.0, 1.5, 2.0), 0.297, "isr-sbd"),
    ):
        shrunk, kept = (float(density.scaled_energy(overhead, 0.9, to_V, 28.0, nm)) for nm in (to_nm, 28.0))
        rest = (times[0] * shrunk, times[1] * kept, times[2] * kept)
        values = [(line(name) + part) / PJ for part in rest]
        note = "clocking of the 28 nm link times one to a few, with and without shrinking: not stated"
        yield case(label, name, "energy", reported, values[1], "pJ/bit", study, (values[0], values[2]), note)
    charge = float(density.switched_energy(0.2e-12, 0.8)) / PJ  # 0.2 fF/um over a millimetre
    yield case(
        "16c",
        "GRS on chip, per millimetre",
        "energy",
        0.17,
        4 * charge,
        "pJ/bit",
        "grs",
        (2 * charge, 8 * charge),
        "full-swing wire of 0.2 fF/um with shield and clock: two to eight times CV2/4",
    )
    yield case("17b", "5 nm link: power of a wire", "closed", 15.0, 0.297e-12 * 50.4e9 * 1e3, "mW", "isr-sbd")
    ucie = {name: resolve_link(Book(catalog, DEFAULT), name) for name in ("UCIe 2D", "UCIe 2.5D", "UCIe 3D")}
    # rows and payload share of the bumps are not stated: the density implies them, the pitch spans the band
    plain = float(density.edge_density(32e9 / 8, 0.4, 14.0, 100e-6)) / 1e12
    yield case(
        "18a",
        "UCIe on a standard package, edge density",
        "implied",
        224.0,
        plain,
        "GB/s/mm",
        "ucie",
        (plain * 100 / 130, plain * 1.2),
        "100 to 130 um, 14 rows, 0.4 of the bumps one way: not stated",
    )
    fine = float(density.edge_density(32e9 / 8, 0.4, 30.0, 37e-6)) / 1e12
    yield case(
        "18b",
        "UCIe on an advanced package, edge density",
        "implied",
        1300.0,
        fine,
        "GB/s/mm",
        "ucie",
        (fine * 37 / 55, fine * 37 / 25),
        "25 to 55 um, 30 rows, 0.4 of the bumps one way: not stated",
    )
    stack = [float(density.areal_density(4e9 / 8, share, 1e-6)) / 1e18 for share in (0.5, 0.6, 1.0)]
    yield case(
        "18c",
        "UCIe 3D at 1 um, areal density",
        "implied",
        300.0,
        stack[1],
        "TB/s/mm2",
        "ucie",
        (stack[0], stack[2]),
        "half to all of the bonds carry data one way: not stated",
    )
    ratio = float(chain.energy(ucie["UCIe 2D"], 0.0) / chain.energy(ucie["UCIe 2.5D"], 0.0))
    yield case("18d", "UCIe 2D over 2.5D, energy", "closed", 2.0, ratio, "1", "ucie")
    pitch = float(density.edge_density(10e9 / 8, 0.8, 110.0, 30e-6)) / 1e12
    yield case(
        "19a",
        "28 nm memory link, edge density",
        "implied",
        3600.0,
        pitch,
        "GB/s/mm",
        "xmas",
        (pitch * 0.7, pitch * 1.3),
        "110 rows of 30 um: not stated",
    )
    scaled = [k * 0.54 for k in (0.9, 1.15, 1.4)]
    yield case(
        "19b",
        "28 nm memory link, from a 28 nm single-ended link",
        "energy",
        0.65,
        scaled[1],
        "pJ/bit",
        "xmas",
        (scaled[0], scaled[2]),
        "half the rate over the same clocking",
    )


def systems(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield what links do to a chip: cases 22 and 23."""
    shorter = 1 / 2**0.5 - 1
    yield case("22a", "folded core: wire length", "closed", -0.30, shorter, "1", "tau-2026")
    fo4, r, c = (number(catalog, "7 nm class", f) for f in ("fo4", "wire_resistance", "wire_capacitance"))
    gains: list[float] = []
    for gates, span in ((22.0, 250e-6), (18.0, 350e-6), (16.0, 450e-6)):
        wire = float(repeated_wire_delay(fo4, r * c, span))
        period = gates * fo4 + wire
        gains.append(period / (gates * fo4 + wire * (1 + shorter)) - 1)
    yield case(
        "22b",
        "folded core: clock",
        "implied",
        0.13,
        gains[1],
        "1",
        "tau-2026",
        (gains[0], gains[2]),
        "16 to 22 gate delays and 0.25 to 0.45 mm of wire in a stage: not stated",
    )
    # the hottest point may be 5 K cooler: power follows, and the clock follows power
    slower = [
        float(capped_clock((90 - a) / (95 - a), 1.0, 0.0, x)) - 1
        for a, x in ((25, 1 / 3), (45, 0.4), (55, 0.5))
    ]
    yield case(
        "23",
        "stacked cache: clock at 5 K less",
        "implied",
        -0.06,
        slower[1],
        "1",
        "v-cache",
        (slower[2], slower[0]),
        "air of 25 to 55 C, clock over power 1/3 to 1/2: not stated; reported 4 to 8 %",
    )
