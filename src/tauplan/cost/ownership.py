"""Money: capital written off over its life, energy, and the cost of one result."""

from __future__ import annotations

from tauplan.tau import Number


def capital_charge(capital_USD: Number, time_s: Number, life_s: Number) -> Number:
    """Return the straight-line share of capital used up in ``time_s`` [USD]: capital · t / life [s]."""
    return capital_USD * (time_s / life_s)


def energy_charge(energy_J: Number, price_USD_per_J: Number) -> Number:
    """Return the price of energy [USD] at a price [USD/J]; energy at the meter, cooling included [J]."""
    return energy_J * price_USD_per_J


def facility_energy(device_J: Number, host_W: Number, time_s: Number, pue: Number) -> Number:
    """Return the energy at the meter [J]: (devices + hosts and network · t) · PUE; power [W], time [s]."""
    return (device_J + host_W * time_s) * pue


def per_million_tokens(cost_USD: Number, tokens: Number) -> Number:
    """Return the cost per million tokens [USD] of ``tokens`` [1]."""
    return cost_USD * MILLION / tokens


MILLION = 1e6  # definition: prices of tokens are quoted per million
