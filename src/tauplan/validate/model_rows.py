"""Tables of model configurations and of model files: parameter counts against the size in a model's name."""

from __future__ import annotations

import re
from pathlib import Path

from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.net.onnx_file import constant_bytes

SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([BM])(?![a-z0-9])", re.IGNORECASE)
SCALE = {"B": 1e9, "M": 1e6}


def configuration_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the parameters of catalogued models; the size in the name is rounded, so expect a few per cent."""
    found: list[Prediction] = []
    for i, row in enumerate(table.rows):
        name = row["model"].rpartition("/")[2]
        head = (str(i + 1), "model configurations", row.get("arch", ""), "parameters")
        size = SIZE.search(name.replace("-", " ").replace("_", " "))
        stated = float(size[2]) * SCALE[size[3].upper()] if size and not size[1] else float("nan")
        if stated != stated:
            found.append(Prediction(*head, stated, reason="the name states no size"))
            continue
        try:
            counted = count_parameters(model_shape(name, devices.catalog)).total
        except InputError as error:
            found.append(Prediction(*head, stated, reason=error.problems[0].message))
            continue
        found.append(Prediction(*head, stated, float(counted)))
    return found


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
