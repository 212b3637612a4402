"""A folder of measured tables: every table whose layout is known, and the names of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.validate.layouts import predict_file
from tauplan.validate.prediction import Prediction


@dataclass(frozen=True)
class Predicted:
    """Predictions of all tables, and the tables that are none of measured cases, with the reason."""

    predictions: tuple[Prediction, ...]
    others: dict[str, str]


def predict_folder(
    folder: Path, catalog: Catalog, tell: Callable[[str], None] = lambda _: None, models: Path | None = None
) -> Predicted:
    """Predict every CSV table below a folder; ``tell`` hears the name of each as it starts.

    ``models`` is the folder that listed files of models lie in.

    Cases are named by file and case, since numbers repeat from file to file. Errors: :class:`InputError` where
    the folder has no table at all.
    """
    files = sorted(folder.rglob("*.csv"))
    if not files:
        raise InputError(Problem("no tables in the folder", place=str(folder), expected="files named *.csv"))
    found: list[Prediction] = []
    others: dict[str, str] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        tell(name)
        try:
            predictions = predict_file(path, catalog, models)
        except InputError as error:
            others[name] = error.problems[0].message
            continue
        found += [replace(p, case=f"{name}:{p.case}") for p in predictions]
    return Predicted(tuple(found), others)
