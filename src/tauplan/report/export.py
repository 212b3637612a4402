"""An answer as plain data for JSON: stable keys, SI units in the names, no NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

from tauplan.evaluate.answer import Answer, ClaimUse, Interval, Part, Rung


def to_json_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as dicts, lists, text, floats and None, in a fixed order of keys.

    Times are in seconds, energies in joules, money in US dollars, data in bytes. A figure that is not known
    (NaN) or has no bound (infinite) is None. A training answer carries ``step_s``, a serving answer ``ttft_s``
    and ``tpot_s``.
    """
    if answer.kind == "training":
        pace = {"step_s": answer.step_s}
    else:
        pace = {"ttft_s": answer.ttft_s, "tpot_s": answer.tpot_s}
    data: dict[str, Any] = {
        "status": answer.status,
        "reason": answer.reason,
        "name": answer.name,
        "kind": answer.kind,
        "summary": answer.summary,
        "time_to_result_s": answer.time_to_result_s,
        "supply_s": answer.supply_s,
        "run_s": answer.run_s,
        "owned_s": dict(answer.owned_s),
        "step_owned_s": dict(answer.step_owned_s),
        **pace,
        "energy_J": answer.energy_J,
        "power_W": answer.power_W,
        "cost_USD": answer.cost_USD,
        "bound_by": answer.bound_by,
        "metrics": {metric.key: metric.value for metric in answer.metrics},
        "ladder": [_rung(rung) for rung in answer.ladder],
        "time_parts_s": _parts(answer.time_parts),
        "energy_parts_J": _parts(answer.energy_parts),
        "cost_parts_USD": _parts(answer.cost_parts),
        "memory": {"parts": _parts(answer.memory_parts), "capacity_B": answer.memory_capacity_B},
        "operators": [asdict(row) for row in answer.operators],
        "headroom": [asdict(row) for row in answer.headroom],
        "supply_chain": [asdict(link) for link in answer.supply_chain],
        "supply_odds": None if answer.supply_odds is None else asdict(answer.supply_odds),
        "claims": [_claim(claim) for claim in answer.claims],
        "interval": _interval(answer.interval),
        "links": [asdict(link) for link in answer.links],
        "identity": asdict(answer.identity),
        "warnings": list(answer.warnings),
    }
    return cast("dict[str, Any]", finite(data))


FOLLOWING = ("headroom", "supply_odds", "claims", "interval", "links")
"""Keys of an answer that take as long as all the others: what follows where the answer alone was asked for."""


def finite(value: Any) -> Any:
    """Return nested data with every NaN and infinity as None, since JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [finite(item) for item in cast("list[Any]", value)]
    return value


def _parts(parts: Iterable[Part]) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for (
        part
    ) in parts:  # labels may repeat: their amounts add, so that the sum of the dict is that of the bars
        amounts[part.label] = amounts.get(part.label, 0.0) + part.amount
    return amounts


def _rung(rung: Rung) -> dict[str, Any]:
    return {"level": rung.level, "event": rung.event, "seconds": rung.seconds, "source": rung.source}


def _claim(claim: ClaimUse) -> dict[str, Any]:
    return {
        "part": claim.part,
        "field": claim.field,
        "value": claim.value,
        "source": claim.source,
        "grade": claim.grade,
        "date": claim.date,
        "rivals": [asdict(rival) for rival in claim.rivals],
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    drivers = [{"claim": claim, "low_s": low, "high_s": high} for claim, low, high in interval.drivers]
    return {"low_s": interval.low_s, "high_s": interval.high_s, "drivers": drivers}
