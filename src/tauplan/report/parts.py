"""The catalogue as tables: parts of a kind, and every claim about one part."""

from __future__ import annotations

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.catalog.claims import Claim, Part
from tauplan.catalog.lookup import Catalog

KEY_FIELDS = {
    "accelerator": ("process_node", "peak_bf16", "peak_int8", "memory_capacity", "memory_bandwidth", "tdp"),
    "soc": ("process_node", "peak_int8", "memory_capacity", "memory_bandwidth", "tdp", "die_area"),
    "memory": ("pin_rate", "bandwidth", "capacity", "energy_per_bit", "price"),
    "storage": ("layers", "bit_density", "capacity", "read_bandwidth", "write_bandwidth"),
    "link": ("bandwidth", "latency", "energy_per_bit", "medium", "reach"),
    "switch": ("throughput", "latency", "power", "price"),
    "optics": ("power", "energy_per_bit", "price"),
    "node": ("fo4", "density", "wafer_price", "defect_density"),
    "server": ("accelerator", "accelerators", "scale_up_domain", "host_power", "power_max"),
    "model": ("layers", "hidden", "heads", "kv_heads", "experts", "params_total"),
    "generation": ("gemm_sustained", "memory_sustained", "kernel_time", "link_sustained"),
    "market": ("lead_time", "electricity", "pue"),
}
"""The fields a list shows, by kind."""


def parts_view(catalog: Catalog, kind: str) -> Table:
    """Return the parts of a kind with their key fields; a star marks a field with rival claims."""
    fields = KEY_FIELDS.get(kind, ())
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column(kind, no_wrap=True, overflow="ellipsis")
    for field in fields:
        table.add_column(field, justify="right", no_wrap=True)
    for part in catalog.parts(kind):
        table.add_row(part.name, *(_cell(catalog, part.name, field) for field in fields))
    return table


def _cell(catalog: Catalog, part: str, field: str) -> str:
    choice = catalog.choose(part, field)
    if choice is None:
        return ""
    return choice.claim.text + ("*" if choice.rivals else "")


def part_view(catalog: Catalog, part: Part) -> Group:
    """Return every claim about a part; an arrow marks the ones that are used."""
    aliases = [alias for alias, target in catalog.aliases if target == part.name]
    lines = [Text(part.name, style="bold"), Text(f"{part.kind}: {part.description}")]
    origin = ", ".join(word for word in (part.vendor, part.country, part.generation) if word)
    lines += [Text(origin)] if origin else []
    lines += [Text(f"also: {', '.join(aliases)}", style="dim")] if aliases else []
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("")
    table.add_column("field", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("band", justify="right", no_wrap=True)
    table.add_column("grade", no_wrap=True)
    table.add_column("source and note", overflow="fold")
    for claim in catalog.claims(part.name):
        choice = catalog.choose(part.name, claim.field)
        used = choice is not None and choice.claim is claim
        mark = "→" if used else " "
        source = catalog.sources.get(claim.source)
        origin = source.title if source else claim.source
        words = "; ".join(word for word in (origin, claim.date, claim.note) if word)
        table.add_row(mark, claim.field, claim.text, _band(claim), claim.grade, escape(words))
    return Group(*lines, Text(""), table)


def _band(claim: Claim) -> str:
    if claim.low is None and claim.high is None:
        return ""
    low = "" if claim.low is None else units.format(claim.low, claim.unit)
    high = "" if claim.high is None else units.format(claim.high, claim.unit)
    return f"{low} … {high}".strip()
