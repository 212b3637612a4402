"""All compiled cases that ship with the catalogue: training runs and kernels."""

from __future__ import annotations

from tauplan.catalog.lookup import Catalog
from tauplan.validate import training
from tauplan.validate.prediction import Prediction
from tauplan.validate.shipped_kernels import shipped_kernels


def shipped_predictions(catalog: Catalog) -> list[Prediction]:
    """Return predictions of all compiled cases, in the order of their files."""
    return [*training.shipped_predictions(catalog), *shipped_kernels(catalog)]
