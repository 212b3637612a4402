"""Fit the coefficients of kernel times to published timings and write them as claims.

    python tools/calibrate.py FOLDER [--out data/claims/kernels.csv]

FOLDER holds tables of measured kernels in the layouts that ``tauplan validate`` reads. A stage fits the few
coefficients of one resource on one device of a generation, with those of earlier stages in place. One shape in
five, by a hash of its sizes, is held out. Deterministic: the same tables give the same file.

Printed per stage and device: median errors on fitted and on held-out shapes, and on the whole table when the
coefficients come from the generation that would stand in for this one (leave one device out).
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tauplan import units
from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.chip_rates import OTHER
from tauplan.validate.attention_rows import (
    DECODE,
    LATENT_DECODE,
    LATENT_PREFILL,
    PREFILL,
    decode_time,
    latent_decode_time,
    latent_prefill_time,
    prefill_time,
)
from tauplan.validate.devices import Devices
from tauplan.validate.grouped import Columns, Group, Reading, groups
from tauplan.validate.kernels import PRODUCTS, product_time
from tauplan.validate.operator_tables import FP32, SHEETS, fp32_time, sheet_time
from tauplan.validate.table import UnansweredError, read_table

Array = NDArray[np.float64]
Given = dict[tuple[str, str], float]
Predict = Callable[[Devices, Sequence[str], Columns], Array]
COLUMNS = ("part", "field", "value", "unit", "low", "high", "source", "locator", "grade", "date", "note")
HELD_OUT = 5  # one shape in so many judges and is not fitted
OUTLIER = 0.05  # residuals above this count linearly, not squared
WIDEST = np.log(4.0)  # of a band: what the rows hardly show is known by its start alone
YES_OR_NO = (0.0, 1.0)
QUARTER = 0.25  # blocks of keys per unit: the rule of a serving library between its two decode kernels
PRIOR = 0.02  # pull to the start, so that what the rows do not show stays there


@dataclass(frozen=True)
class Coefficient:
    """A coefficient to fit: its field and unit, where the search starts and the bounds of what is physical.

    ``valleys``: the error has more than one, so that the search starts from several values.
    """

    field: str
    unit: str
    start: float
    low: float
    high: float
    valleys: bool = False


@dataclass(frozen=True)
class Stage:
    """One fit: rows of a table with certain words, the coefficients they fix, and choices between algorithms.

    ``family``: kernels that another generation may stand in for than for the rest.
    """

    name: str
    file: str
    reading: Reading
    predict: Predict
    accepts: Callable[[Sequence[str]], bool]
    coefficients: tuple[Coefficient, ...]
    choices: tuple[tuple[str, tuple[float, ...]], ...] = ()
    family: str = ""
    source: str = "aiconfigurator-kernels"


def share(field: str, start: float, low: float = 0.02, high: float = 1.0) -> Coefficient:
    """Return a coefficient that is a share, a number between zero and one."""
    return Coefficient(field, "1", start, low, high)


def micro(field: str, start: float, low: float = 0.001, high: float = 100.0) -> Coefficient:
    """Return a coefficient that is a time in microseconds."""
    return Coefficient(field, "us", start, low, high)


def nano(field: str, start: float, low: float = 0.01, high: float = 300.0) -> Coefficient:
    """Return a coefficient that is a time in nanoseconds."""
    return Coefficient(field, "ns", start, low, high, valleys=True)


def cycles(field: str, start: float) -> Coefficient:
    """Return a coefficient that is a serial latency in clock cycles."""
    return Coefficient(field, "1", start, start / 30, start * 10)


def per_cycle(field: str, start: float) -> Coefficient:
    """Return a coefficient that is the bytes of one unit in a cycle."""
    return Coefficient(field, "B", start, start / 10, start * 10)


def _product(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    return product_time(devices, words[0], words[1], c["m"], c["n"], c["k"])


def _format_stage(number_format: str) -> Stage:
    sustained = f"kernel_sustained_{number_format}"
    coefficients = [share(sustained, 0.7), micro(f"quantise_time_{number_format}", 5.0)]
    if not number_format.endswith("_wo"):
        coefficients.append(per_cycle(f"quantise_{number_format}", 6.0))
    if number_format != "fp8":
        coefficients.append(nano(f"k_step_time_{number_format}", 0.7))
    if number_format == "fp8_block":
        coefficients.append(nano(f"row_time_{number_format}", 1.0))
    return Stage(
        f"products in {number_format}",
        "aic_gemm.csv",
        PRODUCTS,
        _product,
        lambda words: words[1] == number_format,
        tuple(coefficients),
    )


def _stored(suffix: str) -> Callable[[Sequence[str]], bool]:
    """Accept rows whose cache is in FP8, or those where it is in 16 bits."""
    return lambda words: words[2] == ("fp8" if suffix else "bfloat16")


def _decode_stage(suffix: str) -> Stage:
    # what a unit keeps in flight is a matter of the unit: caches in FP8 take the pace found in 16 bits
    pace = () if suffix else (Coefficient("key_B_per_cycle", "B", 18.0, 0.6, 540.0),)
    return Stage(
        "decode attention" + suffix.replace("_", ", "),
        "aic_attention_generation.csv",
        DECODE,
        decode_time,
        _stored(suffix),
        (
            cycles("decode_start_cycles" + suffix, 14e3),
            per_cycle("decode_prepare" + suffix, 3.0),
            cycles("sequence_cycles" + suffix, 4500.0),
            *pace,
            cycles("head_element_cycles" + suffix, 0.15),
            Coefficient("reread" + suffix, "1", 0.6, 0.02, 2.0),
            cycles("cache_join_cycles" + suffix, 14e3),
            Coefficient("walk_cycles" + suffix, "1", 0.5, 2e-4, 50.0),
        ),
        choices=(("shared_from" + suffix, (0.0, QUARTER)),),
        family="decode" + suffix,
    )


def _latent_decode_stage(suffix: str) -> Stage:
    return Stage(
        "latent attention, decode" + suffix.replace("_", ", "),
        "aic_mla_generation.csv",
        LATENT_DECODE,
        latent_decode_time,
        _stored(suffix),
        (
            cycles("latent_decode_start_cycles" + suffix, 14e3),
            cycles("latent_sequence_cycles" + suffix, 11e3),
            replace(cycles("latent_key_cycles" + suffix, 20.0), valleys=True),
            Coefficient("latent_paired" + suffix, "1", 1.2, 1.0, 2.0),
            per_cycle("latent_decode_prepare" + suffix, 10.0),
            share("latent_sustained" + suffix, 0.5),
        ),
        choices=(("latent_split" + suffix, YES_OR_NO),),
        family="latent_decode" + suffix,
    )


STAGES = (
    Stage(
        "products in bf16",
        "aic_gemm.csv",
        PRODUCTS,
        _product,
        lambda words: words[1] == "bfloat16",
        (
            share("gemm_sustained", 0.75),
            share("memory_sustained", 0.88, high=0.95),
            micro("kernel_time", 3.0),
            per_cycle("noc_B_per_cycle", 100.0),
            per_cycle("cache_B_per_cycle", 28.0),
            share("exposed", 0.3),
            micro("wave_time", 0.3),
            micro("join_time", 2.0),
        ),
    ),
    *(_format_stage(name) for name in ("fp8", "fp8_block", "nvfp4", "sq", "int8_wo", "int4_wo")),
    Stage(
        "prefill attention",
        "aic_attention_context.csv",
        PREFILL,
        prefill_time,
        lambda words: words[2] == "bfloat16",
        (
            micro("attention_start", 10.0),
            per_cycle("attention_prepare", 7.0),
            share("attention_sustained", 0.7),
            Coefficient("exp_FLOP", "1", 16.0, 0.1, 100.0),
            micro("query_tile_time", 2.5),
        ),
    ),
    Stage(
        "prefill attention, fp8",
        "aic_attention_context.csv",
        PREFILL,
        prefill_time,
        lambda words: words[2] == "fp8",
        (
            micro("attention_start_fp8", 12.0),
            micro("query_narrow_time", 2.0),
            share("attention_sustained_fp8", 0.5),
        ),
        choices=(("cache_narrows", YES_OR_NO),),
    ),
    _decode_stage(""),
    _decode_stage("_fp8"),
    Stage(
        "latent attention, prefill",
        "aic_mla_context.csv",
        LATENT_PREFILL,
        latent_prefill_time,
        lambda words: words[2] == "bfloat16",
        (
            micro("latent_start", 12.0),
            Coefficient("latent_prefill_rate", "1", 1.0, 0.2, 3.0),
            micro("latent_query_tile_time", 2.5),
        ),
    ),
    Stage(
        "latent attention, prefill, fp8",
        "aic_mla_context.csv",
        LATENT_PREFILL,
        latent_prefill_time,
        lambda words: words[2] == "fp8" and not words[0].startswith("a100"),  # FP8 products
        (
            micro("latent_start_fp8", 15.0),
            Coefficient("latent_prefill_rate_fp8", "1", 1.0, 0.2, 6.0),
            micro("latent_query_tile_time_fp8", 2.5),
        ),
        choices=(("latent_cache_narrows", YES_OR_NO),),
    ),
    _latent_decode_stage(""),
    _latent_decode_stage("_fp8"),
    Stage(
        "operators in fp32, older parts",
        "neusight_ops_fp32.csv",
        FP32,
        fp32_time,
        lambda words: words[0].startswith("Tesla"),
        (
            share("gemm_sustained_fp32", 0.8),
            share("memory_sustained", 0.85, high=0.95),
            micro("eager_time", 10.0),
        ),
        source="neusight-operators",
    ),
    Stage(
        "operators in fp32",
        "neusight_ops_fp32.csv",
        FP32,
        fp32_time,
        lambda words: not words[0].startswith("Tesla"),
        (share("gemm_sustained_fp32", 0.8), micro("eager_time", 10.0)),
        source="neusight-operators",
    ),
    Stage(
        "products in fp16, older parts",
        "deepbench_gemm.csv",
        SHEETS,
        sheet_time,
        lambda words: "FP16 ip" in words[1],
        (share("gemm_sustained", 0.6), per_cycle("noc_B_per_cycle", 100.0)),
        source="deepbench",
    ),
)
SEARCH = (1.0, 5.0)  # serial latencies have more than one valley: searched from here, times the start


@dataclass(frozen=True)
class Fit:
    """What a stage found on a generation: values [SI], bands, and errors left."""

    stage: Stage
    generation: str
    values: Given
    bands: dict[str, float]
    fitted: tuple[int, float]
    held_out: tuple[int, float]
    cost: float


def calibrate(folder: Path, catalog: Catalog, stages: Sequence[Stage]) -> list[Fit]:
    """Run stages on all devices; later stages see the coefficients of earlier ones."""
    given: Given = {}
    fits: list[Fit] = []
    unseen: dict[str, list[Array]] = {}
    for stage in stages:
        for generation, rows in _rows(stage, folder, catalog).items():
            fit = _best(stage, generation, rows, catalog, given)
            fits.append(fit)
        for fit in fits:
            given |= fit.values
        for fit in fits:
            if fit.stage is stage:
                others = [other for other in fits if other.generation != fit.generation]
                left = _report(fit, _rows(stage, folder, catalog)[fit.generation], catalog, others)
                unseen.setdefault("attention" if "attention" in stage.name else stage.name, []).append(left)
    for name, found in unseen.items():
        left = np.concatenate(found)
        print(f"left out, all generations: {name:32} {len(left):5} {_median(left):6.1%}")
    return fits


def _rows(stage: Stage, folder: Path, catalog: Catalog) -> dict[str, list[Group]]:
    """Return the groups of a stage by the generation of their device."""
    devices, found = Devices(catalog), dict[str, list[Group]]()
    for group in groups(read_table(folder / stage.file), stage.reading)[0]:
        if not stage.accepts(group.words):
            continue
        try:
            generation = catalog.resolve(devices.part(group.words[0])).generation
        except UnansweredError:  # a device that is not in the catalogue
            continue
        found.setdefault(generation, []).append(group)
    return found


def _best(stage: Stage, generation: str, rows: list[Group], catalog: Catalog, given: Given) -> Fit:
    """Fit with every choice of algorithms and keep the closest."""
    names = [name for name, _ in stage.choices]
    tried = [
        _fit(stage, generation, rows, catalog, given, dict(zip(names, chosen, strict=True)), factor)
        for chosen in product(*(values for _, values in stage.choices))
        for factor in (SEARCH if any(c.valleys for c in stage.coefficients) else SEARCH[:1])
    ]
    return min(tried, key=lambda fit: fit.cost)


def _fit(
    stage: Stage,
    generation: str,
    rows: list[Group],
    catalog: Catalog,
    given: Given,
    chosen: dict[str, float],
    factor: float,
) -> Fit:
    names = [c.field for c in stage.coefficients]
    scale = np.array([units.to_si(1.0, c.unit) for c in stage.coefficients])
    start = np.log([c.start for c in stage.coefficients])
    bounds = (np.log([c.low for c in stage.coefficients]), np.log([c.high for c in stage.coefficients]))
    held = [_held_out(group) for group in rows]
    weight = np.sqrt(sum(len(h) for h in held) / 100.0) * PRIOR
    flags = {(generation, name): value for name, value in chosen.items()}

    def values(x: Array) -> Given:
        found = np.exp(x) * scale
        return {(generation, name): float(v) for name, v in zip(names, found, strict=True)} | flags

    def errors(x: Array) -> list[Array]:
        devices = Devices(catalog, given | values(x))
        return [np.log(_predict(stage, devices, group) / group.measured_s) for group in rows]

    def residuals(x: Array) -> Array:
        kept = [error[~out] for error, out in zip(errors(x), held, strict=True)]
        return np.concatenate([*kept, weight * (x - start)])

    x = start + np.log([factor if c.valleys else 1.0 for c in stage.coefficients])
    for step in (2e-2, 3e-3):  # the model has steps: first coarse differences, then fine ones
        result = least_squares(
            residuals, x, bounds=bounds, loss="soft_l1", f_scale=OUTLIER, diff_step=step, max_nfev=40
        )
        x = np.clip(result.x, *bounds)
    left = errors(x)
    inside = np.concatenate([e[~out] for e, out in zip(left, held, strict=True)])
    outside = np.concatenate([e[out] for e, out in zip(left, held, strict=True)])
    typical = _median(inside)
    deviation = _deviation(result.jac, typical)
    bands = {name: float(np.clip(2.0 * d, typical, WIDEST)) for name, d in zip(names, deviation, strict=True)}
    return Fit(
        stage,
        generation,
        values(x),
        bands,
        (len(inside), typical),
        (len(outside), _median(outside)),
        float(result.cost),
    )


def _predict(stage: Stage, devices: Devices, group: Group) -> Array:
    return np.broadcast_to(stage.predict(devices, group.words, group.columns), len(group.rows))


def _held_out(group: Group) -> NDArray[np.bool_]:
    """Return which rows judge: by a hash of their sizes, the same on every device and in every run."""
    sizes = np.array(list(group.columns.values())).T
    return np.array([zlib.crc32(repr(row.tolist()).encode()) % HELD_OUT == 0 for row in sizes])


def _deviation(jacobian: Array, typical: float) -> Array:
    """Return standard deviations of the logarithms of the coefficients, from the curvature of the fit."""
    curvature = jacobian.T @ jacobian + 1e-9 * np.eye(jacobian.shape[1])
    return np.sqrt(np.diag(np.linalg.inv(curvature))) * typical


def _median(logarithms: Array) -> float:
    return float(np.median(np.abs(np.expm1(logarithms)))) if len(logarithms) else float("nan")


def _report(fit: Fit, rows: list[Group], catalog: Catalog, others: Sequence[Fit]) -> Array:
    """Print one line per fit, with the error when the coefficients of other generations take the place of these.

    Returns ln(predicted/measured) of all rows under those.
    """
    left = np.zeros(0)
    if any(other.stage is fit.stage for other in others):
        known = {key: value for other in (*_lent(others), *others) for key, value in other.values.items()}
        for part, field, value, unit, *_ in typical(others, catalog):
            known.setdefault((part, field), units.to_si(float(value), unit))
        devices = Devices(catalog, known)
        logs = [np.log(_predict(fit.stage, devices, group) / group.measured_s) for group in rows]
        left = np.concatenate(logs)
    n, inside = fit.fitted
    held, outside = fit.held_out
    print(
        f"{fit.stage.name:32} {fit.generation:22} fitted {n:4} {inside:6.1%}  held out {held:4} {outside:6.1%}"
        f"  left out {_median(left):6.1%}   "
        + " ".join(f"{field}={value:.3g}" for (_, field), value in fit.values.items()),
        flush=True,
    )
    return left


def typical(fits: Sequence[Fit], catalog: Catalog) -> Iterator[tuple[str, ...]]:
    """Yield stand-ins for parts of other makers: geometric means of times and paces of modules.

    Shares of a peak are not lent, nor what the catalogue knows of such parts.
    """
    found: dict[str, list[tuple[Stage, Coefficient, float]]] = {}
    for fit in fits:
        for c in fit.stage.coefficients:
            value = fit.values[(fit.generation, c.field)] / units.to_si(1.0, c.unit)
            found.setdefault(c.field, []).append((fit.stage, c, value))
    for field, members in found.items():
        base = field.removesuffix("_fp8")
        known = any(catalog.choose(OTHER, f) for f in (base, base.replace("per_cycle", "per_FLOP")))
        if len(members) < 2 or "sustained" in field or known:
            continue
        stage, coefficient, _ = members[0]
        shown = np.array([value for *_, value in members])
        value, low, high = (f"{v:.3g}" for v in (np.exp(np.log(shown).mean()), shown.min(), shown.max()))
        note = "mean of the measured generations"
        yield (OTHER, field, value, coefficient.unit, low, high, stage.source, "", "estimate", "", note)


def claims(fits: list[Fit]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the claims file; what one generation alone has measured stands in for all others too."""
    for fit in (*fits, *_lent(fits)):
        n, inside = fit.fitted
        held, outside = fit.held_out
        note = (
            f"{fit.stage.name}: fitted on {n} timings, median error left {inside:.1%}; "
            f"{outside:.1%} on {held} held out"
        )
        grade = "estimate" if fit.generation == OTHER else "measured"
        source = (fit.stage.source, fit.stage.file.removesuffix(".csv"), grade, "", note)
        for coefficient in fit.stage.coefficients:
            value = fit.values[(fit.generation, coefficient.field)] / units.to_si(1.0, coefficient.unit)
            band = fit.bands[coefficient.field]
            ends = (value * np.exp(-band), min(value * np.exp(band), max(coefficient.high, value)))
            low, high = (f"{end:.3g}" for end in ends)
            shown = f"{value:.3g}"
            low, high = min(low, shown, key=float), max(high, shown, key=float)
            yield (fit.generation, coefficient.field, shown, coefficient.unit, low, high, *source)
        for name, _ in fit.stage.choices:
            yield (fit.generation, name, f"{fit.values[(fit.generation, name)]:g}", "1", "", "", *source)


