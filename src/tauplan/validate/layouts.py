"""Which table is it? Layouts of measured cases, recognised by their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.validate.attention_rows import (
    decode_attention_rows,
    latent_attention_rows,
    prefill_attention_rows,
)
from tauplan.validate.collective_rows import collective_rows, fabric_rows, nccl_test_rows, network_rows
from tauplan.validate.convolution_rows import convolution_rows
from tauplan.validate.density_rows import die_rows
from tauplan.validate.devices import Devices
from tauplan.validate.die_rows import peer_rows
from tauplan.validate.dram_rows import dram_rows
from tauplan.validate.exchange_rows import low_latency_rows, normal_rows
from tauplan.validate.exchange_rows import peer_rows as exchange_rows
from tauplan.validate.headings import headings
from tauplan.validate.interval import with_intervals
from tauplan.validate.iteration_rows import iteration_rows
from tauplan.validate.kernels import gemm_rows
from tauplan.validate.model_rows import configuration_rows, file_rows
from tauplan.validate.moe_rows import moe_rows
from tauplan.validate.nand_rows import nand_rows
from tauplan.validate.operator_tables import fp32_rows, layer_rows, sheet_rows
from tauplan.validate.peak_rows import best_product_rows, micro_benchmark_rows
from tauplan.validate.power_rows import power_rows
from tauplan.validate.prediction import Prediction
from tauplan.validate.serving_rows import serving_rows
from tauplan.validate.supply_rows import example_rows
from tauplan.validate.table import Row, Table, read_table
from tauplan.validate.training_rows import training_rows
from tauplan.validate.vision_rows import vision_rows
from tauplan.validate.whole_rows import whole_rows


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
        "latent attention",
        frozenset({"system", "mla_dtype", "kv_cache_dtype", "num_heads", "batch_size", "isl", "step"}),
        latent_attention_rows,
    ),
    Layout("products by sheet", frozenset({"device", "sheet", "M", "N", "K", "time_ms"}), sheet_rows),
    Layout(
        "convolutions",
        frozenset({"device", "sheet", "W", "H", "C", "N", "K", "filter_a", "fwd_ms", "bwd_w_ms"}),
        convolution_rows,
    ),
    Layout(
        "operators",
        frozenset({"OPName", "latency_ms", "Device", "B", "M", "N", "K", "H", "dtype"}),
        fp32_rows,
    ),
    Layout(
        "parts of a layer",
        frozenset({"gpu", "n_head", "n_embd", "n_expanded_embd", "num_tokens", "mlp_up_proj_ms"}),
        layer_rows,
    ),
    Layout(
        "best products",
        frozenset({"accelerator", "precision", "max_achieved_TFLOPS", "best_MxNxK"}),
        best_product_rows,
    ),
    Layout("micro-benchmarks", frozenset({"product", "benchmark", "measured"}), micro_benchmark_rows),
    Layout(
        "collectives of a library",
        frozenset({"system", "op_name", "nccl_dtype", "num_gpus", "message_size", "latency_ms"}),
        collective_rows,
    ),
    Layout(
        "all-reduce of a framework",
        frozenset({"system", "allreduce_dtype", "num_gpus", "message_size", "latency_ms"}),
        collective_rows,
    ),
    Layout(
        "collectives of a fabric",
        frozenset({"fabric", "collective", "num_workers", "devices_per_node", "size_bytes", "median_ms"}),
        fabric_rows,
    ),
    Layout("NCCL tests", frozenset({"gpu", "n_gpu", "size_B", "t_oop_ns"}), nccl_test_rows),
    Layout(
        "network",
        frozenset({"system", "n_ranks", "ranks_per_node", "collective", "bytes_per_rank", "time_us"}),
        network_rows,
    ),
    Layout(
        "mixture of experts",
        frozenset(
            {"system", "moe_dtype", "num_tokens", "inter_size", "num_experts", "moe_ep_size", "latency_ms"}
        ),
        moe_rows,
    ),
    Layout(
        "low-latency expert exchange",
        frozenset({"system", "node_num", "num_token", "num_topk", "num_experts", "dispatch_avg_t_us"}),
        low_latency_rows,
    ),
    Layout(
        "expert exchange",
        frozenset({"system", "node_num", "num_token", "num_topk", "dispatch_sms", "dispatch_transmit_us"}),
        normal_rows,
    ),
    Layout(
        "expert exchange through peers' memory",
        frozenset({"system", "op_name", "moe_dtype", "num_tokens", "topk", "moe_ep_size", "latency"}),
        exchange_rows,
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
        "power",
        frozenset({"scope", "model", "device", "n_device", "mode", "batch", "config", "metric", "value"}),
        power_rows,
    ),
    Layout(
        "iteration times",
        frozenset({"test_case", "platform", "num_layers", "hidden", "gbs", "iteration_time_s_median"}),
        iteration_rows,
    ),
    Layout(
        "training",
        frozenset({"model", "seq_len", "gbs", "n_accel", "accel", "tp", "pp", "metric", "value", "unit"}),
        training_rows,
    ),
    Layout(
        "networks",
        frozenset(
            {"model", "device", "mode", "batch", "input_size", "precision", "gmacs", "macts_M", "metric"}
        ),
        vision_rows,
    ),
    Layout(
        "whole transformers",
        frozenset({"model_name", "seqlen", "batch", "device", "mode", "label_all_e2e_latency"}),
        whole_rows,
    ),
    Layout("model configurations", frozenset({"model", "arch", "model_type", "layers"}), configuration_rows),
    Layout("model files", frozenset({"wheel", "file", "bytes"}), file_rows),
    Layout("dies", frozenset({"die", "node", "area_mm2", "transistors_billion"}), die_rows),
    Layout(
        "examples of other models",
        frozenset({"peer", "case", "inputs", "output", "value", "unit"}),
        peer_rows,
    ),
    Layout(
        "worked examples of supply",
        frozenset({"id", "model", "inputs_json", "answer_json", "tolerance"}),
        example_rows,
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
            expected=f"the columns of one of {len(LAYOUTS)} layouts, which `tauplan validate --layouts` lists",
            hint=f"nearest is {near.name}; missing {', '.join(sorted(near.columns - columns))}",
        )
    )


def predict_file(path: Path, catalog: Catalog, files: Path | None = None) -> list[Prediction]:
    """Return one prediction per row of a file, in the order of its rows; listed model files lie in ``files``."""
    table = read_table(path)
    found = recognise(table).predict(table, Devices(catalog, files=files))
    names = {row.get("case_id") or row.get("id") or str(i + 1): i for i, row in enumerate(table.rows)}
    found = sorted(found, key=lambda prediction: names[prediction.case])
    return with_intervals([_under(p, table.rows[names[p.case]]) for p in found], catalog)


def _under(prediction: Prediction, row: Row) -> Prediction:
    second = None if prediction.second is None else _under(prediction.second, row)
    told = {"headings": headings(prediction, row), "quality": row.get("quality", "").strip()}
    return replace(prediction, second=second, **told)
