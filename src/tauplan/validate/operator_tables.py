"""Measured operators of other collections: products by device sheet, FP32 operators, parts of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tauplan.chip.gemm import gemm_time
from tauplan.chip.kernels import elementwise_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.validate.devices import Devices
from tauplan.validate.grouped import Array, Columns, Reading, predict_groups
from tauplan.validate.kernels import cache, warm
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES
from tauplan.workload.operators import Elementwise, Gemm

SHEETS = Reading("products by sheet", ("device", "sheet"), ("M", "N", "K"), measured="time_ms")
FP32 = Reading(
    "operators in fp32",
    ("Device", "OPName", "dtype"),
    ("B", "M", "N", "K", "H"),
    defaults=tuple((column, 0.0) for column in "MNKH"),
)
PASSES = {"ln": 3.0, "softmax": 3.0, "add": 3.0, "mul": 3.0, "div": 3.0, "pow": 3.0}
"""Reads and writes of the tensor: two operands and a result, or an operand read twice; else read and write."""
LAYER_PARTS = (
    "emb_ms",
    "input_layernorm_ms",
    "attn_pre_proj_ms",
    "attn_rope_ms",
    "attn_post_proj_ms",
    "post_attention_layernorm_ms",
    "mlp_up_proj_ms",
    "mlp_act_ms",
    "mlp_down_proj_ms",
    "add_ms",
)
WHOLE = "layer_ms"
LAYER = Reading(
    "parts of a layer",
    ("gpu", "use_gated_mlp"),
    (
        "n_head",
        "n_kv_head",
        "n_embd",
        "n_expanded_embd",
        "num_tokens",
        "num_tensor_parallel_workers",
        "norms",
        "embeddings",
    ),
    measured=WHOLE,
)
BF16_B = BYTES["bf16"]


def sheet_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict products by device and sheet of a spreadsheet, whose name says the number format."""
    return predict_groups(table, SHEETS, lambda words, c: sheet_time(devices, words, c))


def sheet_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of products in the format of a sheet [s]."""
    device, sheet = words
    size = BYTES[devices.precision(sheet).activations]
    op = Gemm("gemm", c["M"], c["N"], c["K"], size, size, max(size, BF16_B))
    return gemm_time(*warm(op, devices.burst(device, sheet), cache(devices, device)))


def fp32_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict operators by name (bmm, linear, norms, softmax, element-wise) in the format of each row."""
    return predict_groups(table, FP32, lambda words, c: fp32_time(devices, words, c))


def fp32_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of one kind of operator [s]: a batch of products, or B rows of H elements streamed."""
    device, name, number_format = words
    chip, size = devices.burst(device, number_format), BYTES[devices.precision(number_format).activations]
    issue_s = devices.coefficient(device, "eager_time") or 0.0
    if name in ("bmm", "linear"):
        return gemm_time(Gemm(name, c["M"], c["N"], c["K"], size, size, size, groups=c["B"]), chip) + issue_s
    moved = c["B"] * c["H"] * size * PASSES.get(name, 2.0)
    return elementwise_time(Elementwise(name, moved, c["B"] * c["H"]), _streaming(chip)) + issue_s


def _streaming(chip: ChipRates) -> ChipRates:
    """Return rates of element-wise kernels on tens of megabytes, which fill the memory as tiles do."""
    return replace(chip, elementwise_byte_s=chip.memory_byte_s)


def layer_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict parts of a transformer layer: the sum of what a row measured."""
    summed = tuple(_summed(row) for row in table.rows)
    return predict_groups(replace(table, rows=summed), LAYER, lambda words, c: layer_time(devices, words, c))


def _summed(row: Row) -> Row:
    """Return a row with the sum of its parts; one that cannot be read keeps an empty sum."""
    present = [part for part in LAYER_PARTS if row.get(part, "").strip()]
    try:
        total = repr(sum(number(row, part) for part in present)) if present else ""
    except UnansweredError:
        total = ""
    norms = sum(part.endswith("layernorm_ms") for part in present)
    return {**row, WHOLE: total, "norms": str(norms), "embeddings": str(int("emb_ms" in present))}


def layer_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of the projections and element-wise parts of one layer [s], without its attention."""
    device, gated = words
    chip = devices.burst(device, "bf16")
    halves = 2.0 if gated.casefold() == "true" else 1.0
    tokens, ways = c["num_tokens"], c["num_tensor_parallel_workers"]
    hidden, width = c["n_embd"], c["n_expanded_embd"] / ways
    head = hidden / c["n_head"]
    queries = c["n_head"] / ways * head
    keys = np.maximum(c["n_kv_head"] / ways, 1.0) * head
    shapes = (
        (queries + 2.0 * keys, hidden),
        (hidden, queries),
        (halves * width, hidden),
        (hidden, width),
    )
    products = sum((_product(tokens, n, k, chip) for n, k in shapes), start=np.zeros_like(tokens))
    streamed: tuple[tuple[Number, Number], ...] = (
        (c["norms"] * 2.0 * hidden, c["norms"]),
        (c["embeddings"] * 2.0 * hidden, c["embeddings"]),
        (2.0 * (queries + keys), 1.0),
        ((halves + 1.0) * width, 1.0),
        (3.0 * hidden, 1.0),
    )
    other = sum(
        (
            elementwise_time(Elementwise("part", tokens * w * BF16_B, tokens * w, n), chip)
            for w, n in streamed
        ),
        start=np.zeros_like(tokens),
    )
    return products + other


def _product(m: Array, n: Array, k: Array, chip: ChipRates) -> Array:
    return gemm_time(Gemm("projection", m, n, k, BF16_B, BF16_B, BF16_B), chip)
