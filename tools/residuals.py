"""Write the residuals of the models as claims: run on a folder of measured tables.

    python tools/residuals.py FOLDER

Every CSV table whose layout is known is predicted. Cases marked for calibration count; in tables without such a
mark, three of five, chosen by a hash of the case. Kinds whose other cases are mostly of other devices, and those of
serving under load, get bands that hold for devices left out. Those of networks come from what
``tools/leave_out_networks.py`` found when chips had no part in the fit. The share of the other cases inside the
interval is printed. Kinds that the folder has no cases of keep their claims.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.folder import predict_folder
from tauplan.validate.interval import each, kind_of, may_fit, quantiles, residual, widened
from tauplan.validate.prediction import Prediction

SPREAD = (
    "serving TPOT of pools",
    "serving TPOT of pools of open size",
    "serving TTFT of pools",
    "serving throughput",
)
"""Kinds whose error is the device's and the set-up's more than the case's: few runs say how both spread."""
LEAST = 20  # fewer cases than this give no quantiles worth a claim
EACH = 10  # fewer cases of one device say nothing of that device
BY_DEVICE = ("power at the wall",)
"""Kinds in which devices differ more than their cases: each server has its own fans, supplies and processors."""
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"


def main() -> None:
    """Predict all tables, write ``data/claims/residuals.csv``, print how many other cases lie inside."""
    groups: dict[str, list[Prediction]] = {}
    for prediction in each(predict_folder(Path(sys.argv[1]), Catalog.load()).predictions):
        if prediction.answered:
            groups.setdefault(kind_of(prediction), []).append(prediction)
    path = data_root() / "claims" / "residuals.csv"
    rows = [line for line in _lines(path) if line.partition(",")[0].removeprefix("residual ") not in groups]
    for kind, members in sorted(groups.items()):
        fitted = [p for p in members if may_fit(p)]
        if len(fitted) < LEAST:
            continue
        held_out = [p for p in members if not may_fit(p)]
        low, high = _hull(fitted) if kind in BY_DEVICE else _band(fitted, held_out)
        others = [residual(p) for p in held_out]
        inside = sum(low <= r <= high for r in others) / len(others) if others else float("nan")
        told = f"{inside:.0%} of {len(others)} others inside" if others else "no others"
        print(f"{kind}: {low:.3f} to {high:.3f} of {len(fitted)}; {told}")
        note = f"quantiles at 5 % and 95 % of {len(fitted)} measured cases; {told}"
        band = f"1,1,{min(low, 1.0):.3g},{max(high, 1.0):.3g}"
        rows.append(f"residual {kind},ratio,{band},tauplan-validation,,measured,,{note}\n")
    path.write_text(HEADER + "".join(sorted(rows)), encoding="utf-8")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]


def _hull(fitted: Sequence[Prediction]) -> tuple[float, float]:
    """Return the band that holds the quantiles of every device with cases enough [1]."""
    catalog = Catalog.load()
    devices: dict[str, list[Prediction]] = {}
    for prediction in fitted:
        part = catalog.find(prediction.device)
        devices.setdefault(part.name if part else prediction.device, []).append(prediction)
    bands = [quantiles(members) for members in devices.values() if len(members) >= EACH]
    return min(low for low, _ in bands), max(high for _, high in bands)


def _band(fitted: Sequence[Prediction], held_out: Sequence[Prediction]) -> tuple[float, float]:
    """Return the band of a kind [1].

    From fully specified cases where there are enough of them, since an inferred input is no error of the model.
    Widened for devices left out where the error is theirs, or where most other cases are of devices that none of
    these are of; there what lay without its own fit goes first, since coefficients were fitted to these.
    """
    kind = kind_of(fitted[0])
    devices = {p.device for p in fitted}
    unseen = sum(p.device not in devices for p in held_out) > len(held_out) / 2
    without = _without_its_chip(fitted, kind) if unseen else None
    if without is not None:
        return without
    sound = [p for p in fitted if p.quality in ("", "A")]
    used = sound if len(sound) >= LEAST else fitted
    return widened(used) if unseen or kind in SPREAD else quantiles(used)


def _without_its_chip(fitted: Sequence[Prediction], kind: str) -> tuple[float, float] | None:
    """Return the band of chips that had no part in the fit [1], where a claim tells how far those lie.

    The reach of the kind, as far up as down, since which way another chip lies is not known; else the quantiles of
    the cases, to the power that chips of other kinds of the family need.
    """
    catalog = Catalog.load()
    reach = catalog.choose(f"residual {kind}", "left_out_reach")
    if reach is not None:
        return 1.0 / float(reach.value), float(reach.value)
    power = catalog.choose(f"residual {kind.partition(' ')[0]}", "left_out_power")
    if power is None:
        return None
    low, high = quantiles(fitted)
    return low ** float(power.value), high ** float(power.value)


if __name__ == "__main__":
    main()
