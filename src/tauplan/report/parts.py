"""The catalogue for the terminal: parts of a kind, and every claim about one part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tauplan import units
from tauplan.catalog.claims import Claim, Part
from tauplan.catalog.lookup import Catalog
from tauplan.language import _
from tauplan.report.blocks import cut, grid, heading

KEY_FIELDS = {
    "accelerator": ("peak_bf16", "peak_int8", "memory_capacity", "memory_bandwidth", "tdp", "process_node"),
    "soc": ("peak_int8", "memory_capacity", "memory_bandwidth", "tdp", "process_node", "die_area"),
    "memory": ("pin_rate", "bandwidth", "capacity", "energy_per_bit", "price"),
    "storage": ("capacity", "read_bandwidth", "write_bandwidth", "layers", "bit_density"),
    "link": ("bandwidth", "latency", "energy_per_bit", "reach", "medium"),
    "switch": ("throughput", "latency", "power", "price"),
    "optics": ("power", "energy_per_bit", "price"),
    "photonics": ("channels", "line_rate", "levels", "fibre", "coupler_dB", "laser_efficiency"),
    "fec": ("codeword_symbols", "payload_symbols", "correctable", "decode_latency", "threshold"),
    "node": ("fo4", "density", "wafer_price", "defect_density"),
    "server": ("accelerator", "accelerators", "scale_up_domain", "host_power", "power_max"),
    "model": ("params_total", "layers", "hidden", "heads", "kv_heads", "experts"),
    "generation": ("gemm_sustained", "memory_sustained", "kernel_time", "link_sustained"),
    "market": ("lead_time", "electricity", "pue"),
}
"""The fields that a list shows, by kind, the most asked for first; a kind without any shows its first fields."""

MOST_FIELDS = 6
LONGEST_NAME = 30
GAP = 2


def parts_view(catalog: Catalog, kind: str) -> Group:
    """Return the parts of a kind with their key fields, as many as there is room for.

    A star marks a value that rival claims contest.
    """
    parts = catalog.parts(kind)
    known = [name for of, name in catalog.fields if of == kind]
    fields = KEY_FIELDS.get(kind, tuple(known[:MOST_FIELDS]))
    cells = [[_cell(catalog, part.name, field) for field in fields] for part in parts]
    used = [place for place in range(len(fields)) if any(row[place] for row in cells)]
    table = Fitting(
        kind,
        [part.name for part in parts],
        [fields[place] for place in used],
        [[row[place] for place in used] for row in cells],
    )
    return Group(table, Text(f"{len(parts)} of kind {kind}; * has rival claims", style="dim"))


def part_view(catalog: Catalog, part: Part) -> Group:
    """Return every claim about a part: value, band, grade, date, source and note.

    An arrow marks the claim that the policy chooses; the other claims of the field are its rivals.
    """
    aliases = [alias for alias, target in catalog.aliases if target == part.name]
    origin = ", ".join(word for word in (part.vendor, part.country, part.generation) if word)
    lines: list[RenderableType] = [Text(part.name, style="bold")]
    lines += [
        Text(words) for words in (f"{part.kind}: {part.description}".removesuffix(": "), origin) if words
    ]
    if aliases:
        lines.append(Text(f"also: {', '.join(aliases)}", style="dim"))
    claims = catalog.claims(part.name)
    lines.append(heading(f"{len(claims)} claims", "→ is used, the others of the field are its rivals"))
    widths = [max((len(word) for word in column), default=0) for column in zip(*map(_words, claims))]
    lines += [line for claim in claims for line in _claim_lines(catalog, claim, widths)]
    return Group(*lines)


def value_text(claim: Claim) -> str:
    """Return a claim's value in engineering units; a year is a name, not an amount."""
    if claim.field == "year" and not isinstance(claim.value, str):
        return f"{claim.value:.0f}"
    return claim.text


def band_text(claim: Claim) -> str:
    """Return a claim's band, with the unit once where both ends share it; empty if there is none."""
    if claim.low is None and claim.high is None:
        return ""
    if claim.high is None or claim.low is None:
        end = claim.low if claim.high is None else claim.high
        words = _("from {value}") if claim.high is None else _("to {value}")
        return words.format(value=units.format(end or 0.0, claim.unit))
    low, high = (units.format(end, claim.unit) for end in (claim.low, claim.high))
    number, _space, unit = low.partition(" ")
    return f"{number} … {high}" if unit and high.endswith(f" {unit}") else f"{low} … {high}"


def _cell(catalog: Catalog, part: str, field: str) -> str:
    choice = catalog.choose(part, field)
    if choice is None:
        return ""
    return value_text(choice.claim) + ("*" if choice.rivals else "")


def _words(claim: Claim) -> tuple[str, ...]:
    return claim.field, value_text(claim), band_text(claim), claim.grade, claim.date


def _claim_lines(catalog: Catalog, claim: Claim, widths: Sequence[int]) -> Iterator[RenderableType]:
    """Yield the figures of a claim on one line, and where they come from, faint, below it."""
    choice = catalog.choose(claim.part, claim.field)
    used = choice is not None and choice.claim is claim
    field, value, *rest = (word.ljust(width) for word, width in zip(_words(claim), widths))
    style = "bold" if used else ""
    yield Text.assemble("→ " if used else "  ", (field, style), "  ", (value, style), "  ", "  ".join(rest))
    source = catalog.sources.get(claim.source)
    origin = source.title if source is not None and source.title else claim.source
    words = "; ".join(word for word in (origin, claim.locator, claim.note) if word)
    if words:
        yield Padding(Text(words, style="dim"), (0, 0, 0, 4))


@dataclass(frozen=True)
class Fitting:
    """A table that leaves out its last columns where the console is too narrow for them."""

    kind: str
    names: Sequence[str]
    fields: Sequence[str]
    cells: Sequence[Sequence[str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        room = options.max_width - min(max(map(len, self.names), default=0), LONGEST_NAME)
        shown = 0
        for place, field in enumerate(self.fields):
            width = max(len(word) for word in (*field.split("_"), *(row[place] for row in self.cells)))
            room -= width + GAP
            if room < 0:
                break
            shown += 1
        headers = [self.kind, *(field.replace("_", "\n") for field in self.fields[:shown])]
        table = grid("l" + "r" * shown, header=headers)
        for name, row in zip(self.names, self.cells):
            table.add_row(cut(name), *row[:shown])
        yield table
        left_out = ", ".join(self.fields[shown:])
        if left_out:
            yield Text(f"no room for: {left_out}", style="dim")
