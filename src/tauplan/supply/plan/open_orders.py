"""Orders as a table: what a plan says to place, and what is already under way when it is made again."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.supply.plan.spec import SourcingPlan

COLUMNS = ("part", "vendor", "terms", "order_on", "due_on", "quantity", "unit_price_USD")


@dataclass(frozen=True)
class Order:
    """A number of units from a vendor: ordered and due in weeks from the start of the plan."""

    part: str
    vendor: str
    terms: str
    week: int
    due: int
    quantity: float
    unit_price: float
    offer: int = -1

    @property
    def cost(self) -> float:
        """Return what the order costs [USD]."""
        return self.quantity * self.unit_price


def orders_csv(plan: SourcingPlan, orders: Sequence[Order]) -> str:
    """Return orders as CSV; the same columns are read back as open orders."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for o in orders:
        days = (plan.day(o.week).isoformat(), plan.day(o.due).isoformat())
        writer.writerow((o.part, o.vendor, o.terms, *days, f"{o.quantity:g}", f"{o.unit_price:.4f}"))
    return out.getvalue()


def read_open_orders(path: Path, plan: SourcingPlan) -> tuple[Order, ...]:
    """Read orders under way. Errors: :class:`InputError` with every bad row at once."""
    problems: list[Problem] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    Problem(
                        "wrong columns",
                        place=f"{path}:1",
                        value=",".join(reader.fieldnames or ()),
                        expected=",".join(COLUMNS),
                    )
                )
            found = [
                order
                for row in reader
                for order in _order(
                    {k: (v or "").strip() for k, v in row.items()},
                    plan,
                    f"{path}:{reader.line_num}",
                    problems,
                )
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "not a CSV text file"
        raise InputError(Problem(f"cannot read the open orders: {reason}", place=str(path))) from None
    if problems:
        raise InputError(problems)
    return tuple(found)


def _order(row: dict[str, str], plan: SourcingPlan, place: str, problems: list[Problem]) -> Iterator[Order]:
    wrong: list[Problem] = []
    for column, known in (("part", plan.parts), ("vendor", plan.vendors)):
        if row[column] not in known:
            hint = did_you_mean(row[column], known)
            wrong.append(
                Problem(
                    f"unknown {column}", place=place, value=row[column], expected=", ".join(known), hint=hint
                )
            )
    days: list[datetime.date] = []
    for column in ("order_on", "due_on"):
        try:
            days.append(datetime.date.fromisoformat(row[column]))
        except ValueError:
            wrong.append(
                Problem(f"{column} is not a date", place=place, value=row[column], expected="2026-06-01")
            )
    numbers: list[float] = []
    for column in ("quantity", "unit_price_USD"):
        try:
            numbers.append(float(row[column]))
        except ValueError:
            wrong.append(Problem(f"{column} is not a number", place=place, value=row[column]))
            continue
        if numbers[-1] < 0:
            what = "price" if column == "unit_price_USD" else column
            wrong.append(
                Problem(f"a negative {what}", place=place, value=row[column], expected="zero or more")
            )
    if len(days) == 2 and days[1] < days[0]:
        said = f"due on {days[1]}, ordered on {days[0]}"
        wrong.append(
            Problem("a date before its order", place=place, value=said, expected="due on or after the order")
        )
    if wrong:
        problems += wrong
        return
    yield Order(
        row["part"],
        row["vendor"],
        row["terms"],
        plan.week(days[0]),
        plan.week(days[1]),
        numbers[0],
        numbers[1],
    )
