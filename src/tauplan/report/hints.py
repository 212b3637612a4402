"""What to try when a design cannot work."""

from __future__ import annotations

from tauplan.evaluate.answer import Answer

_MEMORY = {
    "weights": "more tensor or pipeline ways, a narrower weight format, plan.zero=3",
    "gradients": "more tensor or pipeline ways, plan.zero=2",
    "optimizer": "plan.zero=1, more data-parallel ways, a narrower optimizer state",
    "activations": "plan.recompute=full, a smaller plan.micro_batch, more tensor or context ways",
    "KV cache": "a smaller batch or context, a narrower cache format, more tensor ways",
}


def hints(answer: Answer) -> list[str]:
    """Return what to try for an infeasible answer, the most promising first; none for a feasible one."""
    if answer.status == "ok":
        return []
    reason = answer.reason.casefold()
    if "memory" in reason and answer.memory_parts:
        by_size = sorted(answer.memory_parts, key=lambda part: -part.amount)
        return [f"{part.label}: {_MEMORY[part.label]}" for part in by_size if part.label in _MEMORY][:3]
    if "limit" in reason:
        return [
            "workload.batch=max finds the largest batch inside the limit",
            "more tensor ways shorten a token",
        ]
    if "failures" in reason:
        return ["a longer reliability.mtbf, a shorter reliability.restart, or fewer accelerators"]
    if "plan" in reason or "divide" in reason:
        return ["choose ways whose product divides the number of accelerators"]
    return []
