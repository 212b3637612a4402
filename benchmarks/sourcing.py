"""The order plan: seconds to one per cent at three sizes, and its cost against the policies used by hand."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from tauplan.supply.plan.by_hand import POLICIES, by_hand
from tauplan.supply.plan.read import parse_plan, read_plan
from tauplan.supply.plan.scenarios import Scenarios
from tauplan.supply.plan.simulate import Outcome, simulate
from tauplan.supply.plan.solve import scenarios_of, solve_plan
from tauplan.supply.plan.spec import SourcingPlan

EXAMPLE = Path(__file__).parents[1] / "examples" / "sourcing-supercycle.yaml"
EARLY = (0, 4, 8, 12, 16, 20, 26, 34, 42)


def made_up(parts: int, vendors: int, weeks: int, scenarios: int) -> SourcingPlan:
    """Return a plan of a size: several builds, vendors that differ in price, lead time, least order, allocation."""
    rng = np.random.default_rng(parts * weeks)
    names = [f"part {p}" for p in range(parts)]
    need = {name: int(rng.integers(1, 9)) for name in names}
    due = ("2026-09-01", "2026-12-01")
    builds = [
        f"  - {{system: s, count: {50 + 10 * b}, by: {day}, late: 500 USD}}" for b, day in enumerate(due)
    ]
    lines = ["start: 2026-01-05", f"weeks: {weeks}", "builds:", *builds, "systems:"]
    lines.append("  s: {assembly: 3 weeks, parts: {" + ", ".join(f"{n}: {c}" for n, c in need.items()) + "}}")
    lines += [
        "parts:",
        *(f"  {name}: {{}}" for name in names),
        "vendors:",
        *(f"  vendor {v}: {{}}" for v in range(vendors)),
    ]
    lines.append("offers:")
    for name in names:
        price = float(rng.uniform(50, 500))
        for v in range(vendors):
            lead = int(rng.integers(4, 20))
            terms = "spot" if v == vendors - 1 else "contract"
            least = "" if terms == "spot" else f", minimum: {int(rng.integers(20, 100))}"
            lines.append(
                f"  - {{part: {name}, vendor: vendor {v}, terms: {terms}, "
                f"price: {price * rng.uniform(0.9, 1.3):.2f} USD, "
                f"lead_time: {3 if terms == 'spot' else lead} weeks, lead_time_p90: {lead + 6} weeks, "
                f"allocation: {int(rng.integers(30, 120))}{least}}}"
            )
    lines += ["market: {growth: 0.3, volatility: 0.3}", f"risk: {{scenarios: {scenarios}}}"]
    return parse_plan("\n".join(lines))


def speed() -> None:
    """Print seconds and gap at the sizes of the targets."""
    for size, limit in (((10, 4, 52, 1), 1.0), ((20, 4, 52, 1), 15.0), ((20, 4, 52, 50), 60.0)):
        plan = made_up(*size)
        start, processor = time.perf_counter(), time.process_time()
        found = solve_plan(plan, say=print if size[3] > 1 else None)
        took, busy = time.perf_counter() - start, time.process_time() - processor
        name = "{} parts x {} vendors x {} weeks x {} scenarios".format(*size)
        print(f"{name}: {took:.2f} s, {busy:.2f} s of processor (target {limit:g} s), gap {found.gap:.2%}")


def at_equal_lateness(
    plan: SourcingPlan, policy: str, chance: float, scenarios: Scenarios | None
) -> tuple[int, Outcome]:
    """Return the earliness at which a policy is cheapest while late no more often, or the least late one."""
    tried = [(early, simulate(plan, by_hand(plan, policy, early, scenarios))) for early in EARLY]
    fine = [pair for pair in tried if pair[1].chance_late <= chance + 0.005]
    return min(fine or tried, key=lambda pair: pair[1].p90 if fine else pair[1].chance_late)


def margin() -> None:
    """Print simulated P90 cost of the plan and of the policies, each made early until it is late no more often.

    All keep to the same constraints: least orders, allocations, second sources, and the budgets of every scenario.
    The comparison is made again with the budgets lifted for both sides.
    """
    given = read_plan(EXAMPLE)
    free = given.model_copy(update={"budgets": {}})
    for said, plan, scenarios in (("same budgets", given, scenarios_of(given)), ("no budgets", free, None)):
        ours = simulate(plan, solve_plan(plan).orders)
        print(
            f"plan, {said}: P90 {ours.p90 / 1e6:.2f} M USD, mean {ours.mean / 1e6:.2f}, "
            f"late {ours.chance_late:.0%}"
        )
        for policy in POLICIES:
            early, other = at_equal_lateness(plan, policy, ours.chance_late, scenarios)
            naive = simulate(plan, by_hand(plan, policy, 0, scenarios))
            print(
                f"{policy}, {said}, {early} weeks early: P90 {other.p90 / 1e6:.2f} M USD, "
                f"late {other.chance_late:.0%}; {other.p90 / ours.p90 - 1:+.1%} against the plan "
                f"({naive.p90 / ours.p90 - 1:+.1%} without earliness, late {naive.chance_late:.0%})"
            )


if __name__ == "__main__":
    if "--margin" not in sys.argv:
        speed()
    margin()
