"""Published examples of other cost and carbon models against ours, given their inputs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.validate import peer_carbon, peer_cost, peer_heat, peer_ssd
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError

Model = Callable[[Book, Row], Sequence[float]]

MODELS: tuple[tuple[str, str, Model], ...] = (
    ("Chiplet Actuary", r"die \d", peer_cost.actuary_die),
    ("Chiplet Actuary", r"EPYC", peer_cost.actuary_epyc),
    ("Chiplet Actuary", r"800 mm2", peer_cost.actuary_package),
    ("CATCH", r"layer", peer_cost.catch_layer),
    ("CATCH", r"split|same with", peer_cost.catch_split),
    ("CATCH", r"sip", peer_cost.catch_stock),
    ("HotSpot", r"", peer_heat.temperatures),
    ("exact offset search", r"", peer_cost.placement),
    ("ECO-CHIP", r"GA102|EMR2", peer_carbon.eco_chip),
    ("ECO-CHIP", r"TigerLake", peer_carbon.eco_chip_life),
    ("ACT", r"CPA", peer_carbon.act_area),
    ("ACT", r"r740", peer_carbon.act_server),
    ("MQSim", r"", peer_ssd.responses),
)
"""Which rows we answer: start of the peer's name, pattern of its case, and the model."""

UNMODELLED = "this figure is not modelled"
OTHERS = {
    "siliconcompiler": "the peer's figure is wrong by its own definition, or of another placement",
    "dieopt": "the peer's placement is not the best one",
    "Google": "costs of a product line over years are not predicted",
}


def peer_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the examples of other models; one row may hold several figures, one prediction each.

    Rows whose inputs are "same" or "stock" take those of the peer's definitions in the catalogue.
    """
    book = Book(devices.catalog, Policy())
    found: list[Prediction] = []
    case = ""
    for index, row in enumerate(table.rows):
        own, before = row.get("case", ""), case
        case = f"{own} | {case}" if own.startswith("same") else own
        found += _row(book, str(index + 1), {**row, "case": case, "before": before})
    return found


def _row(book: Book, case: str, row: Row) -> list[Prediction]:
    peer = row.get("peer", "").partition(" @")[0].strip()
    family = f"{peer}, {_subject(row.get('unit', ''))}"
    measured = figures(row.get("value", ""))
    names = [part.strip() for part in row.get("output", "").split("/")]
    labels = [
        f"{names[i]}" if len(names) == len(measured) else f"{row.get('output', '')} {i + 1}"
        for i in range(len(measured))
    ]
    try:
        predicted = _answer(book, peer, row)
        if len(predicted) != len(measured):
            raise UnansweredError(f"the row has {len(measured)} figures where {len(predicted)} are predicted")
    except UnansweredError as reason:
        return [
            Prediction(case, family, peer, label, value, reason=str(reason))
            for label, value in zip(labels or ["value"], measured or [math.nan], strict=True)
        ]
    return [
        Prediction(case, family, peer, label, value, float(ours), "" if math.isfinite(ours) else UNMODELLED)
        for label, value, ours in zip(labels, measured, predicted, strict=True)
    ]


def _subject(unit: str) -> str:
    if "kg" in unit or "CO2" in unit:
        return "carbon"
    return (
        "temperature"
        if unit == "K"
        else "time"
        if unit.endswith("s") and "die" not in unit
        else "cost and yield"
    )


def _answer(book: Book, peer: str, row: Row) -> Sequence[float]:
    for name, pattern, model in MODELS:
        if peer.startswith(name) and re.search(pattern, row.get("case", "")):
            try:
                return model(book, row)
            except InputError as error:
                raise UnansweredError(error.problems[0].message) from None
    reason = next((text for name, text in OTHERS.items() if peer.startswith(name)), "")
    raise UnansweredError(reason or f"{peer or 'the row'}: no such peer")


def figures(text: str) -> list[float]:
    """Return the numbers of a cell: several are separated by slashes or semicolons, words are left out."""
    found: list[float] = []
    for part in re.split(r"\s*[/;]\s*", text):
        match = re.match(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", part.strip())
        if match:
            found.append(float(match.group(0)))
    return found
