"""How long the wires of a block are, flat and on several tiers: Davis's distribution from Rent's rule."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np

SHORT = 64  # definition: lengths that are counted one by one
LONG = 1000  # definition: log-spaced classes of longer wires
TERMINALS = 4.0  # definition: Rent's coefficient, terminals of one gate
WIRE_SHARE = 0.75  # definition: wires per terminal of a net with fan-out three


@dataclass(frozen=True)
class Wires:
    """Wires of a block: lengths [gate pitches], wires near each length [count], and those straight up or down."""

    lengths: Number
    counts: Number
    vertical: Number

    @property
    def total(self) -> Number:
        """All wires [count]."""
        return np.sum(self.counts) + self.vertical

    @property
    def mean(self) -> Number:
        """Mean length of a wire [gate pitches]; what runs between tiers counts its way along them."""
        return np.sum(self.counts * self.lengths) / self.total


def wires(gates: float, rent: float, tiers: int) -> Wires:
    r"""Return the wires of ``gates`` equal gates [count] on ``tiers`` square tiers with Rent exponent p [1].

    .. math:: n(l) \propto M(l)\,\frac{(1+N_B)^p - N_B^p + (N_B+N_C)^p - (1+N_B+N_C)^p}{N_C}

    M(l): pairs of gates at Manhattan distance l, within tiers and across them (a tier is crossed at no length);
    N_B: gates nearer than l, N_C: at l, each times the number of tiers. Scalars. Two-dimensional limit: Davis, De
    and Meindl, IEEE Trans. Electron Devices 45, 580 (1998); tiers: Rahman and Reif, IEEE Trans. VLSI 8, 671 (2000).
    Validity: square blocks of 10^4 gates and more, p between 0.5 and 0.8, vertical distance small against a gate.
    """
    side = (gates / tiers) ** 0.5
    short = np.arange(1.0, SHORT)
    edges = np.geomspace(SHORT - 0.5, 2.0 * side, LONG + 1)
    length = np.concatenate([short, np.sqrt(edges[1:] * edges[:-1])])
    step = np.concatenate([np.ones_like(short), np.diff(edges)])
    near = length**3 / 3.0 - 2.0 * side * length**2 + 2.0 * side * side * length
    far = np.maximum(2.0 * side - length, 0.0) ** 3 / 3.0
    pairs = np.where(length < side, near, far) * (tiers + tiers * (tiers - 1.0))
    inside = tiers * length * (length - 1.0) + tiers - 1.0
    expected = pairs * _rent_share(inside, 2.0 * length * tiers, rent) * step
    above = tiers * (tiers - 1.0) / 2.0 * side * side
    vertical = above * _rent_share(0.0, np.maximum(tiers - 1.0, 1.0), rent)
    whole = np.sum(expected) + vertical
    number = WIRE_SHARE * TERMINALS * gates * (1.0 - gates ** (rent - 1.0))
    return Wires(length, expected / whole * number, vertical / whole * number)


def _rent_share(inside: Number, at: Number, rent: float) -> Number:
    """Return expected connections from one gate to each of the gates ``at`` a distance [1]."""
    ends = (1.0 + inside) ** rent - inside**rent + (inside + at) ** rent - (1.0 + inside + at) ** rent
    return ends / at


def longer_than(planar: Wires, length: float) -> tuple[float, float]:
    """Return number [count] and summed length [gate pitches] of the wires of at least ``length`` gate pitches."""
    chosen = planar.lengths >= length
    return float(np.sum(planar.counts[chosen])), float(np.sum((planar.counts * planar.lengths)[chosen]))


def shrink(planar: Wires, folded: Wires, length: float) -> float:
    """Return how the wires longer than ``length`` [gate pitches] shrink when a block is folded [ratio].

    The same number of longest wires on both sides, summed length over summed length. One for all wires is
    ``shrink(planar, folded, 0)``; the very longest reach 1/√tiers. One where no wire is that long.
    """
    number, before = longer_than(planar, length)
    counts, lengths = folded.counts[::-1], folded.lengths[::-1]
    longer = np.cumsum(counts) - counts
    taken = np.clip(number - longer, 0.0, counts)
    return float(np.sum(taken * lengths)) / before if before > 0.0 else 1.0
