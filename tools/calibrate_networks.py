"""Fit the classes of networks on step times of one chip and write their claims.

    python tools/calibrate_networks.py TABLE.csv > data/claims/networks.csv

Only rows marked for calibration are used. Passes are the median that the rows of a class ask for, at the sustained
share of the matrix rate that leaves the least mean error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.devices import Devices
from tauplan.validate.table import Row, read_table
from tauplan.validate.vision_rows import COMPILED, classes, model_key, model_totals, network_class

SHARES = (0.6, 0.7, 0.85, 1.0)
LEAST = 0.02  # share of the measured time that memory keeps at least
HEAD = "part,field,value,unit,low,high,source,locator,grade,date,note"
SOURCE = "timm-benchmarks,results,measured,,"


def main(path: Path) -> None:
    """Print the claims of all classes."""
    table, devices = read_table(path), Devices(Catalog.load())
    root, totals = data_root(), model_totals(table)
    rows = [r for r in table.rows if r["metric"] == "step time" and r["split_hint"] == "calibration"]
    rows = [r for r in rows if r["device"].startswith("RTX") and model_key(r) in totals]
    print(HEAD)
    for name in dict.fromkeys(classes(root).values()):
        mine = [r for r in rows if network_class(root, r["model"]) == name]
        _print_class(name, mine, devices, totals)
    note = "not fitted: element-wise work rides in the kernels before it; a class value"
    print(f"{COMPILED},compiled_share,0.5,1,0.35,0.7,tauplan-estimates,,estimate,,{note}")


def _print_class(name: str, mine: list[Row], devices: Devices, totals: dict) -> None:
    sets = {
        lay: [r for r in mine if r["mode"] == "infer eager" and r["precision"].endswith(lay)]
        for lay in ("nchw", "nhwc")
    }
    fits = {
        share: {lay: _passes(found, share, devices, totals) for lay, found in sets.items()}
        for share in SHARES
    }
    share = min(SHARES, key=lambda s: sum(fit[3] for fit in fits[s].values()))
    said = "; ".join(
        f"{lay}: {len(sets[lay])} rows, median error left {fit[4]:.1%}" for lay, fit in fits[share].items()
    )
    note = f'"fitted on RTX 3090 in eager execution, {said}"'
    print(f"{name},peak_share,{share:g},1,,,{SOURCE}{note}")
    for lay, (value, low, high, _, _) in fits[share].items():
        print(f"{name},passes_{lay},{value:.3g},1,{low:.3g},{high:.3g},{SOURCE}{note}")
    trained = [r for r in mine if r["mode"] == "train eager"]
    if trained:
        ratios = []
        for r in trained:
            flops, moved, seconds = _terms([r], devices, totals)
            passes = fits[share][r["precision"].split()[1]][0]
            ratios.append(float((seconds / (flops / share + passes * moved))[0]))
        low, ratio, high = np.quantile(ratios, (0.1, 0.5, 0.9))
        left = np.median(np.abs(ratio / np.array(ratios) - 1))
        note = f'"fitted on {len(ratios)} training steps of RTX 3090, median error left {left:.1%}"'
        print(f"{name},training_ratio,{ratio:.3g},1,{low:.3g},{high:.3g},{SOURCE}{note}")


def _terms(rows: list[Row], devices: Devices, totals: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return seconds of the products at peak, of one pass of the activations, and measured."""
    found = []
    for r in rows:
        facts, (macs, acts), batch = (
            devices.facts(r["device"], "fp16"),
            totals[model_key(r)],
            float(r["batch"]),
        )
        products, one = 2 * macs * batch * facts.peak_gemm_s, acts * batch * 2 * facts.peak_memory_s
        found.append((products, one, float(r["value"]) * 1e-3))
    return tuple(np.array(column) for column in zip(*found, strict=True))


def _passes(rows: list[Row], share: float, devices: Devices, totals: dict) -> tuple[float, ...]:
    flops, moved, seconds = _terms(rows, devices, totals)
    wanted = np.maximum(seconds - flops / share, LEAST * seconds) / moved
    low, passes, high = np.quantile(wanted, (0.1, 0.5, 0.9))
    error = np.abs((flops / share + passes * moved) / seconds - 1)
    return passes, low, high, float(error.mean()), float(np.median(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
