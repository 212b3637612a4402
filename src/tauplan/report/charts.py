"""Charts of answers as Vega-Lite specifications: plain data, drawn by whoever shows them.

Colours are tokens of the page (:func:`tauplan.report.palette.literal` puts the values in). The same answer gives
the same specification.
"""

from __future__ import annotations

from tauplan.evaluate.answer import Answer
from tauplan.report.bar_charts import memory_chart, owned_chart, parts_chart, supply_chart, waterfall_chart
from tauplan.report.compare_charts import comparison_chart, difference_chart
from tauplan.report.drivers_chart import drivers_chart
from tauplan.report.ladder_chart import ladder_chart
from tauplan.report.marks import Spec
from tauplan.report.operators_chart import operators_chart

__all__ = [
    "Spec",
    "charts_of",
    "comparison_chart",
    "difference_chart",
    "drivers_chart",
    "ladder_chart",
    "memory_chart",
    "operators_chart",
    "owned_chart",
    "parts_chart",
    "supply_chart",
    "waterfall_chart",
]


def charts_of(answer: Answer) -> dict[str, Spec]:
    """Return every chart that an answer has the figures for, by name."""
    charts: dict[str, Spec] = {}
    if answer.ladder:
        charts["ladder"] = ladder_chart(answer)
    if answer.status == "ok":
        charts["owned"] = owned_chart(answer)
        if sum(answer.step_owned_s.values()) > 0:
            charts["owned_step"] = owned_chart(answer, of_step=True)
    if answer.time_parts:
        charts["waterfall"] = waterfall_chart(answer)
    if answer.operators:
        charts["operators"] = operators_chart(answer)
    if answer.memory_parts:
        charts["memory"] = memory_chart(answer)
    if answer.cost_parts:
        charts["cost"] = parts_chart("Cost", answer.cost_parts, "USD")
    if answer.energy_parts:
        charts["energy"] = parts_chart("Energy", answer.energy_parts, "J")
    if answer.supply_chain:
        charts["supply"] = supply_chart(answer)
    if answer.interval is not None and answer.interval.drivers:
        charts["drivers"] = drivers_chart(answer)
    return charts
