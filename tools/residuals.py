"""Write the residuals of the models as claims: run on a folder of measured tables.

    python tools/residuals.py FOLDER

Every CSV table whose layout is known is predicted. Cases marked for calibration count; in tables without such a
mark, three of five, chosen by a hash of the case. Kinds whose other cases are of other devices get an even band;
those of serving under load hold for devices left out.
The share of the other cases inside the interval is printed; kinds that the folder has no cases of keep their band.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.folder import predict_folder
from tauplan.validate.interval import each, even, kind_of, may_fit, quantiles, residual, widened
from tauplan.validate.prediction import Prediction

SPREAD = (
    "serving TPOT of pools",
    "serving TPOT of pools of open size",
    "serving TTFT of pools",
    "serving throughput",
)
"""Kinds whose error is the device's and the set-up's more than the case's: few runs say how both spread."""
LEAST = 20  # fewer cases than this give no quantiles worth a claim
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"


def main() -> None:
    """Predict all tables, write ``data/claims/residuals.csv``, print how many other cases lie inside."""
    groups: dict[str, list[Prediction]] = {}
    for prediction in each(predict_folder(Path(sys.argv[1]), Catalog.load()).predictions):
        if prediction.answered:
            groups.setdefault(kind_of(prediction), []).append(prediction)
    rows: list[str] = []
    for kind, members in sorted(groups.items()):
        fitted = [p for p in members if may_fit(p)]
        if len(fitted) < LEAST:
            continue
        held_out = [p for p in members if not may_fit(p)]
        low, high = _band(fitted, held_out)
        others = [residual(p) for p in held_out]
        inside = sum(low <= r <= high for r in others) / len(others) if others else float("nan")
        told = f"{inside:.0%} of {len(others)} others inside" if others else "no others"
        print(f"{kind}: {low:.3f} to {high:.3f} of {len(fitted)}; {told}")
        note = f"quantiles at 5 % and 95 % of {len(fitted)} measured cases; {told}"
        band = f"1,1,{min(low, 1.0):.3g},{max(high, 1.0):.3g}"
        rows.append(f"residual {kind},ratio,{band},tauplan-validation,,measured,,{note}\n")
    path = data_root() / "claims" / "residuals.csv"
    new = {row.partition(",")[0] for row in rows}
    kept = path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]
    rows += [row for row in kept if row.partition(",")[0] not in new]
    path.write_text(HEADER + "".join(sorted(rows)), encoding="utf-8")


def _band(fitted: Sequence[Prediction], held_out: Sequence[Prediction]) -> tuple[float, float]:
    """Return the band of a kind [1].

    From fully specified cases where there are enough of them, since an inferred input is no error of the model;
    even where most other cases are of devices that none of these are of.
    """
    sound = [p for p in fitted if p.quality in ("", "A")]
    used = sound if len(sound) >= LEAST else fitted
    devices = {p.device for p in used}
    if kind_of(used[0]) in SPREAD:
        return widened(used)
    unseen = [p for p in held_out if p.device not in devices]
    return even(used) if len(unseen) > len(held_out) / 2 else quantiles(used)


if __name__ == "__main__":
    main()
