"""Write docs/accuracy.md and its charts from a folder of measured tables.

    python tools/make_accuracy.py FOLDER

Tables are predicted by the same code as ``tauplan validate``; what ships with the project is in the last section.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import vl_convert
from make_docs import shipped_section

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.validate.folder import predict_folder
from tauplan.validate.interval import each, kind_of, may_fit
from tauplan.validate.prediction import Prediction, summarise

DOCS = Path(__file__).parents[1] / "docs"
MOST_POINTS = 300  # of one picture: more hide one another
HEAD = """# Accuracy

Measurements that others published, against predictions from their configuration alone. One set of models and
one set of coefficients serve all rows; the coefficients are claims of the catalogue (`generation`, `framework`
and other parts) and say what they were fitted on. Where a table marks its rows, *fitted* rows may have been used
for that and *held out* rows never were. Where it does not, the two are shares by a hash that only the intervals
use: the coefficients of kernels and collectives may have seen either, and their own held-out and leave-one-out
errors stand in [kernels](kernels.md), [collectives](collectives.md) and [mixtures of experts](moe.md). A row that
could not be predicted counts against *answered*. *Inside* is the share of rows inside their 90 % interval.

Reproduce a line with `tauplan validate --cases TABLE.csv`; layouts are recognised by their columns.
"""


def main() -> None:
    """Predict the folder's tables and write the page."""
    found = predict_folder(
        Path(sys.argv[1]), Catalog.load(), lambda name: print(name, flush=True)
    ).predictions
    kinds: dict[str, list[Prediction]] = {}
    for prediction in each(found):
        kinds.setdefault(kind_of(prediction), []).append(prediction)
    (DOCS / "accuracy").mkdir(parents=True, exist_ok=True)
    lines = [HEAD, *_table("kind of case", _by_kind(kinds)), "", "## By device", ""]
    lines += [*_table("kind and device", _by_device(kinds)), "", "## Predicted against measured", ""]
    for kind, members in sorted(kinds.items()):
        answered = [p for p in members if p.answered]
        if len(answered) >= 10:
            name = kind.replace(" ", "-").replace(",", "")
            (DOCS / "accuracy" / f"{name}.svg").write_text(_picture(kind, answered), encoding="utf-8")
            lines.append(f"![{kind}](accuracy/{name}.svg)")
    lines += ["", "## What other tools report", "", *_peers(), "", *shipped_section()]
    (DOCS / "accuracy.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


Groups = Iterator[tuple[str, Sequence[Prediction]]]


def _by_kind(kinds: dict[str, list[Prediction]]) -> Groups:
    for kind, members in sorted(kinds.items()):
        for name, fit in (("fitted", True), ("held out", False)):
            chosen = [p for p in members if may_fit(p) is fit]
            if chosen:
                yield f"{kind}, {name}", chosen


def _by_device(kinds: dict[str, list[Prediction]]) -> Groups:
    for kind, members in sorted(kinds.items()):
        devices = dict.fromkeys(p.device for p in members)
        for device in sorted(devices):
            yield f"{kind} · {device}", [p for p in members if p.device == device]


def _table(head: str, groups: Groups) -> Iterator[str]:
    yield f"| {head} | rows | answered | median error | 90 % below | bias | inside |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, members in groups:
        s = summarise(name, members)
        cells = (s.coverage, s.median_abs, s.p90_abs)
        shown = [*(_percent(cell) for cell in cells), _percent(s.median_signed, "+"), _percent(s.inside)]
        yield f"| {name} | {s.cases:,} | {' | '.join(shown)} |"


def _percent(value: float, sign: str = "") -> str:
    return "–" if value != value else f"{100 * value:{sign}.1f} %"


def _picture(kind: str, answered: Sequence[Prediction]) -> str:
    step = max(1, len(answered) // MOST_POINTS)
    values = [
        {"measured": p.measured, "predicted": p.predicted, "rows": "fitted" if may_fit(p) else "held out"}
        for p in answered[::step]
        if p.predicted > 0
    ]
    both = [end for v in values for end in (v["measured"], v["predicted"])]
    ends = [min(both), max(both)]
    scale = {"type": "log", "domain": ends}
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": kind,
        "width": 300,
        "height": 300,
        "background": "white",
        "layer": [
            {
                "data": {"values": [{"x": end, "y": end} for end in ends]},
                "mark": {"type": "line", "color": "#999", "strokeWidth": 1},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative"},
                    "y": {"field": "y", "type": "quantitative"},
                },
            },
            {
                "data": {"values": values},
                "mark": {"type": "point", "filled": True, "size": 14, "opacity": 0.5},
                "encoding": {
                    "x": {
                        "field": "measured",
                        "type": "quantitative",
                        "scale": scale,
                        "axis": {"tickCount": 4},
                    },
                    "y": {
                        "field": "predicted",
                        "type": "quantitative",
                        "scale": scale,
                        "axis": {"tickCount": 4},
                    },
                    "color": {
                        "field": "rows",
                        "scale": {"domain": ["fitted", "held out"], "range": ["#7a8b99", "#b5432a"]},
                        "legend": {"title": None, "orient": "bottom"},
                    },
                },
            },
        ],
    }
    return vl_convert.vegalite_to_svg(spec)


def _peers() -> Iterator[str]:
    yield "| tool | cases | metric | error | as found |"
    yield "| --- | --- | --- | --- | --- |"
    with (data_root() / "peers.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield f"| {row['tool']} | {row['cases']} | {row['metric']} | {row['error']} | {row['source']} |"


if __name__ == "__main__":
    main()
