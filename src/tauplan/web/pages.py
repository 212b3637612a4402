"""The views as pages: each a piece of markup with its charts, and how to get the same outside the browser."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.evaluate.answer import Answer
from tauplan.evaluate.device import evaluate_device
from tauplan.evaluate.explain import Parts, evaluate
from tauplan.evaluate.findings import Findings
from tauplan.evaluate.resolve import resolve
from tauplan.language import _
from tauplan.report.article import article, following
from tauplan.report.bibtex import bibliography, entry
from tauplan.report.compared import compared
from tauplan.report.device_page import device_article
from tauplan.report.elements import Charts, Html, raw
from tauplan.report.export import to_json_dict
from tauplan.report.part_page import part_article
from tauplan.report.text import time
from tauplan.spec.device import DeviceScenario
from tauplan.spec.override import apply
from tauplan.spec.scenario import Scenario
from tauplan.web.bases import Base
from tauplan.web.limits import LONGEST_CHANGE
from tauplan.web.questions import Wanted

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""The writer in C, where the library was built with it."""


@dataclass(frozen=True)
class Page:
    """What a view shows: markup, charts, and ``take``: the command, Python call, YAML and BibTeX to copy."""

    title: str
    html: Html
    charts: Charts
    take: dict[str, str]
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    def plain(self) -> dict[str, Any]:
        """Return the page as plain data."""
        data = {"title": self.title, "html": self.html, "charts": self.charts.specs, "take": self.take}
        return data | self.extra


@dataclass(frozen=True)
class Asked:
    """A scenario with changes, or a design of a study with changes."""

    base: Base
    changes: tuple[str, ...] = ()
    design: int | None = None

    def scenario_base(self) -> Base:
        """Return the scenario to start from: the text itself, or that of the design."""
        return self.base if self.design is None else _design(self.base, self.design)

    def answer(self, parts: Parts = "all") -> Answer:
        """Return the answer, or what of it is there first. Errors: :class:`InputError` with every problem."""
        base = self.scenario_base()
        if base.kind == "device":
            raise InputError(
                Problem(
                    "this is a scenario of a device",
                    value=base.name,
                    expected="one of a training or a service",
                )
            )
        scenario = base.read(self.changes)
        command = base.command(self.changes)
        if self.design is not None and not self.changes:
            command = shlex.join(["tauplan", "explain", self.base.path, str(self.design)])
        return evaluate(scenario, folder=base.folder, command=command, parts=parts)

    def findings(self) -> Findings:
        """Return what was found of a device. Errors: :class:`InputError` with every problem."""
        base = self.base
        return evaluate_device(
            base.device(self.changes), folder=base.folder, command=base.command(self.changes)
        )


@functools.lru_cache(maxsize=64)
def _design(study: Base, design: int) -> Base:
    from tauplan.web.studies import design_text

    return Base(
        f"{study.name}-{design}", design_text(study, design), f"{study.name}-{design}.yaml", study.folder
    )


def plan_page(asked: Asked, parts: Wanted = "all") -> Page:
    """Return a scenario's answer: the whole page, the page with parts left empty, or those parts alone."""
    if asked.base.kind == "device":
        return _device_page(asked, parts)
    answer = asked.answer("answer" if parts == "answer" else "all")
    charts = Charts()
    if parts == "rest":
        fine = answer.status == "ok"
        filled: dict[str, Any] = dict(following(answer, charts, top=1)) if fine else {}
        return Page(answer.name, raw(), charts, {}, {"parts": filled, "said": said(answer)})
    base = asked.scenario_base()
    html = article(answer, charts, "answer", top=1, later=parts == "answer")
    changed = apply(base.data, asked.changes, Scenario)
    take = {
        "command": answer.identity.command,
        "python": _imports(answer.identity.python),
        "yaml": _yaml(changed),
        "bibtex": bibliography([answer], Catalog.load().sources),
    }
    return Page(
        answer.name, html, charts, take, {"said": said(answer), "data": base.data, "status": answer.status}
    )


def _device_page(asked: Asked, parts: Wanted) -> Page:
    """Return what was found of a device; there is nothing that follows later."""
    found = asked.findings()
    charts = Charts()
    if parts == "rest":
        return Page(
            found.name, raw(), charts, {}, {"parts": {}, "said": {"name": found.name, "seconds": None}}
        )
    html = device_article(found, charts)
    changes = f", {asked.changes!r}" if asked.changes else ""
    take = {
        "command": found.command,
        "python": "from pathlib import Path\n\nfrom tauplan.evaluate.device import evaluate_device\n"
        "from tauplan.spec.device import read_device_scenario\n\n"
        f"found = evaluate_device(read_device_scenario(Path({asked.base.path!r}){changes}))",
        "yaml": _yaml(apply(asked.base.data, asked.changes, DeviceScenario)),
        "bibtex": bibliography([found], Catalog.load().sources),
    }
    more = {"said": {"name": found.name, "seconds": None}, "data": asked.base.data, "status": found.status}
    return Page(found.name, html, charts, take, more)


def compare_page(designs: Sequence[Asked]) -> Page:
    """Return scenarios side by side."""
    answers = [asked.answer() for asked in designs]
    charts = Charts()
    html = compared(answers, charts, links=False)
    paths = [asked.scenario_base().path for asked in designs]
    command = "\n".join(answer.identity.command for answer in answers)
    if not any(asked.changes or asked.design is not None for asked in designs):
        command = shlex.join(["tauplan", "compare", *paths])
    texts = [_yaml(apply(a.scenario_base().data, a.changes, Scenario)) for a in designs]
    take = {
        "command": command,
        "python": _imports("answers = [\n    " + ",\n    ".join(a.identity.python for a in answers) + ",\n]"),
        "yaml": "---\n".join(texts),
        "bibtex": bibliography(answers, Catalog.load().sources),
    }
    title = _("Side by side") + ": " + ", ".join(answer.name for answer in answers)
    return Page(
        title, raw("<article>", html, "</article>"), charts, take, {"said": [said(a) for a in answers]}
    )


