"""Power and energy of one accelerator from its activity, and the clock under a power cap."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.memory.stream import traffic_energy
from tauplan.tau import Number
from tauplan.tau import arrays as np

MEMORY_SHARE_AT_TDP = 0.5  # definition: a GEMM at the power limit streams from memory about half of the time
COMPUTE_SHARE_MIN = 0.2  # definition: arithmetic keeps at least this share of the dynamic power


@dataclass(frozen=True)
class ChipEnergy:
    """Energy per event: ``idle_W`` always drawn [W]; ``flop_J`` [J/FLOP]; ``byte_J`` (memory), ``link_J`` [J/B]."""

    idle_W: Number
    flop_J: Number
    byte_J: Number
    link_J: Number


def flop_energy(tdp_W: Number, idle_W: Number, byte_J: Number, memory_Bps: Number, flop_s: Number) -> Number:
    """Return the energy of one FLOP at the sustained GEMM rate [J/FLOP].

    A long GEMM runs at the power limit, so e = (TDP − idle − ½·e_byte·bandwidth) · t_FLOP, with power [W],
    energy per byte [J/B], bandwidth [B/s] and sustained seconds per FLOP [s]. At least a fifth of the
    dynamic power is left to the arithmetic. Validity: chips limited by power at full load.
    """
    dynamic = tdp_W - idle_W
    memory = MEMORY_SHARE_AT_TDP * byte_J * memory_Bps
    return np.maximum(dynamic - memory, COMPUTE_SHARE_MIN * dynamic) * flop_s


def activity_energy(
    energy: ChipEnergy, time_s: Number, flops: Number, memory_B: Number, link_B: Number
) -> Number:
    """Return the energy of one accelerator over ``time_s`` [J]: P_idle·T + Σ events · energy per event."""
    return (
        energy.idle_W * time_s
        + energy.flop_J * flops
        + traffic_energy(memory_B, energy.byte_J)
        + energy.link_J * link_B
    )


def capped_clock(cap_W: Number, tdp_W: Number, idle_W: Number, exponent: Number) -> Number:
    r"""Return the clock under a power cap as a share of the clock at TDP [1].

    .. math:: f/f_0 = \left(\frac{P_{cap} - P_{idle}}{TDP - P_{idle}}\right)^{x}

    With P ∝ f·V² and f ∝ (V − V_th)^a / V the exponent x lies between 1/3 and 1/2. Powers [W]. One where the
    cap is above TDP; zero where it leaves nothing beside idle power.
    """
    room = np.clip((cap_W - idle_W) / (tdp_W - idle_W), 0.0, 1.0)
    return room**exponent
