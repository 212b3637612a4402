"""Errors of training steps and of power when a generation, or a study, had never been measured.

    python tools/leave_one_out.py FOLDER

Each generation in turn loses every coefficient that was fitted on its own devices and takes those of the
generation that stands in for it; each study loses what was fitted on its rows. Writes docs/leave-one-out.md, and
the band of training on generations without measured runs: how far those left out lay. Runs of one node are sampled,
since they are many.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.interval import QUANTILES, residual
from tauplan.validate.power_rows import power_rows
from tauplan.validate.prediction import Prediction, summarise
from tauplan.validate.table import Row, Table, UnansweredError, read_table
from tauplan.validate.training_rows import training_rows

SAMPLED, STEP = "vtrain-single-node", 12  # a family of very many rows, and which share of it is used
STUDIES = {
    "vtrain-single-node": "vtrain-measurements",
    "mosaic-mpt": "llm-foundry-benchmarks",
    "megatron-bridge": "nemo-performance",
    "narayanan2021-T2": "narayanan2021",
}
"""Source of what was fitted on a family of rows."""
HEAD = """# Never measured

What errors would be for devices and studies that nobody had measured. A *generation* loses every coefficient that
was fitted on its own devices (kernels, training software, power) and takes those of the generation that stands in
for it (`like`), then those of *other datacentre accelerator*. A *study* loses what was fitted on its rows. Written
by `tools/leave_one_out.py`.

"""
BAND, LEAST, GRID = "training of other generations", 20, 101
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"
Drop = Callable[[Row], bool]
Predict = Callable[[Table, Devices], list[Prediction]]


@dataclass(frozen=True)
class Case:
    """A table of some kind of rows, and the function that predicts it."""

    name: str
    device: str
    table: Table
    predict: Predict

    def only(self, keep: Callable[[Row], bool]) -> Table:
        """Return the table of the rows that are kept."""
        chosen = [i for i, row in enumerate(self.table.rows) if keep(row)]
        rows, lines = (tuple(column[i] for i in chosen) for column in (self.table.rows, self.table.lines))
        return Table(self.table.path, self.table.columns, rows, lines)


def main() -> None:
    """Predict every generation and study with and without its own coefficients, and write the page."""
    folder = Path(sys.argv[1])
    catalog = Catalog.load()
    cases = [
        Case("training", "accel", _sampled(read_table(folder / "A_llm_training.csv")), training_rows),
        Case("power", "device", read_table(folder / "F_energy_power.csv"), power_rows),
    ]
    lines, left_out = _lines(cases, catalog)
    page = HEAD + "\n".join(lines) + "\n"
    _write_band(left_out)
    (Path(__file__).parents[1] / "docs" / "leave-one-out.md").write_text(page, encoding="utf-8")
    print(page)


def _sampled(table: Table) -> Table:
    def keep(row: Row) -> bool:
        return row.get("family") != SAMPLED or int(row["case_id"][1:]) % STEP == 0

    return Case("", "", table, training_rows).only(keep)


def _lines(cases: Sequence[Case], catalog: Catalog) -> tuple[list[str], list[list[Prediction]]]:
    """Return the lines of the page, and the predictions of training on each generation without its own."""
    devices, left_out = Devices(catalog), list[list[Prediction]]()
    lines = ["| left out | rows of | rows | median error | without its own | 90 % below | bias |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for case in cases:
        generations = {row[case.device]: _generation(row[case.device], devices) for row in case.table.rows}
        for generation in sorted(filter(None, set(generations.values()))):
            part = case.only(lambda row, g=generation, c=case, all_=generations: all_[row[c.device]] == g)
            dropped = _without(
                lambda claim, g=generation: claim["part"] == g and claim["grade"] == "measured"
            )
            line, without = _line(generation, case, part, devices, dropped)
            lines.append(line)
            left_out += [without] if case.name == "training" else []
    for family, source in STUDIES.items():
        for case in cases:
            part = case.only(lambda row, f=family: row.get("family") == f)
            if part.rows:
                dropped = _without(
                    lambda claim, s=source: claim["source"] == s and claim["grade"] == "measured"
                )
                lines.append(_line(family, case, part, devices, dropped)[0])
    return lines, left_out


def _line(
    left_out: str, case: Case, table: Table, devices: Devices, dropped: Catalog
) -> tuple[str, list[Prediction]]:
    own = summarise(left_out, case.predict(table, devices))
    found = case.predict(table, Devices(dropped))
    without = summarise(left_out, found)
    shown = [f"{100 * x:.1f} %" for x in (own.median_abs, without.median_abs, without.p90_abs)]
    cells = (left_out, case.name, str(own.cases), *shown, f"{100 * without.median_signed:+.1f} %")
    print(*cells, flush=True)
    return f"| {' | '.join(cells)} |", found


def _write_band(left_out: Sequence[Sequence[Prediction]]) -> None:
    """Write the band of generations without runs: 90 % of those left out, each generation counted alike."""
    measured = [[residual(p) for p in found if p.answered] for found in left_out]
    even = [np.quantile(each, np.linspace(0.0, 1.0, GRID)) for each in measured if len(each) >= LEAST]
    low, high = np.quantile(np.concatenate(even), QUANTILES)
    note = f"quantiles at 5 % and 95 % of {len(even)} generations, each without its own coefficients"
    band = f"ratio,1,1,{min(low, 1.0):.3g},{max(high, 1.0):.3g}"
    row = f'residual {BAND},{band},tauplan-validation,,measured,,"{note}"\n'
    (data_root() / "claims" / "left_out.csv").write_text(HEADER + row, encoding="utf-8")


def _generation(device: str, devices: Devices) -> str:
    try:
        return devices.catalog.resolve(devices.part(device)).generation
    except (InputError, UnansweredError):
        return ""


def _without(drop: Drop) -> Catalog:
    """Return a catalogue without the claims to drop, in a folder of its own."""
    root = Path(tempfile.mkdtemp()) / "data"
    shutil.copytree(data_root(), root)
    for path in (root / "claims").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames or ()
            kept = [row for row in reader if not drop(row)]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
    return Catalog.load(root)


if __name__ == "__main__":
    main()
