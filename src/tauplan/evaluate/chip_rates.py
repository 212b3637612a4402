"""From claims about an accelerator to its primitive times, energies and their owners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from tauplan.chip.power import ChipEnergy, capped_clock, flop_energy
from tauplan.chip.rates import AttentionSchedule, ChipRates, ProductSchedule
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import DesignedChip
from tauplan.memory.stream import byte_time
from tauplan.spec.workload import Precision
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np
from tauplan.technology.cycle import owned_by_clock, owned_period
from tauplan.workload.formats import WIDER, compute_format

OTHER = "other datacentre accelerator"
"""Generation whose coefficients stand in where a generation has none of its own."""


@dataclass(frozen=True)
class ChipFacts:
    """One accelerator resolved: plain sustained rates, their peaks, energy, memory, clock and node."""

    part: str
    rates: ChipRates
    peak_gemm_s: Number
    peak_memory_s: Number
    energy: ChipEnergy
    memory_B: Number
    usable_B: Number
    tdp_W: Number
    clock_share: Number
    period_s: Number
    fo4_s: Number
    rc_s_per_m2: Number
    span_m: Number
    node: str
    design: DesignedChip | None = None

    def owned(self) -> ChipRates:
        """Return the rates as ``Time``, each with its owners.

        What scales with the clock belongs to transistor and wire as its period does, on-chip traffic to the
        network on chip, off-chip traffic to the memory, kernel launches to software.
        """
        period = owned_period(self.period_s, self.fo4_s, self.rc_s_per_m2, self.span_m)
        rates = self.rates
        noc, kernel = Time.of("noc", rates.noc_byte_s), Time.of("software", rates.kernel_s)
        if self.design is not None:
            period = self.design.clock.owned()
            noc, kernel = _on_chip(self.design, rates)
        return ChipRates(
            gemm_flop_s=owned_by_clock(rates.gemm_flop_s, period),
            attention_flop_s=owned_by_clock(rates.attention_flop_s, period),
            vector_flop_s=owned_by_clock(rates.vector_flop_s, period),
            memory_byte_s=Time.of("memory", rates.memory_byte_s),
            elementwise_byte_s=Time.of("memory", rates.elementwise_byte_s),
            noc_byte_s=noc,
            kernel_s=kernel,
            units=rates.units,
            tile=rates.tile,
            split_k=rates.split_k,
            cache_byte_s=Time.of("sram", rates.cache_byte_s),
            products=_owned_products(rates.products),
            attention=_owned_attention(rates.attention, period),
        )


def _owned_products(how: ProductSchedule) -> ProductSchedule:
    """Waves start and results join through the network on chip; a step of k waits for shared memory."""
    return replace(
        how,
        wave_s=Time.of("noc", how.wave_s),
        join_s=Time.of("noc", how.join_s),
        step_s=Time.of("sram", how.step_s),
    )


def _owned_attention(how: AttentionSchedule, period: Time) -> AttentionSchedule:
    """Exponentials scale with the clock; starts and joins belong to the network on chip, keys to its memory."""
    return replace(
        how,
        exp_s=owned_by_clock(how.exp_s, period),
        tile_s=Time.of("noc", how.tile_s),
        sequence_s=Time.of("noc", how.sequence_s),
        key_byte_s=Time.of("sram", how.key_byte_s),
        head_element_s=Time.of("sram", how.head_element_s),
        walk_s=Time.of("sram", how.walk_s),
        join_s=Time.of("noc", how.join_s),
        latent_sequence_s=Time.of("noc", how.latent_sequence_s),
        latent_key_s=Time.of("sram", how.latent_key_s),
        latent_join_s=Time.of("noc", how.latent_join_s),
    )


def lines(book: Book, generation: str, *families: str) -> tuple[str, ...]:
    """Return the parts that coefficients are looked up in: the generation, its nearest measured kin, the rest.

    The claim ``like`` names the kin: another generation of the vendor whose matrix units issue work the same way.
    A family of kernels may have a kin of its own, ``decode_like`` for instance: the generation that engines run
    the same kernels on. Of ``families``, the narrowest first, the first that has one counts.
    """
    own = (book.text(generation, f"{family}_like") for family in families if family)
    kin = next(filter(None, own), None) or book.text(generation, "like")
    return (generation, kin, OTHER) if kin and kin != OTHER else (generation, OTHER)


def cache_family(kind: str, kv_cache: str) -> str:
    """Return the family of kernels that read a cache: ``decode`` or ``latent_decode``, and whether in FP8."""
    return f"{kind}_fp8" if kv_cache == "fp8" else kind


def _on_chip(design: DesignedChip, rates: ChipRates) -> tuple[Time, Time]:
    """Split on-chip traffic between banks and the way to them, and a kernel's start between reads and software.

    A kernel starts with a chain of dependent reads of on-chip memory, at most half of its overhead.
    """
    banks = design.sram_array_s / design.sram_s
    noc = Time.split({"sram": rates.noc_byte_s * banks, "noc": rates.noc_byte_s * (1.0 - banks)})
    ramp = np.minimum(design.ramp_reads * design.sram_s, 0.5 * rates.kernel_s)
    return noc, Time.split({"sram": ramp, "software": rates.kernel_s - ramp})


def resolve_chip(book: Book, name: str, precision: Precision, power_cap_W: Number | None) -> ChipFacts:
    """Return the facts of an accelerator for one precision, under an optional power cap [W]."""
    part = book.catalog.resolve(name)
    generation = part.generation or OTHER
    own, *stand_ins = line = lines(book, generation)

    def coefficient(field: str) -> Number:
        return book.number(own, field, *((other, field) for other in stand_ins))

    product = precision.products or compute_format(precision.weights, precision.activations)
    gemm_peak, gemm_format = _peak(book, part.name, product)
    attention_peak, attention_format = _peak(book, part.name, precision.attention)
    if gemm_format != product:
        book.note(f"{part.name} has no {product} rate: products run in {gemm_format}")
    if attention_format != precision.attention:
        book.note(f"{part.name} has no {precision.attention} rate: attention runs in {attention_format}")

    tdp_W = book.number(part.name, "tdp")
    known_idle = book.optional(part.name, "idle_power")
    idle_W = tdp_W * coefficient("idle_share") if known_idle is None else known_idle
    clock, limit_W = coefficient("sustained_clock"), tdp_W
    if power_cap_W is not None:
        limit_W = np.minimum(power_cap_W, tdp_W)
        clock = clock * capped_clock(limit_W, tdp_W, idle_W, coefficient("power_exponent"))
        if np.any(clock <= 0):
            raise InputError(_too_low(power_cap_W, idle_W))
    base_peak, _ = _peak(book, part.name, "bf16")
    known_vector = book.optional(part.name, "peak_fp32")
    vector = base_peak / coefficient("matrix_to_vector") if known_vector is None else known_vector
    units = book.number(part.name, "units", (generation, "units"), (OTHER, "units"))
    hertz = book.number(part.name, "clock", (generation, "clock"), (OTHER, "clock"))
    # parts without fast 16-bit units feed their vector units instead
    inside = Inside(units * hertz * clock, np.maximum(base_peak, vector) * clock)
    bandwidth = book.number(part.name, "memory_bandwidth")
    measured = None if gemm_format == "fp32" else book.text(generation, "measured_part")
    power_share = _power_share(book, part.name, measured, tdp_W / base_peak, coefficient)
    gemm_sustained = power_share * _product_share(
        book, line, gemm_format, stored=precision.weights == product
    )
    attention_sustained = _by_format(book, line, "attention_sustained", attention_format)
    gemm_s = 1.0 / (gemm_peak * gemm_sustained * clock)
    vector_s = 1.0 / (vector * clock)
    memory_byte_s = byte_time(bandwidth, coefficient("memory_sustained"))
    rates = ChipRates(
        gemm_flop_s=gemm_s,
        attention_flop_s=1.0 / (attention_peak * attention_sustained * clock),
        vector_flop_s=vector_s / coefficient("vector_sustained"),
        memory_byte_s=memory_byte_s,
        elementwise_byte_s=byte_time(bandwidth, coefficient("elementwise_sustained")),
        noc_byte_s=_inside_byte(book, line, "noc", inside),
        kernel_s=coefficient("kernel_time"),
        units=units,
        tile=coefficient("tile"),
        split_k=coefficient("split_k"),
        cache_byte_s=np.minimum(memory_byte_s, _inside_byte(book, line, "cache", inside)),
        products=ProductSchedule(
            unit_share=gemm_sustained,
            power_share=power_share,
            exposed=coefficient("exposed"),
            wave_s=coefficient("wave_time"),
            join_s=coefficient("join_time"),
        ),
        attention=_attention(
            partial(_cached, book, generation, precision.kv_cache),
            1.0 / (hertz * clock),
            vector_s / (book.optional(part.name, "exp_speed") or 1.0),
            attention_sustained,
        ),
    )
    byte_J = _memory_energy(book, part.name) + coefficient("transport_energy")
    node = book.text(part.name, "process_node") or "7 nm class"
    capacity = book.number(part.name, "memory_capacity")
    return ChipFacts(
        part=part.name,
        rates=rates,
        peak_gemm_s=1.0 / gemm_peak,
        peak_memory_s=1.0 / bandwidth,
        energy=ChipEnergy(
            idle_W,
            np.minimum(tdp_W * coefficient("running_share"), limit_W),
            limit_W,
            flop_energy(limit_W, coefficient("arithmetic_share"), gemm_s),
            byte_J,
            coefficient("link_energy"),
            np.minimum(tdp_W * coefficient("awake_share"), limit_W),
        ),
        memory_B=capacity,
        usable_B=capacity * coefficient("usable_memory"),
        tdp_W=tdp_W,
        clock_share=clock,
        period_s=1.0 / hertz,
        fo4_s=_node(book, node, "fo4"),
        rc_s_per_m2=_node(book, node, "wire_resistance") * _node(book, node, "wire_capacitance"),
        span_m=coefficient("stage_span"),
        node=node,
    )


def _power_share(
    book: Book, part: str, measured: str | None, per_flop_W: Number, coefficient: Callable[[str], Number]
) -> Number:
    """Return the sustained rate of products over that of the part its generation was ``measured`` on [1].

    A part with fewer watts for its 16-bit peak than that part, ``per_flop_W`` against its own, works as that part
    would under such a power cap: 350 W and 400 W boards with the chip of a 700 W module. Never above one.
    """
    if measured is None or measured == part:
        return 1.0
    peak, limit_W = book.number(measured, "peak_bf16"), book.number(measured, "tdp")
    cap_W = np.minimum(per_flop_W * peak, limit_W)
    return capped_clock(cap_W, limit_W, limit_W * coefficient("idle_share"), coefficient("power_exponent"))


class Inside(NamedTuple):
    """What bandwidths inside a chip scale with: cycles of all units [1/s], FLOPs of its 16-bit units [FLOP/s]."""

    cycles: Number
    flops: Number


def _inside_byte(book: Book, line: Sequence[str], name: str, inside: Inside) -> Number:
    """Return the time per byte of a network or memory on the chip [s].

    Units of a generation move as many bytes in a cycle whatever the matrix rate of a part, which may be cut; and
    no less per FLOP than others, where a part computes more in a cycle than those that were measured.
    """
    per_flop, *others = ((generation, f"{name}_B_per_FLOP") for generation in line)
    byte_s = 1.0 / (inside.flops * book.number(*per_flop, *others))
    for generation in line:
        if book.has(generation, f"{name}_B_per_cycle"):
            per_cycle = book.number(generation, f"{name}_B_per_cycle")
            return np.minimum(byte_s, 1.0 / (inside.cycles * per_cycle))
    return byte_s


def _cached(book: Book, generation: str, kv_cache: str, families: Sequence[str], field: str) -> Number:
    """Return a coefficient of attention in a cache format, from the kin of its family of kernels."""
    kinds = (cache_family(family, kv_cache) for family in families)
    return _by_format(book, lines(book, generation, *kinds), field, kv_cache)


def _attention(
    coefficient: Callable[[Sequence[str], str], Number], cycle_s: Number, vector_s: Number, sustained: Number
) -> AttentionSchedule:
    """Return how attention lies on the units; serial latencies are counts of cycles of ``cycle_s`` seconds."""
    decode, shared = partial(coefficient, ("decode",)), partial(coefficient, ("decode_shared", "decode"))
    latent = partial(coefficient, ("latent_decode",))
    return AttentionSchedule(
        exp_s=vector_s * coefficient((), "exp_FLOP"),
        tile_s=coefficient((), "query_tile_time"),
        sequence_s=cycle_s * shared("sequence_cycles"),
        key_byte_s=cycle_s / shared("key_B_per_cycle"),
        head_element_s=cycle_s * decode("head_element_cycles"),
        reread=decode("reread"),
        walk_s=cycle_s * decode("walk_cycles"),
        shared_from=decode("shared_from"),
        join_s=cycle_s * shared("cache_join_cycles"),
        latent_sequence_s=cycle_s * latent("latent_sequence_cycles"),
        latent_key_s=cycle_s * latent("latent_key_cycles"),
        latent_join_s=cycle_s * latent("cache_join_cycles"),
        latent_paired=latent("latent_paired"),
        latent_split=latent("latent_split"),
        latent_flop_share=latent("latent_sustained") / sustained,
    )


def _too_low(cap_W: Number, idle_W: Number) -> Problem:
    return Problem(
        "the power cap leaves nothing beside idle power",
        path="system.power_cap",
        value=f"{float(np.min(cap_W)):g} W",
        expected=f"more than {float(np.min(idle_W)):g} W",
    )


FIELDS = {
    "fp32": "peak_fp32",
    "tf32": "peak_tf32",
    "bf16": "peak_bf16",
    "fp16": "peak_fp16",
    "fp8": "peak_fp8",
    "int8": "peak_int8",
    "fp4": "peak_fp4",
    "nvfp4": "peak_fp4",
    "int4": "peak_int4",
}
"""Catalogue field of each format's dense rate."""
MATRIX_FP32 = "peak_fp32_matrix"
"""Field of the rate of matrix units that take FP32 as it is; other parts do such products on vector units."""