def _lent(fits: Sequence[Fit]) -> list[Fit]:
    """Return fits of stages that one generation alone has measured, as stand-ins for all others."""
    alone = [fit for fit in fits if sum(other.stage is fit.stage for other in fits) == 1]
    return [replace(fit, generation=OTHER, values=_moved(fit.values)) for fit in alone]


def _moved(values: Given) -> Given:
    return {(OTHER, field): value for (_, field), value in values.items()}


def before(path: Path) -> list[tuple[str, ...]]:
    """Return the rows of a claims file."""
    with path.open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return [tuple(row) for row in rows]


def write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write a file of claims."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def main() -> int:
    """Calibrate from the tables of a folder and write the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of measured tables")
    parser.add_argument("--out", type=Path, default=Path("data/claims/kernels.csv"))
    parser.add_argument("--only", default="", help="refit the stages whose name holds this; keep the others")
    options = parser.parse_args()
    stages = [stage for stage in STAGES if options.only in stage.name]
    rows = before(options.out) if options.only else []
    with tempfile.TemporaryDirectory() as folder:
        root = (
            Path(folder) / "data"
        )  # the catalogue without what an earlier calibration of these stages wrote
        shutil.copytree(data_root(), root)
        write(root / "claims" / options.out.name, rows)
        catalog = Catalog(root)
        fits = calibrate(options.folder, catalog, stages)
        found = [*claims(fits), *typical(fits, catalog)]
    fresh = {row[:2] for row in found}
    write(
        options.out, sorted([*found, *(row for row in rows if row[:2] not in fresh)], key=lambda row: row[0])
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
