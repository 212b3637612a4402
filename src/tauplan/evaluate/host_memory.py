"""From claims about servers to host memory as an accelerator sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tauplan.cluster.offload import HostMemory
from tauplan.evaluate.book import Book
from tauplan.evaluate.network import BUS
from tauplan.spec.scenario import Scenario
from tauplan.spec.workload import Plan
from tauplan.tau import Time

HOSTS = "hosts"
"""Part whose claims stand in for servers without their own."""


def offloads(plan: Plan) -> bool:
    """Tell whether a plan, or any of a batch of them, keeps a part in host memory."""
    return any(
        np.any(share) for share in (plan.offload_optimizer, plan.offload_activations, plan.offload_weights)
    )


def resolve_host_memory(book: Book, scenario: Scenario, server: str | None) -> HostMemory | None:
    """Return host memory per accelerator: the scenario's, the server's, that of the class; None where unused."""
    if not offloads(scenario.plan):
        return None
    own = scenario.system.host
    link = own.link or (book.text(server, "host_link") if server else None) or BUS
    rate = book.number(book.catalog.resolve(link, "link").name, "bandwidth") * book.number(
        HOSTS, "host_sustained"
    )
    memory_B = own.memory
    if memory_B is None and server is not None and book.has(server, "host_memory"):
        memory_B = book.number(server, "host_memory") / book.number(server, "accelerators")
    if memory_B is None:
        memory_B = book.number(HOSTS, "host_memory")
    memory_Bps = book.number(HOSTS, "host_bandwidth") if own.bandwidth is None else own.bandwidth
    return HostMemory(1.0 / rate, 1.0 / memory_Bps, memory_B)


def owned(memory: HostMemory | None) -> HostMemory | None:
    """Return host memory with the owners of its times."""
    if memory is None:
        return None
    return replace(
        memory,
        byte_s=Time.of("link", memory.byte_s),
        memory_byte_s=Time.of("memory", memory.memory_byte_s),
    )