def _peak(book: Book, part: str, number_format: str) -> tuple[Number, str]:
    """Return the dense rate of a format [FLOP/s], or of the next wider one that the part has."""
    tried = [number_format]
    while not book.has(part, FIELDS[tried[-1]]):
        wider = WIDER.get(tried[-1])
        if wider in tried and "fp32" not in tried:
            wider = "fp32"  # no 16-bit rate at all
        if wider is None or wider in tried:
            raise InputError(
                Problem(
                    f"the catalogue has no matrix rate of {part} for {number_format}",
                    path="system.accelerator",
                    expected=f"a claim for one of {', '.join(FIELDS[t] for t in tried)}",
                )
            )
        tried.append(wider)
    found = tried[-1]
    if found == "fp32" and book.has(part, MATRIX_FP32):
        return book.number(part, MATRIX_FP32), found
    return book.number(part, FIELDS[found]), found


def _product_share(book: Book, line: Sequence[str], number_format: str, *, stored: bool) -> Number:
    """Return the sustained share of a format's peak in products.

    Where weights are ``stored`` in a narrow format, products read them as they are; elsewhere, as in training,
    both operands are narrowed first, and the coefficient of the format has that in it.
    """
    if stored:
        for generation in line:
            name = f"kernel_sustained_{number_format}"
            if book.has(generation, name):
                return book.number(generation, name)
            if any(book.has(generation, f) for f in (f"gemm_sustained_{number_format}", "gemm_sustained")):
                break
    return _by_format(book, line, "gemm_sustained", number_format)


def _by_format(book: Book, line: Sequence[str], field: str, number_format: str) -> Number:
    """Return a coefficient for a number format; 16-bit is the base, others may have their own.

    A generation's own 16-bit value goes before another generation's value for the format.
    """
    own = f"{field}_{number_format}"
    for generation in line:
        for name in (own, field):
            if book.has(generation, name):
                return book.number(generation, name)
    return book.number(OTHER, field)


def _memory_energy(book: Book, part: str) -> Number:
    """Return the energy per byte of the part's kind of memory [J/B]."""
    kind = book.text(part, "memory_type") or "HBM2e"
    return book.number(f"memory type {kind}", "energy_per_bit", ("memory type HBM2e", "energy_per_bit"))


def _node(book: Book, node: str, field: str) -> Number:
    """Return a process figure of a node, or of the 7 nm class where the node has none."""
    return book.number(node, field, ("7 nm class", field))
