"""Write the pages of docs/ that follow from code and data: scenario fields, models, catalogue, accuracy, ladder."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import link_docs
from serving_page import serving_page, serving_picture

from tauplan.catalog.lookup import Catalog
from tauplan.spec.schema import scenario_schema
from tauplan.validate.training import shipped_cases, training_errors

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ROOMS = ("technology", "link", "workload", "chip", "cluster", "cost", "supply")


def scenario_page() -> str:
    """Return the fields of a scenario, from the JSON Schema."""
    schema = scenario_schema()
    lines = [
        "# Scenario fields",
        "",
        "A scenario is a YAML 1.2 file. Quantities are text with units: `400 Gb/s`, `12 weeks`.",
        "",
    ]
    lines += _fields("scenario", schema)
    for name, definition in sorted(schema["$defs"].items()):
        if "properties" in definition:
            lines += _fields(name, definition)
    return "\n".join(lines) + "\n"


def _fields(name: str, definition: dict[str, Any]) -> Iterator[str]:
    yield from (
        f"## {name}",
        "",
        definition.get("description", ""),
        "",
        "| field | default | meaning |",
        "| --- | --- | --- |",
    )
    needed = set(definition.get("required", ()))
    for field, info in definition["properties"].items():
        default = (
            "required"
            if field in needed
            else f"`{info['default']}`"
            if info.get("default") is not None
            else ""
        )
        yield f"| `{field}` | {default} | {info.get('description', '')} |"
    yield ""


def models_page() -> str:
    """Return every public function of the model rooms with its contract, from the docstrings."""
    lines = ["# Models", "", "The contract of every model function: equation, units, validity, source.", ""]
    for room in ROOMS:
        lines += [f"## {room}", ""]
        for path in sorted((ROOT / "src" / "tauplan" / room).rglob("*.py")):
            lines += _functions(path)
    return "\n".join(lines) + "\n"


def _functions(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    for node in public:
        where = path.relative_to(ROOT / "src" / "tauplan").with_suffix("").as_posix().replace("/", ".")
        arguments = ", ".join(a.arg for a in [*node.args.args, *node.args.kwonlyargs])
        yield from (f"### {where}.{node.name}({arguments})", "", ast.get_docstring(node) or "", "")


def shipped_section() -> list[str]:
    """Return the lines on the training cases that ship with the project, case by case."""
    rows = training_errors(shipped_cases())
    lines = [
        "## Cases that ship with tauplan",
        "",
        "Published training runs against predictions from their configuration alone. One model and one set of",
        "coefficients serve all rows. `calibration` rows were used to fit one number, the sustained clock of the",
        "A100 generation; `check` rows were not. Kernel coefficients come from separate kernel timings (see",
        "the `generation` parts of the catalogue).",
        "",
        "| case | used for | measured | predicted | error |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        pair = f"{_number(row.measured)} | {_number(row.predicted)}"
        lines.append(f"| {row.case} | {row.use} | {pair} | {100 * row.error:+.1f} % |")
    lines += ["", "| study | rows | mean error | largest |", "| --- | ---: | ---: | ---: |"]
    for study in ("megatron-2021", "recompute-2022"):
        errors = [abs(row.error) for row in rows if row.case.startswith(study)]
        lines.append(
            f"| {study} | {len(errors)} | {100 * sum(errors) / len(errors):.1f} % | {100 * max(errors):.1f} % |"
        )
    return [*lines, "", "FLOP/s count recomputation, as the study does; step times are in seconds."]


def _number(value: float) -> str:
    return f"{value / 1e12:.1f} TFLOP/s" if value > 1e6 else f"{value:.2f} s"


def catalogue_page() -> str:
    """Return what the catalogue holds, and where its sources contradict each other."""
    catalog = Catalog.load()
    lines = ["# Catalogue", "", "| kind | parts | claims |", "| --- | ---: | ---: |"]
    for kind in catalog.kinds():
        parts = catalog.parts(kind)
        lines.append(f"| {kind} | {len(parts)} | {sum(len(catalog.claims(p.name)) for p in parts)} |")
    lines += [
        "",
        "## Contested claims",
        "",
        "The first value is the one used; `pins` in a scenario choose another.",
        "",
    ]
    lines += ["| part | field | used | rivals |", "| --- | --- | --- | --- |"]
    for part in catalog.parts():
        for field in dict.fromkeys(claim.field for claim in catalog.claims(part.name)):
            choice = catalog.choose(part.name, field)
            if choice and choice.rivals and part.kind != "model":
                rivals = "; ".join(f"{r.text} ({r.grade})" for r in choice.rivals)
                lines.append(
                    f"| {part.name} | {field} | {choice.claim.text} ({choice.claim.grade}) | {rivals} |"
                )
    return "\n".join(lines) + "\n"


def ladder_picture() -> str:
    """Return the τ ladder of the first example as SVG."""
    import vl_convert

    import tauplan
    from tauplan.report.charts import ladder_chart

    answer = tauplan.answer(tauplan.read_scenario(ROOT / "examples" / "kunlun3-train.yaml"))
    spec = ladder_chart(answer) | {"width": 620, "background": "white"}
    return vl_convert.vegalite_to_svg(spec)


@functools.cache
def lane_change() -> Any:
    """Return the study of a lane change with its outcome and front; some minutes on all cores."""
    from tauplan.explore.executors import local
    from tauplan.explore.findings import Findings
    from tauplan.explore.prepared import ready
    from tauplan.explore.rows import rows
    from tauplan.explore.run import explore
    from tauplan.spec.study import read_study

    study = ready(read_study(ROOT / "examples" / "study-lane-change.yaml"), Catalog.load())
    outcome = explore(study, local(None))
    front = rows(study, outcome.front_in_order().tolist())
    return Findings(study, outcome, front, (), (), (), (), ())


def front_picture() -> str:
    """Return the fronts of the study of a lane change as SVG, one for each market."""
    from tauplan.report.front_chart import front_chart

    found = lane_change()
    return _svg(front_chart(found.prepared, found.outcome, found.front))


def front_axes_picture() -> str:
    """Return the same fronts across all axes as SVG."""
    from tauplan.report.study_charts import parallel_chart

    return _svg(parallel_chart(lane_change()))


def _svg(chart: dict[str, Any]) -> str:
    import vl_convert

    from tauplan.report.palette import literal

    quiet = chart["config"] | {"aria": False}  # the text beside the picture says what its marks would
    return vl_convert.vegalite_to_svg(
        literal(chart) | {"width": 820, "background": "white", "config": literal(quiet)}
    )


PAGES = {
    "scenario.md": scenario_page,
    "models.md": models_page,
    "catalogue.md": catalogue_page,
    "ladder.svg": ladder_picture,
    "links.md": link_docs.links_page,
    "links-loss.svg": link_docs.loss_picture,
    "links-energy.svg": link_docs.energy_picture,
    "links-step.svg": link_docs.step_picture,
    "serving.md": serving_page,
    "serving.svg": serving_picture,
    "front.svg": front_picture,
    "front-axes.svg": front_axes_picture,
}


def main() -> None:
    """Write the pages named on the command line, or all of them."""
    DOCS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PAGES:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
