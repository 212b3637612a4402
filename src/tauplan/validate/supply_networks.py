"""Published multi-stage inventory networks, by name."""

from __future__ import annotations

import csv

from tauplan.catalog.location import data_root
from tauplan.errors import did_you_mean
from tauplan.supply.inventory.guaranteed import ServiceStage
from tauplan.validate.table import Row, UnansweredError


def network_stages(name: str) -> list[Row]:
    """Return the rows of a network such as 'example_6_1'; other words before the name are passed over."""
    with (data_root() / "cases" / "inventory_networks.csv").open(newline="", encoding="utf-8") as file:
        rows: list[Row] = [dict(row) for row in csv.DictReader(file)]
    wanted = name.split()[-1].casefold() if name.split() else ""
    found = [row for row in rows if row["instance"] == wanted]
    if not found:
        hint = did_you_mean(wanted, {row["instance"] for row in rows})
        raise UnansweredError(
            f"no network is known as {name!r}; {hint or 'its stages would have to be given'}"
        )
    return found


def service_stages(rows: list[Row]) -> dict[str, ServiceStage]:
    """Return the stages of a guaranteed-service network."""
    return {
        row["stage"]: ServiceStage(
            holding=float(row["holding"]),
            time=int(row["lead_time"]),
            serves=tuple(row["serves"].split()),
            outside=int(row["outside"] or 0),
            promise=int(row["promise"]) if row["promise"] else None,
            sd=float(row["sd"] or 0.0),
            safety=float(row["safety"]),
        )
        for row in rows
    }


def in_series(rows: list[Row]) -> list[Row]:
    """Return the stages of a line, the one that serves customers first."""
    by_customer = {row["serves"]: row for row in rows}
    ordered: list[Row] = []
    key = ""
    while key in by_customer:
        ordered.append(by_customer[key])
        key = by_customer[key]["stage"]
    if len(ordered) != len(rows):
        raise UnansweredError("the stages are not in one line")
    return ordered
