"""A fab's load ties price and time together: full fabs are cheap per wafer and slow."""

from __future__ import annotations

from tauplan.tau import Number


def wafer_cost(
    capex_USD: Number, life_s: Number, capacity_per_s: Number, load: Number, variable_USD: Number
) -> Number:
    """Return the cost of one wafer [USD]: capital written off over the wafers really started, plus the rest.

    C = capex / (life · capacity · u) + variable; capex [USD], life [s], capacity [wafers/s], load u [1],
    materials and labour per wafer [USD].
    """
    return capex_USD / (life_s * capacity_per_s * load) + variable_USD


def waiting_factor(load: Number, arrival_cv2: Number, service_cv2: Number, tools: Number = 1.0) -> Number:
    r"""Return the wait before a step over its own time [ratio], after Kingman.

    .. math:: \frac{c_a^2 + c_s^2}{2} \frac{u^{\sqrt{2(m+1)}-1}}{m (1-u)}

    Load u [1], squared coefficients of variation of arrivals and of service [1], m equal tools [count]
    (Sakasegawa's form; m = 1 is Kingman's G/G/1). Validity: heavy load, u above a half; error grows below.
    Source: Kingman (1961); Sakasegawa (1977).
    """
    return (
        (arrival_cv2 + service_cv2)
        / 2.0
        * load ** ((2.0 * (tools + 1.0)) ** 0.5 - 1.0)
        / (tools * (1.0 - load))
    )


def cycle_time(mask_layers: Number, layer_s: Number, waiting: Number) -> Number:
    """Return the time of a wafer in the fab [s]: layers · bare time per mask layer [s] · (1 + waiting).

    ``mask_layers`` [count]; ``waiting`` from :func:`waiting_factor` [1]. 1.0 to 1.5 days per mask layer are
    usual in full logic fabs, 0.5 bare.
    """
    return mask_layers * layer_s * (1.0 + waiting)
