"""Fit price regimes on the yearly history that ships and on monthly files of your own; print them with a score.

    python tools/fit_prices.py [MONTHLY.csv ...]

MONTHLY.csv is a tidy file as `tauplan market import` writes it. The score is the mean squared error [log] of the
regimes' forecasts over that of no-change, each made with what was known at its origin.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tauplan.supply.market.series import of_series, read_figures, shipped_figures
from tauplan.supply.market.timeline import PER_YEAR, timeline
from tauplan.supply.price.fit import NAMES, fit_regimes, still
from tauplan.supply.price.forecast import carried, gain

LEAST = 15  # steps before the first origin: five for each regime


def score(logs: np.ndarray, horizons: tuple[int, ...]) -> None:
    """Print the ratio of squared errors by horizon, and the gain in standard errors."""
    filled = carried(logs)
    errors = {h: [] for h in horizons}
    for origin in range(len(logs) - min(horizons)):
        steps = np.diff(logs[: origin + 1])
        if not np.isfinite(logs[origin]) or np.isfinite(steps).sum() < LEAST:
            continue
        fit = fit_regimes(steps)
        for h in horizons:
            if origin + h < len(logs) and np.isfinite(logs[origin + h]):
                moved = logs[origin + h] - filled[origin]
                errors[h].append(((fit.forecast(h) - moved) ** 2, moved**2))
    for h, pairs in errors.items():
        if len(pairs) > 3:
            ours, base = np.array(pairs).T
            ratio, sure = ours.mean() / base.mean(), gain(base - ours, h)
            print(f"  {h} ahead: ratio {ratio:.2f}, n {len(pairs)}, gain {sure:+.1f}")


def told(name: str, figures: tuple, horizons: tuple[int, ...]) -> None:
    """Print the regimes of one series and their score."""
    line = timeline(figures)
    logs = np.log(line.values)
    fit = fit_regimes(np.diff(logs))
    per_year = PER_YEAR[line.step]
    print(f"{name}: {int(np.isfinite(np.diff(logs)).sum())} steps of a {line.step}, "
          f"log likelihood {fit.log_likelihood:.1f}, stood still {still(line.values):.2f}")  # fmt: skip
    for label, regime in zip(NAMES, fit.regimes(per_year)):
        print(f"  {label}: drift {regime.drift:+.2f} a year, volatility {regime.volatility:.2f}, "
              f"stays {regime.stay_weeks:.0f} weeks, now {regime.start:.2f}")  # fmt: skip
    score(logs, horizons)


if __name__ == "__main__":
    told("retail price of memory", of_series(shipped_figures(), "retail_memory_price"), (1, 2, 3))
    for path in sys.argv[1:]:
        own = read_figures([Path(path)])
        told(own[0].series, own, (1, 3, 6, 12))
