"""Which table is it? Layouts of measured cases, recognised by their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.validate.collective_rows import framework_rows, library_rows, network_rows
from tauplan.validate.devices import Devices
from tauplan.validate.dram_rows import dram_rows
from tauplan.validate.kernels import decode_attention_rows, gemm_rows, prefill_attention_rows
from tauplan.validate.nand_rows import nand_rows
from tauplan.validate.prediction import Prediction
from tauplan.validate.serving_rows import serving_rows
from tauplan.validate.table import Table, read_table
from tauplan.validate.training_rows import training_rows


@dataclass(frozen=True)
class Layout:
    """A kind of table: the columns that tell it apart and the function that predicts its rows."""

    name: str
    columns: frozenset[str]
    predict: Callable[[Table, Devices], list[Prediction]]


def _attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict attention kernels; a table of decode steps has one new token in every row."""
    decode = all(row.get("isl") == "1" for row in table.rows)
    return (decode_attention_rows if decode else prefill_attention_rows)(table, devices)


LAYOUTS = (
    Layout("matrix products", frozenset({"system", "gemm_dtype", "m", "n", "k", "latency_ms"}), gemm_rows),
    Layout(
        "attention",
        frozenset({"system", "attn_dtype", "kv_cache_dtype", "isl", "num_heads", "step", "latency_ms"}),
        _attention_rows,
    ),
    Layout(
        "collectives of a library",
        frozenset({"system", "op_name", "nccl_dtype", "num_gpus", "message_size", "latency_ms"}),
        library_rows,
    ),
    Layout(
        "all-reduce of a framework",
        frozenset({"system", "allreduce_dtype", "num_gpus", "message_size", "latency_ms"}),
        framework_rows,
    ),
    Layout(
        "network",
        frozenset({"system", "n_ranks", "ranks_per_node", "collective", "bytes_per_rank", "time_us"}),
        network_rows,
    ),
    Layout(
        "memory channels",
        frozenset({"config", "pattern", "address_mapper", "bandwidth_GBps"}),
        dram_rows,
    ),
    Layout(
        "NAND generations", frozenset({"vendor", "layers", "cell", "density_Gb_mm2", "die_mm2"}), nand_rows
    ),
    Layout(
        "serving",
        frozenset({"model", "system", "mode", "isl", "osl", "concurrency_or_batch", "tp", "metric", "value"}),
        serving_rows,
    ),
    Layout(
        "training",
        frozenset({"model", "seq_len", "gbs", "n_accel", "accel", "tp", "pp", "metric", "value", "unit"}),
        training_rows,
    ),
)


def recognise(table: Table) -> Layout:
    """Return the layout of a table. Errors: :class:`InputError` naming what the nearest layout misses."""
    columns = set(table.columns)
    for layout in LAYOUTS:
        if layout.columns <= columns:
            return layout
    near = min(LAYOUTS, key=lambda layout: len(layout.columns - columns) / len(layout.columns))
    raise InputError(
        Problem(
            "no known layout of measured cases",
            place=f"{table.path}:1",
            value=", ".join(table.columns[:12]),
            expected="; ".join(f"{layout.name}: {', '.join(sorted(layout.columns))}" for layout in LAYOUTS),
            hint=f"nearest is {near.name}; missing {', '.join(sorted(near.columns - columns))}",
        )
    )


def predict_file(path: Path, catalog: Catalog) -> list[Prediction]:
    """Return one prediction per row of a file, in the order of its rows."""
    table = read_table(path)
    found = recognise(table).predict(table, Devices(catalog))
    names = {row.get("case_id") or str(i + 1): i for i, row in enumerate(table.rows)}
    return sorted(found, key=lambda prediction: names[prediction.case])
