"""Rows of published training and inference recipes: throughput or latency, told in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tauplan.validate.nets.case import NetCase, find_slice
from tauplan.validate.nets.recipe import Recipe, find_recipe, recipe_totals
from tauplan.validate.nets.runs import run_of
from tauplan.validate.nets.told import batch_of, count_of, devices_of, length_of, table_of
from tauplan.validate.table import Row, UnansweredError
from tauplan.workload.net.totals import GIGA, NetTotals

MILLI = 1e-3
BILLION = re.compile(r"(?<![\w.])(?:\d+x)?(\d+(?:\.\d+)?)b(?![a-z0-9])")
PHASES = (128, 330)
"""Tokens of the two phases in which BERT is pre-trained: 128, and 512 less a mean padding."""
RUNTIMES = {
    "TensorFlow NGC": "TensorFlow",
    "TensorFlow2 NGC": "TensorFlow",
    "MxNet NGC": "MXNet",
    "PaddlePaddle NGC": "PaddlePaddle",
    "tensorrt": "TensorRT",
}
PLAIN = "PyTorch recipes"
EXAMPLES = "PyTorch examples"
BY_TOKEN = ("language model", "recurrent", "audio")
"""Classes whose samples are tokens, while batches are told in sequences: they fill the device."""
PER_DEVICE = "token/p/s"


def recipe_cases(rows: Sequence[Row], root: Path) -> Iterator[NetCase | UnansweredError]:
    """Yield the case of each row, or why there is none; rows that read the same are told apart by their order."""
    repeats = Counter(_reads(row) for row in rows)
    longest = _longest_batches(rows)
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        reads = _reads(row)
        try:
            yield _case(row, root, seen[reads], repeats[reads], longest)
        except UnansweredError as reason:
            yield reason
        seen[reads] += 1


def _reads(row: Row) -> tuple[str, ...]:
    columns = ("family", "model", "device", "n_device", "mode", "batch", "precision", "metric", "notes")
    return tuple(row.get(column, "") for column in columns)


def _page(row: Row) -> tuple[str, ...]:
    return tuple(row.get(column, "") for column in ("model", "device", "n_device", "metric"))


def _longest_batches(rows: Sequence[Row]) -> dict[tuple[str, ...], float]:
    """Return the largest batch of each table of pre-training: that of the phase of short sequences [1]."""
    found: dict[tuple[str, ...], float] = {}
    for row in rows:
        if "Pre-training" in row.get("notes", ""):
            found[_page(row)] = max(found.get(_page(row), 0.0), batch_of(row, True))
    return found


def _case(row: Row, root: Path, order: int, repeats: int, longest: dict[tuple[str, ...], float]) -> NetCase:
    if row["model"] == "num_gpu":
        raise UnansweredError("the number of devices, no measurement")
    notes = row.get("notes", "")
    training = row["mode"].startswith("train")
    table = table_of(row, root, order, repeats)
    batch = batch_of(row, table.number_format == "fp16")
    second = "Pre-training" in notes and batch_of(row, True) < longest[_page(row)]
    recipe = _recipe(row, f"{row['model']} {notes}".casefold(), root, table.net)
    kind, totals = _network(row, recipe, root, second)
    count = count_of(row) if training else 1.0
    if row["family"].startswith("lambda"):
        batch /= count
    batch = 0.0 if kind in BY_TOKEN else batch or (recipe.batch if recipe else 0.0)
    timed, run = row["unit"] == "ms", run_of(row, root)
    return NetCase(
        runtime=_runtime(row, table.compiled),
        kind=kind,
        totals=totals,
        device=find_slice(root, devices_of(row)),
        number_format=run.number_format or table.number_format,
        layout=run.layout,
        figure="time" if timed else "rate of one" if row["unit"] == PER_DEVICE else "rate",
        unit=MILLI if timed else 1.0,
        batch=batch,
        count=count,
        training=training,
    )


def _runtime(row: Row, compiled: bool) -> str:
    if "Paddle-TRT" in row.get("notes", ""):
        return "Paddle Inference with TensorRT"
    runtime = RUNTIMES.get(row["framework"], PLAIN)
    if runtime == PLAIN and row["family"].startswith("flagperf"):
        runtime = EXAMPLES
    return f"{runtime}, compiled" if compiled else runtime


def _recipe(row: Row, text: str, root: Path, named: str) -> Recipe | None:
    """Return the recipe of a row, None for a language model that its name gives the billions of."""
    if _billions(row["model"]):
        return None
    recipe = find_recipe(root, "recipes", text)
    return replace(recipe, net=named) if named else recipe


def _billions(model: str) -> float:
    found = BILLION.search(model.casefold().replace("_", " ").replace("-", " "))
    return float(found[1]) if found else 0.0


def _network(row: Row, recipe: Recipe | None, root: Path, second: bool) -> tuple[str, NetTotals]:
    """Return class and totals; language models by the billions in their name, per token.

    ``second``: the phase of long sequences of a pre-training whose table does not tell their length.
    """
    if recipe is None:
        parameters = _billions(row["model"]) * GIGA
        return "language model", NetTotals(parameters, 0.0, parameters, 0.0)
    size = length_of(row)
    if recipe.net.startswith("BERT") and size is None and "Pre-training" in row.get("notes", ""):
        size = PHASES[1] if second else PHASES[0]
    return recipe.kind, recipe_totals(root, recipe, size)
