"""Fill the tables of docs/networks.md: described networks beside published totals, errors on measured rows.

    python tools/networks_page.py [MEASURED.csv]

Without a table of measured rows only the first table is renewed.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import read_table
from tauplan.workload.net.layer import stack
from tauplan.workload.net.published import Published, published
from tauplan.workload.net.zoo import find_net, net_layers

PAGE = Path(__file__).parents[1] / "docs" / "networks.md"
GROUPS = {  # pattern of family, mode and device -> words of the table
    r"flagperf-inference": "FlagPerf, inference",
    r"flagperf-training": "FlagPerf, training (fitted)",
    r"horizon-rdk": "RDK model zoo on a BPU (fitted)",
    r"lambda-train .* (resnet50|ssd|bert)": "Lambda training recipes, vision and encoders (nothing fitted)",
    r"lambda-train": "Lambda training recipes, sound, translation, recommendation (nothing fitted)",
    r"mlperf-inference.*(orin|thor)": "MLPerf inference on Jetson modules (v2.1 fitted, v3.0 and v4.1 not)",
    r"mlperf-inference.*multistream": "MLPerf inference, MultiStream",
    r"mlperf-inference.*offline": "MLPerf inference, Offline (v2.1 fitted; v3.0 to v5.1 not)",
    r"mlperf-inference.*server": "MLPerf inference, Server",
    r"mlperf-inference.*singlestream": "MLPerf inference, SingleStream",
    r"mlperf-training-v3": "MLPerf training v3.1 (fitted)",
    r"mlperf-training": "MLPerf training v4.1 (fitted)",
    r"nvidia-dle.* train": "NVIDIA recipes, training (fitted)",
    r"nvidia-dle": "NVIDIA recipes, inference (fitted)",
    r"timm .*i7-12700h": "image models, i7-12700H (nothing fitted)",
    r"timm .*i9-10940x": "image models, i9-10940X (nothing fitted)",
    r"timm train.*3090": "image models, RTX 3090, training (fitted)",
    r"timm .*3090": "image models, RTX 3090 (fitted)",
    r"timm .*compiled.*4090": "image models, RTX 4090, compiled (nothing fitted)",
    r"timm .*4090": "image models, RTX 4090 (nothing fitted)",
}


def main(arguments: list[str]) -> None:
    """Write the tables into the page."""
    text = filled(PAGE.read_text(encoding="utf-8"), "described", described())
    if arguments:
        text = filled(text, "measured", measured(Path(arguments[0])))
    PAGE.write_text(text, encoding="utf-8")


def filled(text: str, mark: str, lines: Iterator[str]) -> str:
    """Return a page with lines between the two marks of a table."""
    start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    before, _, rest = text.partition(start)
    return before + start + "".join(f"{line}\n" for line in lines) + end + rest.partition(end)[2]


def described() -> Iterator[str]:
    """Yield the table of described networks: counted from layers, published, difference."""
    catalog = Catalog.load()
    yield "| network | size | M parameters | published | | GMACs | published | | source |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in published(catalog.root):
        yield _row(row, catalog)


def _row(row: Published, catalog: Catalog) -> str:
    net = find_net(catalog.root, row.net)
    layers = net_layers(net, 1.0, row.size)
    sizes = stack(layers)
    counted = np.array([layer.kind != row.without for layer in layers])
    parameters, macs = sizes.parameters.sum() / 1e6, (sizes.macs * counted).sum() / 1e9
    cells = [row.net, str(row.size or net.input)]
    cells += [f"{parameters:,.4g}", *_compared(parameters, row.parameters_M)]
    cells += [f"{macs:,.4g}" + (" ¹" if row.without else ""), *_compared(macs, row.macs_G)]
    return "| " + " | ".join([*cells, row.source + ("" if row.seen else " ²")]) + " |"


def _compared(found: float, text: str | None) -> tuple[str, str]:
    return (
        ("", "") if text is None else (f"{float(text):,.5g}", f"{100.0 * (found / float(text) - 1.0):+.1f} %")
    )


def measured(path: Path) -> Iterator[str]:
    """Yield the table of errors by suite and device."""
    groups: dict[str, list[Prediction]] = defaultdict(list)
    rows = read_table(path).rows
    for row, found in zip(rows, predict_file(path, Catalog.load()), strict=True):
        words = f"{row['family']} {row['mode']} {row['device']} {row['model']}".casefold()
        name = next((name for pattern, name in GROUPS.items() if re.search(pattern, words)), row["family"])
        groups[name].append(found)
    yield "| rows | cases | answered | median error | 90 % below |"
    yield "| --- | --- | --- | --- | --- |"
    for name in sorted(groups):
        errors = np.array([abs(p.error) for p in groups[name] if p.answered])
        answered = len(errors) / len(groups[name])
        yield (
            f"| {name} | {len(groups[name]):,} | {answered:.1%} | {np.median(errors):.1%} | "
            f"{np.quantile(errors, 0.9):.1%} |"
        ).replace("%", " %")


if __name__ == "__main__":
    main(sys.argv[1:])
