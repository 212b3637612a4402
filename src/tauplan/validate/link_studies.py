"""System studies of optical against electrical networks: within 15 %, or with the input that is missing.

``study`` cases carry the band that the inputs which the study does not state imply; ``bound`` cases are reported as
"less than", and hold when the whole band of the prediction lies below.
"""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.link import fabric_collectives, topology
from tauplan.spec.scenario import scenario_from
from tauplan.validate.link_case import LinkCase, case, number
from tauplan.validate.link_electrical import modules

ENDPOINTS, RADIX = 32_768.0, 64.0  # of the rail-only study: accelerators, ports of a switch
FEW_RAILS, MANY_RAILS = 16.0, 512.0  # a rail then needs two levels of switches, or one
FAMILIES = {"matched": (512, "1.8 TB/s"), "native": (144, "1.8 TB/s"), "light": (512, "4 TB/s")}


def link_studies(catalog: Catalog | None = None) -> list[LinkCase]:
    """Return the system studies with their predictions."""
    catalog = catalog or Catalog.load()
    counted = [found for found in modules(catalog) if found.number in ("12", "13b")]
    return [*_mixture(catalog), *_rail_only(catalog), *_circuits(catalog), *counted]


def _mixture(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield the training of a trillion-parameter mixture: the same radix first, then each as it is built."""
    ratios: dict[str, list[float]] = {"matched": [], "native": []}
    for tensor in (2, 4, 8):
        times = {name: _step(catalog, tensor, *network) for name, network in FAMILIES.items()}
        for name, found in ratios.items():
            found.append(times[name] / times["light"])
    note = (
        "model, plan and package are not stated: 384 experts over 384 ranks, tensor 2 to 8 (4 shown), 35 PFLOP/s "
        "of FP8 and 32 TB/s as announced for a rack of 144"
    )
    for label, name, reported in (("S1", "matched", 1.4), ("S2", "native", 2.7)):
        found = ratios[name]
        what = f"mixture of experts, 32 against 14.4 Tb/s, {name} radix"
        yield case(label, what, "study", reported, found[1], "1", "moe-2025", (min(found), max(found)), note)


def _step(catalog: Catalog, tensor: int, domain: int, bandwidth: str) -> float:
    """Return the seconds of a training step on 12,288 accelerators with a scale-up network."""
    scenario = scenario_from(
        {
            "name": "mixture",
            "workload": {
                "task": "train",
                "model": "Kimi-K2",
                "sequence": 8192,
                "global_batch": 12288,
                "tokens": "1e12",
                "precision": "fp8",
            },
            "system": {
                "accelerator": {
                    "part": "NVIDIA B200 SXM 180GB",
                    "memory_capacity": "1000 GB",
                    "memory_bandwidth": "32 TB/s",
                    "peak_fp8": "35 PFLOP/s",
                    "peak_bf16": "17.5 PFLOP/s",
                    "peak_fp32": "160 TFLOP/s",
                },
                "count": 12288,
                "scale_up": {
                    "link": "optical I/O 4T",
                    "domain": domain,
                    "bandwidth": bandwidth,
                    "latency": "250 ns",
                },
                "scale_out": {"link": "InfiniBand XDR", "ports": 2},
            },
            "plan": {"tensor": tensor, "pipeline": 8, "expert": 384, "micro_batch": 1},
            "supply": {"in_hand": True},
        }
    )
    result = solve(resolve(scenario, catalog).case)
    assert result.step is not None
    return float(result.step.time)


def _rail_only(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield cost and power of networks without spines between rails, and what an all-to-all then takes longer."""
    switch = [number(catalog, "Quantum-2 QM9700", field) for field in ("price", "power")]
    module = [number(catalog, "400G pluggable", field) for field in ("price", "power")]
    whole = topology.rail_optimised(ENDPOINTS, FEW_RAILS, RADIX)
    for label, what, (few, many), each, cable in (
        ("S3", "cost", (0.38, 0.77), switch[0], 2 * module[0]),
        ("S4", "power", (0.37, 0.75), switch[1], 2 * module[1]),
    ):
        base = float(topology.price(whole, each, cable, cable))
        for suffix, rails, reported in (("a", FEW_RAILS, few), ("b", MANY_RAILS, many)):
            thin = topology.rail_only(ENDPOINTS, rails, RADIX)
            saved = 1.0 - float(topology.price(thin, each, cable, cable)) / base
            yield case(
                f"{label}{suffix}",
                f"rail-only network, {what} saved",
                "study",
                reported,
                saved,
                "1",
                "rail-only",
                note=f"32,768 endpoints, {rails:g} rails, 64 ports a switch, catalogue prices: not the study's own",
            )
    for label, inner, outer, domain, reported in (
        ("S5a", 300e9, 25e9, 256.0, 0.082),
        ("S5b", 450e9, 50e9, 256.0, 0.112),
    ):
        tree = topology.rail_optimised(ENDPOINTS, domain, RADIX)
        plain = float(fabric_collectives.congested_all_to_all(1e9, tree, 1 / outer, 0.0))
        rails = float(
            fabric_collectives.rail_only_all_to_all(1e9, domain, ENDPOINTS, 1 / inner, 1 / outer, 0.0)
        )
        yield case(
            label,
            f"rail-only all-to-all, {inner / 1e9:.0f} GB/s inside, {outer / 1e9:.0f} GB/s outside: longer by",
            "study",
            reported,
            rails / plain - 1.0,
            "1",
            "rail-only",
            note="bandwidths of the two accelerators that the range of the study suggests",
        )


def _circuits(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield what optical circuit switches take of a torus of 4,096 accelerators."""
    part = "optical circuit switch 136"
    fabric = topology.circuit_torus((16.0, 16.0, 16.0), 4.0, 128.0)
    price, watts = (number(catalog, part, field) for field in ("price", "power"))
    yield case("S6a", "circuit switches of the torus", "study", 48.0, fabric.circuit_switches, "1", "tpu-v4")
    money = [float(fabric.circuit_switches) * price / (4096 * each) for each in (30e3, 15e3, 10e3)]
    note = "an accelerator with its host at $10k to 30k: not stated"
    yield case(
        "S6b",
        "circuit switches, share of cost",
        "bound",
        0.05,
        money[1],
        "1",
        "tpu-v4",
        (money[0], money[2]),
        note,
    )
    power = [float(fabric.circuit_switches) * watts / (4096 * each) for each in (350.0, 250.0, 170.0)]
    note = "170 W a chip, up to 350 W with its share of host: not stated"
    yield case(
        "S6c",
        "circuit switches, share of power",
        "bound",
        0.03,
        power[1],
        "1",
        "tpu-v4",
        (power[0], power[2]),
        note,
    )
    ends = float(fabric.trunks)
    light = [(power[1] * 4096 * 250.0 + ends * w) / (4096 * 250.0) for w in (3.0, 4.5, 9.0)]
    note = "modules of 3 to 9 W an end, one to three links in each: not stated"
    yield case(
        "S6d",
        "circuit switches and modules, share of power",
        "study",
        0.03,
        light[1],
        "1",
        "tpu-v4",
        (light[0], light[2]),
        note,
    )
