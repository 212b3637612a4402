"""Best quality factor, channel count and rate of a photonic link, over a grid in one batch."""

from __future__ import annotations

from dataclasses import replace

from tauplan.link.photonic.budget import Budget, PhotonicLink, budget, with_physical_receiver
from tauplan.tau import Number
from tauplan.tau import arrays as np

STEPS = 64  # definition: points of a search along the quality factor
RANGE = 30.0  # definition: the search spans this factor below and above the ratio of carrier and symbol rate
SPEED_OF_LIGHT = 299_792_458.0  # definition: in vacuum, m/s


def best_demux_q(link: PhotonicLink) -> Number:
    """Return the drop-ring quality factor with the least light per wavelength [1].

    Narrow rings cut the signal, wide ones let neighbours in: the sum of drop loss, truncation and crosstalk has
    one minimum, found on a logarithmic grid around f₀/R_s to within 6 %.
    """
    carrier = SPEED_OF_LIGHT / link.wavelength_m / link.symbol_Hz
    steps = np.geomspace(1.0 / RANGE, RANGE, STEPS)
    grid = np.expand_dims(np.asarray(carrier), -1) * steps
    tried = replace(_widened(link), demux_q=grid)
    light = budget(tried).laser_W
    best = np.argmin(light, axis=-1)
    return np.take_along_axis(grid, np.expand_dims(best, -1), axis=-1)[..., 0]


def _widened(link: PhotonicLink) -> PhotonicLink:
    """Return the link with an axis added behind its batch, for a search along it."""
    names = link.__dataclass_fields__
    return PhotonicLink(**{name: np.expand_dims(np.asarray(getattr(link, name)), -1) for name in names})


def at(link: PhotonicLink, channels: Number, rate_Bps: Number, physical: bool = True) -> PhotonicLink:
    """Return a link with another number of channels [1] and rate [B/s] and the best drop ring for them."""
    changed = replace(link, channels=channels, rate_Bps=rate_Bps)
    if physical:
        changed = replace(changed, sensitivity_W=with_physical_receiver(changed))
    return replace(changed, demux_q=best_demux_q(changed))


def feasible(found: Budget, link: PhotonicLink) -> Number:
    """Return 1 where light stays below the cap and channels are wider than their symbol rate, else 0 [1]."""
    spacing_Hz = SPEED_OF_LIGHT * link.spacing_m / link.wavelength_m**2
    return np.where((found.slack_dB >= 0.0) & (spacing_Hz >= link.symbol_Hz), 1.0, 0.0)


def search(
    link: PhotonicLink, channels: Number, rates_Bps: Number, physical: bool = True
) -> tuple[PhotonicLink, Budget, Number]:
    """Return links, budgets and feasibility over a grid of channel counts (rows) and rates (columns).

    ``channels`` [1] and ``rates_Bps`` [B/s] are one-dimensional. The cheapest feasible design is the argmin of
    ``total_J`` where feasible; the largest bandwidth of a fibre the maximum of ``bandwidth_Bps`` there.
    """
    grid = at(link, np.asarray(channels)[:, None] * 1.0, np.asarray(rates_Bps)[None, :] * 1.0, physical)
    found = budget(grid)
    return grid, found, feasible(found, grid)


def most_bandwidth(link: PhotonicLink, channels: Number, rates_Bps: Number, physical: bool = True) -> Number:
    """Return the largest bandwidth of one fibre within power cap and comb [B/s]; zero where nothing is feasible."""
    _, found, fine = search(link, channels, rates_Bps, physical)
    return np.max(found.bandwidth_Bps * fine)
