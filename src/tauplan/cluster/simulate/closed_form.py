"""Serving under load without a simulation: rates at a full batch, and the fixed point of batch and pace."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.cluster.simulate.steps import Steps
from tauplan.cluster.simulate.worker import Scheduler

ROUNDS = 60  # definition: halvings of the interval of the answer time: far below any tolerance
HALF = 0.5  # definition: the middle of an answer


def prompt_cost(
    steps: Steps, rules: Scheduler, batch: int, context: float, prompt: float, per_pass: float
) -> float:
    """Return what one prompt adds to the time of its worker [s]: a pass with it less the step it replaces.

    ``per_pass`` prompts share a pass as far as the token budget allows. Engines that put prompts first replace
    no step.
    """
    new = max(prompt * (1.0 - rules.prefix_hit), 1.0)
    fits = max(int(rules.budget * steps.ranks / new), 1)
    number = max(min(int(per_pass), fits), 1)
    pieces = max(-(-new // rules.budget), 1.0) if rules.chunked else 1.0
    size = new / pieces
    riding = batch if rules.mixed else 0
    total = 0.0
    for piece in range(int(pieces)):
        chunks = [(size, prompt - new + piece * size)] * number
        total += steps.mixed_s(riding, context, chunks)
        if riding:
            total -= steps.decode_s(batch, context)
    return max(total, 0.0) / number


def saturated(
    steps: Steps, rules: Scheduler, batch: int, prompt: float, output: float, sharing: float = 1.0
) -> float:
    r"""Return the sequences per second of one worker that always holds ``batch`` of them [1/s].

    .. math:: X = 1 / \left(t_{prompt} + \frac{output}{batch}\, t_{decode}(batch)\right)

    ``sharing`` sequences, the beams of a search, have one prompt, which is computed and stored once; each reads it.
    """
    context = prompt + output * HALF
    prompt = prompt / sharing
    arriving = max(batch / output, steps.ranks)
    own = prompt_cost(steps, rules, batch, context, prompt, arriving)
    return 1.0 / (own + output / batch * steps.decode_s(batch, context))


@dataclass(frozen=True)
class Steady:
    """A worker in a steady closed loop: requests per second [1/s], TTFT and TPOT [s], decoding batch [1]."""

    requests_per_s: float
    ttft_s: float
    tpot_s: float
    batch: float


def steady(steps: Steps, rules: Scheduler, clients: int, prompt: float, output: float) -> Steady:
    r"""Return the fixed point of a closed loop of ``clients`` on one worker whose requests are out of step.

    A share :math:`\varphi = X t_{prompt}` of the time goes to prompts, so a token takes
    :math:`TPOT = t_{decode}(b)/(1-\varphi)`; a prompt waits for the pass under way and, with probability φ, for
    half of another prompt; the batch is what Little's law leaves: :math:`b = X (output - 1) TPOT`,
    :math:`X = clients / (TTFT + (output - 1) TPOT)`. Known error against the simulator: 10 % for TPOT, 30 % for
    TTFT (tests). Validity: caches that hold all clients.
    """
    context = prompt + output * HALF
    low, high = 1.0, float(clients)
    found = Steady(0.0, 0.0, 0.0, 1.0)
    for _ in range(ROUNDS):
        batch = (low + high) * HALF
        found = _at(steps, rules, batch, clients, prompt, output, context)
        if found.batch > batch:
            low = batch
        else:
            high = batch
    return found


def _at(
    steps: Steps, rules: Scheduler, batch: float, clients: int, prompt: float, output: float, context: float
) -> Steady:
    whole = max(round(batch), 1)
    own = prompt_cost(steps, rules, whole, context, prompt, 1.0)
    step = steps.decode_s(whole, context)
    each = own + (output - 1.0) / batch * step  # time of the worker that one request takes
    busy = min(own / each, 1.0)
    pace = step + own * (clients - 1.0) / max(output - 1.0, 1.0) if clients > 1 else step
    wait = step * HALF * (1.0 if clients > 1 else 0.0) + busy * own * HALF
    first = wait + own + (step if rules.mixed else 0.0)  # the pass itself makes a step as well
    rate = clients / (first + (output - 1.0) * pace)
    return Steady(rate, first, pace, rate * (output - 1.0) * pace)
