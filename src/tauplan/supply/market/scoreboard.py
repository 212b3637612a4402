"""Past forecasts beside what happened."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.supply.market.series import Figure


def outcomes(figures: Sequence[Figure]) -> list[tuple[Figure, Figure]]:
    """Return each forecast with the outcome of its series, entity and period, where one is known.

    Of several vintages of an outcome the newest counts.
    """
    known: dict[tuple[str, str, str], Figure] = {}
    for figure in figures:
        if figure.kind in ("observed", "reported") and figure.value is not None:
            key = (figure.series, figure.entity, figure.period)
            if key not in known or known[key].vintage <= figure.vintage:
                known[key] = figure
    forecasts = [figure for figure in figures if figure.kind == "forecast" and figure.value is not None]
    return [
        (f, known[f.series, f.entity, f.period]) for f in forecasts if (f.series, f.entity, f.period) in known
    ]
