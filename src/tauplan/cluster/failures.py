"""From useful time to job time: checkpoints, lost work, restarts."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan import tau
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Goodput:
    """``time``: job time [s]; ``interval``: useful time between checkpoints [s]; ``goodput``: useful share [1]."""

    time: Number
    interval: Number
    goodput: Number


def job_time(
    useful: Number,
    count: Number,
    mtbf_s: Number,
    checkpoint_s: Number,
    restart_s: Number,
) -> Goodput:
    r"""Return the job time of ``useful`` seconds on ``count`` accelerators [s].

    .. math::
        M = MTBF / count, \quad \tau = \sqrt{2 \delta M}, \quad
        T = T_{useful}\, \frac{1 + \delta/\tau}{1 - (R + \tau/2)/M}

    Each failure loses half an interval τ and a restart R, owned by ``failures``; each interval pays one checkpoint
    δ, owned by whoever owns δ, ``failures`` where it is a plain number. Infinite where failures come faster than
    restarts (M ≤ R + τ/2). Validity: δ ≪ M. Sources: Young (1974), Daly (2006).
    """
    between = mtbf_s / count
    pause, work = tau.seconds(checkpoint_s), tau.seconds(useful)
    interval = np.minimum(np.sqrt(2.0 * pause * between), work)
    lost = (restart_s + interval / 2.0) / between
    paid = np.where(interval > 0.0, pause / np.where(interval > 0.0, interval, 1.0), 0.0)
    progress = (1.0 - lost) / (1.0 + paid)
    alive = progress > 0.0
    if isinstance(useful, Time) and isinstance(checkpoint_s, Time):
        saved = useful + checkpoint_s * np.where(
            pause > 0.0, paid * work / np.where(pause > 0.0, pause, 1.0), 0.0
        )
    else:
        saved = tau.stretch(useful, 1.0 + paid, "failures")
    slower = np.where(alive, 1.0 / np.where(alive, 1.0 - lost, 1.0), np.inf)
    return Goodput(tau.stretch(saved, slower, "failures"), interval, np.where(alive, progress, 0.0))
