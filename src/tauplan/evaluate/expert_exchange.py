"""From claims about exchange kernels to how serving software moves tokens between experts."""

from __future__ import annotations

from tauplan.cluster.experts import ExpertExchange, Ways
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.network import exchange_kernel
from tauplan.evaluate.resolve import Resolved
from tauplan.workload.formats import BYTES

LONG_UNITS = 20.0  # definition: compute units that the kernels of prompts take by default


def expert_exchange(resolved: Resolved, skew: float) -> ExpertExchange:
    """Return the exchange of a case: activations go out in the format of its products and return in 16 bits.

    ``skew``: exponent of the experts' loads [1].
    """
    book, network = resolved.book, resolved.network
    generation = book.catalog.resolve(resolved.chip.part).generation or OTHER
    link_Bps, port_Bps = network[0].bandwidth_Bps, network[-1].bandwidth_Bps

    def ways(kind: str) -> Ways:
        return Ways(
            *(
                exchange_kernel(book, f"{kind} {phase}", generation, link_Bps, port_Bps)
                for phase in ("dispatch", "combine")
            )
        )

    return ExpertExchange(
        near=ways("one-sided"),
        quick=ways("low-latency"),
        long=ways("normal"),
        sent_B=resolved.case.element.input,
        back_B=BYTES["bf16"],
        near_units=resolved.case.chip.units,
        far_units=LONG_UNITS,
        skew=skew,
    )
