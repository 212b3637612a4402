"""Tables of model configurations and of model files: parameter counts against the size in a model's name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.llm.catalogued import catalogued_shape, model_part
from tauplan.workload.llm.config import shape_from_config
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.net.onnx_file import constant_bytes
from tauplan.workload.net.published import published
from tauplan.workload.net.zoo import find_net, net_layers

SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([BM])(?![a-z0-9])", re.IGNORECASE)
CONFIG = {
    "model_type": "model_type",
    "num_hidden_layers": "layers",
    "hidden_size": "hidden",
    "intermediate_size": "ffn",
    "num_attention_heads": "heads",
    "num_key_value_heads": "kv_heads",
    "head_dim": "head_dim",
    "vocab_size": "vocab",
    "max_position_embeddings": "max_pos",
    "tie_word_embeddings": "tie_embeddings",
    "num_experts": "experts",
    "num_experts_per_tok": "topk",
    "moe_intermediate_size": "moe_ffn",
    "n_shared_experts": "shared_experts",
    "first_k_dense_replace": "first_dense",
    "interleave_moe_layer_step": "interleave_moe",
    "q_lora_rank": "q_lora",
    "kv_lora_rank": "kv_lora",
    "qk_nope_head_dim": "qk_nope",
    "qk_rope_head_dim": "qk_rope",
    "v_head_dim": "v_head",
    "sliding_window": "sliding_window",
}
"""Key of a configuration file by the column of a table."""
SCALE = {"B": 1e9, "M": 1e6}


def configuration_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the parameters of models from the catalogue, or from the row's own sizes where it has none.

    Compared with the published number, else with the size in the name, which is rounded: expect a few per cent.
    """
    return [_predict(i, row, devices.catalog) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, catalog: Catalog) -> Prediction:
    name = row["model"].rpartition("/")[2]
    found = Prediction(
        str(index + 1), "model configurations", row.get("arch", ""), "parameters", float("nan")
    )
    try:
        part = model_part(name, catalog).name
    except InputError:
        part = ""
    network = None if part else _network(name, catalog.root)
    if network is not None:
        return replace(found, measured=network[0], predicted=network[1])
    stated = _published(part, catalog) or _in_name(name)
    if stated is None:
        return replace(found, reason="neither the name nor the catalogue states a size")
    found = replace(found, measured=stated)
    try:
        shape = catalogued_shape(part, catalog) if part else shape_from_config(_config(row), name)
    except InputError as error:
        return replace(found, reason=error.problems[0].message)
    return replace(found, predicted=float(count_parameters(shape).total))


def _published(part: str, catalog: Catalog) -> float | None:
    choice = catalog.choose(part, "params_total") if part else None
    return None if choice is None or isinstance(choice.value, str) else float(choice.value)


def _network(name: str, root: Path) -> tuple[float, float] | None:
    """Return the published and the counted parameters of a described network, such as an encoder of text [1]."""
    try:
        net = find_net(root, name)
    except InputError:
        return None
    rows = (row for row in published(root) if row.net == net.name and row.parameters_M and row.size is None)
    row = next(rows, None)
    if row is None or row.parameters_M is None:
        return None
    counted = sum(float(layer.sizes.parameters) for layer in net_layers(net, 1.0))
    return float(row.parameters_M) * SCALE["M"], counted


def _in_name(name: str) -> float | None:
    """Return the size that a name states [1]; not of experts, nor the active part of a mixture."""
    size = SIZE.search(name.replace("-", " ").replace("_", " "))
    if size is None or size[1] or re.search(r"\b\d+E\b", name):
        return None
    return float(size[2]) * SCALE[size[3].upper()]


def _config(row: Row) -> dict[str, Any]:
    """Return a row as a configuration file has it; empty cells are left out."""
    config: dict[str, Any] = {"architectures": [row.get("arch", "")], "hidden_act": "silu"}
    for key, column in CONFIG.items():
        text = row.get(column, "").strip()
        if text and text.casefold() in ("true", "false"):
            config[key] = text.casefold() == "true"
        elif text:
            config[key] = int(float(text)) if text.replace(".", "", 1).isdigit() else text
    return config


def file_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the size of listed ONNX files [B] from their weights; the graph itself takes a few per cent more.

    Files are looked for in ``devices.files``: under the name of their package, or directly.
    """
    found: list[Prediction] = []
    for i, row in enumerate(table.rows):
        head = (str(i + 1), "model files", row.get("wheel", ""), "bytes")
        try:
            measured = number(row, "bytes")
            found.append(Prediction(*head, measured, _weights_B(row, devices.files)))
        except UnansweredError as reason:
            found.append(Prediction(*head, float("nan"), reason=str(reason)))
    return found


def _weights_B(row: Row, folder: Path | None) -> float:
    if folder is None:
        raise UnansweredError(
            "only the file's name is listed: --files FOLDER says where the packages are unpacked"
        )
    if not row["file"].endswith(".onnx"):
        raise UnansweredError(f"no reader for files of the kind {Path(row['file']).suffix}")
    places = (folder / row["wheel"] / row["file"], folder / row["file"])
    path = next((p for p in places if p.is_file() and p.resolve().is_relative_to(folder.resolve())), None)
    if path is None:
        raise UnansweredError(f"not in the folder: {row['file']}")
    try:
        return constant_bytes(path)
    except InputError as error:
        raise UnansweredError(error.problems[0].message) from None
