"""Forward error correction: overhead, gain, latency, and what is left after it."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.link.signal import q_factor, special
from tauplan.tau import Number
from tauplan.tau import arrays as np

DECIBELS_OF_AMPLITUDE = 20.0  # definition: twice ten, for amplitudes


@dataclass(frozen=True)
class Code:
    """A block code of ``symbols`` of which ``payload`` carry data, ``symbol_bits`` each, ``correctable`` of them.

    ``interleave``: codewords gathered together [1]; ``decode_s``: encode, decode and correct [s];
    ``threshold``: largest bit error rate at its input [1]; ``energy_J``: encoder and decoder [J/B].
    """

    symbols: Number
    payload: Number
    symbol_bits: Number
    correctable: Number
    interleave: Number
    decode_s: Number
    threshold: Number
    energy_J: Number

    @property
    def overhead(self) -> Number:
        """Line rate over payload rate, less one [1]."""
        return self.symbols / self.payload - 1.0

    @property
    def gathered_bits(self) -> Number:
        """Payload bits that arrive before the first can be corrected [1]; none for a link without code."""
        return np.where(self.correctable > 0.0, self.interleave * self.payload * self.symbol_bits, 0.0)


def gather_time(code: Code, port_Bps: Number) -> Number:
    r"""Return the time to receive the interleaved codewords at the port's rate [s].

    .. math:: t = I\, k\, m / R

    k payload symbols of m bits at the payload rate R [B/s] of the port. RS(544,514) fourfold at 800 Gb/s takes
    26 ns; with 37 ns to decode the link pays 63 ns. Source: contributions to IEEE 802.3dj.
    """
    return code.gathered_bits / (8.0 * port_Bps)


def residual_error_rate(code: Code, ber: Number) -> Number:
    r"""Return the bit error rate after decoding [1].

    .. math:: p_s = 1 - (1-p)^m, \qquad BER_{out} = p \cdot I_{p_s}(t,\, n - t)

    A bit stays wrong where its symbol is and at least t others of the n − 1 are. Bit error rate at the input [1].
    Validity: independent errors, bounded-distance decoding; bursts of a decision-feedback equaliser need
    precoding.
    """
    symbol = -np.expm1(code.symbol_bits * np.log1p(-ber))
    t = np.maximum(code.correctable, 1.0)
    left = ber * special.betainc(t, np.maximum(code.symbols - t, 1.0), symbol)
    return np.where(code.correctable > 0.0, left, ber)


def coding_gain(code: Code, target: Number) -> Number:
    """Return the gain at the code's threshold over no code at a target bit error rate, in electrical dB [1].

    20·log₁₀(Q(target)/Q(threshold)). In an optical link limited by thermal noise half of it, in dB of light.
    """
    return DECIBELS_OF_AMPLITUDE * np.log10(q_factor(target) / q_factor(code.threshold))


def retry_factor(frame_B: Number, residual_ber: Number) -> Number:
    """Return the mean number of times that a frame is sent on a link that repeats what it could not correct [1].

    1/(1 − P) with P = 1 − (1 − p)^bits; frame in bytes. A link that repeats may run at a higher bit error rate
    and a shorter code.
    """
    return np.exp(-8.0 * frame_B * np.log1p(-residual_ber))
