"""A linear program with integers, as named variables and rows: solved by HiGHS, written as an LP file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tauplan.supply.scientific import optimize, sparse


@dataclass(frozen=True)
class Solution:
    """Values by variable, the objective, the bound that no solution beats, and whether there is one at all."""

    values: Any
    objective: float
    bound: float
    feasible: bool
    stopped: bool = False

    @property
    def gap(self) -> float:
        """Return how far the objective may lie above the best, as a share of it."""
        return max(self.objective - self.bound, 0.0) / max(abs(self.objective), TINY)


TINY = 1e-9  # definition: below which an objective counts as nothing
GAP = 0.01  # definition: a plan within one per cent of the best is good enough to act on


@dataclass
class Program:
    """Minimise cost over variables between bounds subject to rows between bounds. Rows belong to named groups."""

    names: list[str] = field(default_factory=list[str])
    cost: list[float] = field(default_factory=list[float])
    low: list[float] = field(default_factory=list[float])
    high: list[float] = field(default_factory=list[float])
    integer: list[bool] = field(default_factory=list[bool])
    rows: list[str] = field(default_factory=list[str])
    groups: list[str] = field(default_factory=list[str])
    row_low: list[float] = field(default_factory=list[float])
    row_high: list[float] = field(default_factory=list[float])
    _entries: tuple[list[int], list[int], list[float]] = field(
        default_factory=lambda: (list[int](), list[int](), list[float]())
    )

    def variable(
        self, name: str, cost: float = 0.0, high: float = math.inf, *, low: float = 0.0, integer: bool = False
    ) -> int:
        """Add a variable and return its number."""
        self.names.append(name)
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.integer.append(integer)
        return len(self.names) - 1

    def row(
        self,
        name: str,
        terms: Iterable[tuple[int, float]],
        low: float = -math.inf,
        high: float = math.inf,
        group: str = "",
    ) -> None:
        """Add low <= sum of coefficient times variable <= high."""
        number = len(self.rows)
        self.rows.append(name)
        self.groups.append(group)
        self.row_low.append(low)
        self.row_high.append(high)
        lines, columns, values = self._entries
        for column, value in terms:
            lines.append(number)
            columns.append(column)
            values.append(value)

    @property
    def matrix(self) -> Any:
        """Return the coefficients, a sparse matrix of rows by variables; repeated terms are added."""
        lines, columns, values = self._entries
        return sparse.csr_matrix((values, (lines, columns)), shape=(len(self.rows), len(self.names)))

    def solve(
        self, *, gap: float = GAP, seconds: float | None = None, fixed: Mapping[int, float] | None = None
    ) -> Solution:
        """Solve to a gap with HiGHS; ``fixed`` holds variables at values."""
        low, high = np.array(self.low), np.array(self.high)
        for column, value in (fixed or {}).items():
            low[column] = high[column] = value
        options: dict[str, Any] = {"mip_rel_gap": gap} | ({"time_limit": seconds} if seconds else {})
        integrality = np.array(self.integer, int)
        found = optimize.milp(
            np.array(self.cost),
            integrality=integrality,
            bounds=optimize.Bounds(low, high),
            constraints=optimize.LinearConstraint(
                self.matrix, np.array(self.row_low), np.array(self.row_high)
            ),
            options=options,
        )
        if found.x is None:
            return Solution(None, math.inf, math.inf, feasible=False, stopped=found.status == 1)
        bound = found.mip_dual_bound if found.mip_dual_bound is not None and integrality.any() else found.fun
        return Solution(found.x, float(found.fun), float(bound), feasible=True, stopped=found.status == 1)

    def relax(
        self, *, fixed: Mapping[int, float] | None = None, method: str = "highs"
    ) -> tuple[Solution, Any]:
        """Solve without integrality; return the solution and the worth of each row's bound (shadow prices)."""
        upper, lower = np.array(self.row_high), np.array(self.row_low)
        matrix = self.matrix
        equal = upper == lower
        has_high, has_low = np.isfinite(upper) & ~equal, np.isfinite(lower) & ~equal
        stacked = sparse.vstack([matrix[has_high], -matrix[has_low]]).tocsr()
        bounds = np.column_stack([self.low, self.high])
        for column, value in (fixed or {}).items():
            bounds[column] = value
        found = optimize.linprog(
            np.array(self.cost),
            A_ub=stacked if stacked.shape[0] else None,
            b_ub=np.concatenate([upper[has_high], -lower[has_low]]) if stacked.shape[0] else None,
            A_eq=matrix[equal] if equal.any() else None,
            b_eq=upper[equal] if equal.any() else None,
            bounds=bounds,
            method=method,
        )
        worth = np.zeros(len(self.rows))
        if found.x is None or found.status != 0:
            return Solution(None, math.inf, math.inf, feasible=False), worth
        marginals = found.ineqlin.marginals if stacked.shape[0] else np.zeros(0)
        count = int(has_high.sum())
        worth[has_high] += marginals[:count]
        worth[has_low] -= marginals[count:]
        if equal.any():
            worth[equal] = found.eqlin.marginals
        return Solution(found.x, float(found.fun), float(found.fun), feasible=True), worth

    def without(self, groups: Iterable[str]) -> Program:
        """Return the program without the rows of some groups."""
        dropped = set(groups)
        keep = [place for place, group in enumerate(self.groups) if group not in dropped]
        number = {old: new for new, old in enumerate(keep)}
        lines, columns, values = self._entries
        kept = [(number[a], b, c) for a, b, c in zip(lines, columns, values) if a in number]
        return Program(
            self.names,
            self.cost,
            self.low,
            self.high,
            self.integer,
            [self.rows[p] for p in keep],
            [self.groups[p] for p in keep],
            [self.row_low[p] for p in keep],
            [self.row_high[p] for p in keep],
            ([a for a, _, _ in kept], [b for _, b, _ in kept], [c for _, _, c in kept]),
        )

    def lp_text(self, groups: Iterable[str] | None = None) -> str:
        """Return the program, or the rows of some groups, in the LP format that every solver reads."""
        wanted = None if groups is None else set(groups)
        matrix = self.matrix
        lines = ["Minimize", f" cost: {_terms(enumerate(self.cost), self.names)}", "Subject To"]
        used: set[int] = set()
        for place, name in enumerate(self.rows):
            if wanted is not None and self.groups[place] not in wanted:
                continue
            start, end = matrix.indptr[place], matrix.indptr[place + 1]
            pairs = sorted(zip(matrix.indices[start:end].tolist(), matrix.data[start:end].tolist()))
            used.update(column for column, _ in pairs)
            said = _terms(pairs, self.names)
            low, high = self.row_low[place], self.row_high[place]
            if low == high:
                lines.append(f" {name}: {said} = {low:.12g}")
            else:
                lines += [f" {name}: {said} <= {high:.12g}"] if math.isfinite(high) else []
                lines += [f" {name}: {said} >= {low:.12g}"] if math.isfinite(low) else []
        shown = range(len(self.names)) if wanted is None else sorted(used)
        lines.append("Bounds")
        lines += [
            f" {self.low[n]:.12g} <= {self.names[n]} <= {self.high[n]:.12g}"
            for n in shown
            if math.isfinite(self.high[n]) or self.low[n]
        ]
        whole = [self.names[n] for n in shown if self.integer[n]]
        lines += ["General", *(f" {name}" for name in whole)] if whole else []
        return "\n".join([*lines, "End"]) + "\n"


def _terms(pairs: Iterable[tuple[int, float]], names: list[str]) -> str:
    said = [
        f"{'-' if value < 0 else '+'} {abs(value):.12g} {names[column]}" for column, value in pairs if value
    ]
    return " ".join(said).removeprefix("+ ") or "0"
