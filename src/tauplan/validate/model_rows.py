"""Tables of model configurations and of model files: parameter counts against the size in a model's name."""

from __future__ import annotations

import re

from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Table
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.parameters import count_parameters

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


def file_rows(table: Table, _devices: Devices) -> list[Prediction]:
    """Say of every listed model file that it is not here: it is read with ``tauplan inspect``."""
    return [
        Prediction(
            str(i + 1),
            "model files",
            row.get("wheel", ""),
            "size",
            float("nan"),
            reason="only the file's name is listed: tauplan inspect reads the file itself",
        )
        for i, row in enumerate(table.rows)
    ]