def market_page(series: str, entity: str) -> Page:
    """Return a series of market figures, or the ledger where none is named."""
    from tauplan.report.market_page import ledger_article, series_article, series_name
    from tauplan.supply.market.ledger import run_checks, shipped_checks
    from tauplan.supply.market.series import of_series, shipped_figures

    figures = shipped_figures()
    findings = run_checks(shipped_checks(), figures)
    charts = Charts()
    if not series:
        take = {
            "command": "tauplan market check --full",
            "python": "from tauplan.supply.market.ledger import run_checks, shipped_checks\n"
            "from tauplan.supply.market.series import shipped_figures\n\n"
            "findings = run_checks(shipped_checks(), shipped_figures())",
        }
        return Page(_("The ledger"), ledger_article(figures, findings), charts, take)
    found = of_series(figures, series, entity or None)
    html = series_article(series, found, findings, charts, _projected(found))
    words = ["tauplan", "market", "show", series, *(["--entity", entity] if entity else [])]
    chosen = f", entity={entity!r}" if entity else ""
    take = {
        "command": shlex.join(words),
        "python": "from tauplan.supply.market.series import of_series, shipped_figures\n\n"
        f"figures = of_series(shipped_figures(), {series!r}{chosen})",
        "bibtex": _figures_bibtex(found),
    }
    entities = list(dict.fromkeys(f.entity for f in of_series(figures, series, None)))
    return Page(series_name(series), html, charts, take, {"entities": entities})


def _figures_bibtex(found: Sequence[Any]) -> str:
    from tauplan.catalog.claims import Source

    known = Catalog.load().sources
    names = dict.fromkeys(figure.source for figure in found)
    return "\n".join(entry(known.get(name) or Source(name)) for name in names)


def _projected(found: Sequence[Any]) -> Any:
    """Return what a projection of a series would say, where it has one subject and enough figures."""
    import numpy as np

    from tauplan.errors import InputError
    from tauplan.report.market_page import Projected
    from tauplan.supply.market.timeline import timeline
    from tauplan.supply.price.forecast import LEAST_HISTORY, backtest, project

    observed = [f for f in found if f.kind in ("observed", "reported", "derived")]
    if len({f.entity for f in observed}) != 1:
        return None
    try:
        line = timeline(observed)
    except InputError:
        return None
    if (
        int(np.isfinite(line.values).sum()) <= LEAST_HISTORY
        or not (line.values[np.isfinite(line.values)] > 0).all()
    ):
        return None
    ahead = (1, 2, 3) if line.step == "year" else (1, 3, 6, 12)
    scores = backtest(np.log(line.values), ahead).scores()
    return Projected(line, project(line.values, ahead), scores, observed[0].unit)


def part_page(part: str, examples: Sequence[Base]) -> Page:
    """Return a part of the catalogue. Errors: :class:`InputError` naming the nearest."""
    catalog = Catalog.load()
    found = catalog.resolve(part)
    sources = dict.fromkeys(claim.source for claim in catalog.claims(found.name))
    take = {
        "command": shlex.join(["tauplan", "catalog", "show", found.name]),
        "python": "from tauplan.catalog.lookup import Catalog\n\n"
        f"claims = Catalog.load().claims({found.name!r})",
        "bibtex": "\n".join(
            entry(catalog.sources[name]) for name in sorted(sources) if name in catalog.sources
        ),
    }
    return Page(found.name, part_article(catalog, found, _uses(tuple(examples))), Charts(), take)


@functools.lru_cache(maxsize=4)
def _uses(examples: tuple[Base, ...]) -> dict[tuple[str, str], list[str]]:
    """Return which examples rest on each claim."""
    uses: dict[tuple[str, str], list[str]] = {}
    catalog = Catalog.load()
    for base in examples:
        for key in resolve(base.read(()), catalog, base.folder).book.uses:
            uses.setdefault(key, []).append(base.name)
    return uses


def file_page(name: str, path: Path, on: str, files: Sequence[str]) -> Page:
    """Return what a file that was brought along holds. Errors: :class:`InputError` for what cannot be read."""
    from tauplan.web.own_files import shown

    return shown(name, path, on, tuple(files))


def said(answer: Answer) -> dict[str, Any]:
    """Return the time to result and its interval, in seconds and as a person reads them."""
    if answer.status != "ok":
        return {"name": answer.name, "seconds": None}
    told: dict[str, Any] = {
        "name": answer.name,
        "seconds": answer.time_to_result_s,
        "time": time(answer.time_to_result_s),
    }
    if answer.interval is not None:
        low, high = answer.interval.low_s, answer.interval.high_s
        told |= {"low_s": low, "high_s": high, "low": time(low), "high": time(high)}
    return told


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.dump(dict(data), Dumper=DUMPER, sort_keys=False, allow_unicode=True, width=LONGEST_CHANGE)


def _imports(call: str) -> str:
    return f"from pathlib import Path\n\nimport tauplan\n\n{call}"


VIEWS: dict[str, Callable[..., Page]] = {
    "plan": plan_page,
    "compare": compare_page,
    "market": market_page,
    "part": part_page,
    "file": file_page,
}
"""Views that a worker makes at once; studies, order plans and accuracy are jobs."""

__all__ = ["VIEWS", "Asked", "Page", "to_json_dict"]
