"""All compiled cases that ship with the catalogue, against predictions: training, kernels, serving."""

from __future__ import annotations

from dataclasses import replace

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.devices import Devices
from tauplan.validate.interval import with_intervals
from tauplan.validate.prediction import Prediction
from tauplan.validate.serving_rows import serving_rows
from tauplan.validate.shipped_kernels import shipped_kernels
from tauplan.validate.table import read_table
from tauplan.validate.training import shipped_predictions as shipped_training
from tauplan.validate.training_rows import training_rows

SERVING = ("cases", "serving.csv")
SERVERS = ("cases", "training_servers.csv")


def shipped_predictions(catalog: Catalog) -> list[Prediction]:
    """Return all compiled cases in the form that tables of any layout take, in the order of their files."""
    training = [*shipped_training(catalog), *shipped_servers(catalog)]
    return with_intervals([*training, *shipped_kernels(catalog), *shipped_serving(catalog)], catalog)


def shipped_servers(catalog: Catalog) -> list[Prediction]:
    """Return the compiled training steps of one server."""
    found = training_rows(read_table(data_root().joinpath(*SERVERS)), Devices(catalog))
    return [_renamed(p) for p in found]


def shipped_serving(catalog: Catalog) -> list[Prediction]:
    """Return the compiled serving cases: latencies under load, highest throughput."""
    table = read_table(data_root().joinpath(*SERVING))
    found = serving_rows(table, Devices(catalog))
    return [replace(_renamed(p), second=_renamed(p.second) if p.second else None) for p in found]


def _renamed(p: Prediction) -> Prediction:
    """Call rows that nothing was fitted on by the word that the training cases use."""
    return replace(p, use="check" if p.use == "dev-check" else p.use)
