"""What a row of a published recipe tells in words: devices, batch, number format, length, resolution."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from tauplan.validate.table import Row

WORDS = {
    "fp16": re.compile(r"mixed|\bamp\b|fp16|bf16", re.IGNORECASE),
    "tf32": re.compile(r"tf32|fp32", re.IGNORECASE),
}
"""Words for number formats; 32 bits mean TF32 on the parts that have it."""
CARD = re.compile(r"\d+x ?[A-Z]+\d+ +\d+ ?G", re.IGNORECASE)
GRID = re.compile(r"[(（](\d+)x(\d+)[)）]")
MANY = re.compile(r"(?<![\d.])(\d+)\s?x\s?(?=RTX|Quadro|GH|GB|[ABHVL]\d)", re.IGNORECASE)
INSIDE = re.compile(r"\((\d+)x ?[A-Z]", re.IGNORECASE)
AMP = re.compile(r'"AMP": "&(check|cross)')


def key(notes: str, *names: str) -> str:
    """Return the value of the first of some keys in the notes of a row, "" where none is told."""
    for name in names:
        found = re.search(rf'"{name}[^"]*": "([^"]*)', notes, re.IGNORECASE)
        if found:
            return found[1]
    return ""


def devices_of(row: Row) -> str:
    """Return the words that tell the device: its column, and the card in the heading of its table."""
    card = CARD.search(row.get("notes", ""))
    return f"{row['device']} {row['n_device']} {card[0] if card else ''}"


def count_of(row: Row) -> float:
    """Return the number of devices [1]: nodes by devices in each, as told in notes, grid or name."""
    notes = row.get("notes", "")
    grid = GRID.search(row["n_device"])
    if grid:
        return float(grid[1]) * float(grid[2])
    nodes = _first(key(notes, "Num Nodes", "Nodes"))
    if nodes:
        inside = INSIDE.search(notes)
        return nodes * (_first(key(notes, "GPUs / node")) or (float(inside[1]) if inside else 1.0))
    told = _first(row["n_device"])
    named = MANY.search(row["device"])
    if named and (told or 1.0) <= 1.0:
        return float(named[1])
    return told or 1.0


@dataclass(frozen=True)
class TableKind:
    """What a table is about: number format, network where it is not the page's own, whether it was compiled."""

    number_format: str
    net: str = ""
    compiled: bool = False


def table_of(row: Row, root: Path, order: int, repeats: int) -> TableKind:
    """Return what the table of a row is about, as the row tells or as its page orders its tables.

    ``order`` of ``repeats``: the place of the row among those of its page that read the same.
    """
    notes = row.get("notes", "")
    compiled = "XLA" in row["metric"] or '"XLA": "&check' in notes
    amp = AMP.search(notes)
    if amp:
        return TableKind("fp16" if amp[1] == "check" else "tf32", compiled=compiled)
    for text in (row["precision"], row["metric"], notes.rpartition(" | ")[0].rpartition(">")[2]):
        named = next((form for form, word in WORDS.items() if word.search(text)), "")
        if named:
            return TableKind(named, compiled=compiled)
    for pattern, count, tables in _orders(root):
        if count == repeats and pattern.search(f"{row['model']} {notes}".casefold()):
            form, _, rest = tables[order].partition(" ")
            return TableKind(form, "" if rest == "xla" else rest, rest == "xla")
    return TableKind("fp16", compiled=compiled)


@functools.cache
def _orders(root: Path) -> tuple[tuple[re.Pattern[str], int, list[str]], ...]:
    with (root / "nets" / "table_order.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            (re.compile(row["pattern"]), int(row["repeats"]), row["tables"].split(";"))
            for row in csv.DictReader(file)
        )


def batch_of(row: Row, mixed: bool) -> float:
    """Return the samples on one device [1], 0 where none are told.

    Of two numbers one is for each format; mixed precision comes first where its name does.
    """
    numbers = [float(n) for n in re.findall(r"(?<![\w.])\d+(?!\w*\))(?![\w.]*=)", row["batch"])]
    told = re.search(r"(?:bs|batch_?size|LBS)=(\d+)", row["batch"])
    if told:
        return float(told[1])
    if not numbers or "=" in row["batch"]:
        return _first(re.sub(r".*BS=", "", row["metric"])) if "BS=" in row["metric"] else 0.0
    if len(numbers) == 1:
        return numbers[0]
    heading = key_name(row.get("notes", ""))
    mixed_first = heading.find("mixed") >= 0 and heading.find("mixed") < _place(heading, "fp32")
    return numbers[0] if mixed == mixed_first else numbers[1]


def key_name(notes: str) -> str:
    """Return the heading of the batch column in the notes of a row."""
    found = re.search(r'"(batch size[^"]*)"', notes, re.IGNORECASE)
    return found[1].casefold() if found else ""


def _place(text: str, word: str) -> int:
    at = text.find(word)
    return len(text) + 1 if at < 0 else at


def _first(text: str) -> float:
    found = re.search(r"\d+", text)
    return float(found[0]) if found else 0.0


def length_of(row: Row) -> int | None:
    """Return the tokens of a sequence or the side of an image where a row tells them."""
    notes = row.get("notes", "")
    for name in ("Sequence Length", "Resolution"):
        value = _first(key(notes, name))
        if value:
            return int(value)
    return None
