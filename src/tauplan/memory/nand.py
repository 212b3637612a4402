"""NAND flash dies: how much they hold, how fast a plane works, how long they live, what a bit costs."""

from __future__ import annotations

from tauplan.tau import Number


def bit_density(layers: Number, cell_bits: Number, cell_m2: Number) -> Number:
    r"""Return the bits per area of a die [1/m2].

    .. math:: \rho = L\, b / a

    Word-line layers L [1], bits per cell b [1], area a of a cell in one layer [m2] with its share of staircase,
    slits and what of the periphery lies beside the array. Validity: 64 to 232 layers, within 10 % of
    the makers' figures where ``a`` is that of the maker's generation; above, the pitch shrinks again.

    >>> round(bit_density(176, 3, 0.0482e-12) * 1e-6 / 1e9, 1)
    11.0
    """
    return layers * cell_bits / cell_m2


def die_capacity(density_per_m2: Number, die_m2: Number) -> Number:
    """Return the bits of a die [1]: density [1/m2] times die area [m2]."""
    return density_per_m2 * die_m2


def die_area(bits: Number, density_per_m2: Number) -> Number:
    """Return the area of a die [m2] that holds a number of bits [1] at a density [1/m2]."""
    return bits / density_per_m2


def die_read_bandwidth(planes: Number, page_B: Number, read_s: Number, io_Bps: Number) -> Number:
    r"""Return what one die reads [B/s], its planes together: n p / (t_R + n p / r).

    Planes n [1], page p [B], array read time t_R [s], rate r of the interface [B/s]. Array and interface take
    turns; where the die reads ahead into a cache, the longer of the two alone remains.
    """
    moved_B = planes * page_B
    return moved_B / (read_s + moved_B / io_Bps)


def die_program_bandwidth(planes: Number, page_B: Number, program_s: Number, io_Bps: Number) -> Number:
    """Return what one die programs [B/s], its planes [1] together: pages [B], program time [s], interface [B/s]."""
    return die_read_bandwidth(planes, page_B, program_s, io_Bps)


def lifetime_writes(capacity_B: Number, cycles: Number, write_amplification: Number) -> Number:
    """Return the bytes a host may write in a drive's life [B]: capacity [B] · cycles [1] / amplification [1]."""
    return capacity_B * cycles / write_amplification


def write_amplification(spare: Number) -> Number:
    r"""Return the pages programmed per page of random writes [1] of a full drive with greedy cleaning.

    .. math:: A = \frac{1 + s}{2 s}

    Spare share s of the user's capacity [1]. Validity: uniform random writes, spare of a few to 50 %; sequential
    writes have 1. Source: the usual approximation for greedy garbage collection (Agarwal and Marrow, GLOBECOM 2010
    workshops, closed form).
    """
    return (1.0 + spare) / (2.0 * spare)


def cost_per_bit(
    base_price: Number,
    layer_price: Number,
    deck_price: Number,
    layers: Number,
    decks: Number,
    deck_yield: Number,
    density_per_m2: Number,
    wafer_m2: Number,
) -> Number:
    r"""Return the price of a bit [price per bit] from a wafer's price.

    .. math:: c = \frac{c_0 + c_1 L + c_2 n}{\rho A\, Y^n}

    Prices of a wafer before the stack c₀, of a layer c₁ and of a deck c₂ [price], layers L and decks n [1], yield
    of a deck Y [1], density [1/m2], usable wafer area [m2]. Layers dilute c₀, decks cost yield: there is an
    optimum.
    """
    wafer = base_price + layer_price * layers + deck_price * decks
    return wafer / (density_per_m2 * wafer_m2 * deck_yield**decks)
