"""Why a full factory has long waits: utilisation, variability and the time in the queue."""

from __future__ import annotations

import numpy as np

from tauplan.supply.scientific import special
from tauplan.tau import Number


def single_server_wait(utilisation: Number, service_time: Number) -> Number:
    """Return the mean wait in an M/M/1 queue [unit of the service time]: tau rho / (1 - rho), rho < 1."""
    return service_time * utilisation / (1 - utilisation)


def general_service_wait(utilisation: Number, service_time: Number, service_cv2: Number) -> Number:
    """Return the mean wait in an M/G/1 queue [unit of the service time], by Pollaczek and Khinchine. Exact.

    rho / (1 - rho) (1 + c_s^2) / 2 tau, c_s^2 the squared coefficient of variation of service.
    """
    return single_server_wait(utilisation, service_time) * (1 + service_cv2) / 2


def waiting_chance(utilisation: Number, servers: Number) -> Number:
    """Return the chance that an order must wait in an M/M/c queue, a ratio (Erlang's C). Exact.

    B = Poisson pmf / cdf at c with offered load a = c rho; C = B / (1 - rho (1 - B)).
    """
    load = utilisation * servers
    log_term = servers * np.log(load) - load - special.gammaln(servers + 1)
    blocked = np.exp(log_term) / special.gammaincc(servers + 1, load)
    return blocked / (1 - utilisation * (1 - blocked))


def parallel_servers_wait(utilisation: Number, service_time: Number, servers: Number) -> Number:
    """Return the mean wait in an M/M/c queue [unit of the service time]: C tau / (c (1 - rho)). Exact."""
    return waiting_chance(utilisation, servers) * service_time / (servers * (1 - utilisation))


def kingman_wait(
    utilisation: Number,
    service_time: Number,
    arrival_cv2: Number = 1.0,
    service_cv2: Number = 1.0,
    servers: Number = 1.0,
) -> Number:
    """Return Kingman's wait in a G/G/m queue [unit of the service time].

    (c_a^2 + c_s^2) / 2 rho^(sqrt(2 (m + 1)) - 1) / (m (1 - rho)) tau. An upper bound for one server and exact for
    M/M/1; an approximation for several, within some 10 % at high load. Sources: Kingman 1961; Sakasegawa 1977.
    """
    load = utilisation ** (np.sqrt(2 * (servers + 1)) - 1) / (servers * (1 - utilisation))
    return (arrival_cv2 + service_cv2) / 2 * load * service_time


def implied_utilisation(lead_time: Number, service_time: Number, variability: Number = 1.0) -> Number:
    """Return the load, a ratio, at which a single queue would give this lead time.

    Solves L = tau + V tau rho / (1 - rho): rho = W / (W + V tau) with W = L - tau, V = (c_a^2 + c_s^2) / 2.
    """
    wait = np.maximum(lead_time - service_time, 0.0)
    return wait / (wait + variability * service_time)
