"""What a job's own process does: the study, plan or validation, its pages in every language, kept in its folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.language import LANGUAGES, _, told, use
from tauplan.report.elements import Charts
from tauplan.web.job import Job, shown
from tauplan.web.pages import Page
from tauplan.web.pool import limit, too_much_memory
from tauplan.web.tasks import document, packed

log = logging.getLogger("tauplan.web")

EVERY_S = 0.2
TOP, MOST_FRONT = 10, 2000

Tell = Callable[[int, int, str], None]
Made = Callable[[bool], Page]
"""Makes the page in the language in use: for the planner, or (True) to stand alone."""


def work(line: Connection, job: Job, folder: Path, memory_B: int) -> None:
    """Do a job and end: progress and the outcome go through the line, the pages to the folder."""
    limit(memory_B)
    last = 0.0

    def tell(done: int, total: int, words: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY_S or done >= total:
            last = now
            line.send(("progress", done, total, words))

    try:
        make = KINDS[job.kind](job, folder, tell)
        for language in LANGUAGES:
            with use(language):
                (folder / f"page.{language}.gz").write_bytes(packed(make(False).plain()))
                (folder / f"report.{language}.gz").write_bytes(document(make(True)))
        line.send(("done",))
    except InputError as error:
        line.send(("refused", [shown(problem) for problem in error.problems]))
    except (MemoryError, ImportError):
        line.send(("refused", [shown(too_much_memory())]))
    except Exception as error:
        log.error("fault in job %s", job.id, exc_info=error)
        said = Problem("a fault in the program", hint="the server's log says more")
        line.send(("refused", [shown(said)]))


def study(job: Job, folder: Path, tell: Tell) -> Made:
    """Run a study, from its journal where there is one."""
    from tauplan.explore.executors import Here
    from tauplan.explore.findings import findings
    from tauplan.explore.run import explore
    from tauplan.explore.sampling import sampled
    from tauplan.report.study import distinct, study_data, words
    from tauplan.report.study_page import study_article
    from tauplan.report.text import quantity
    from tauplan.web.studies import prepared

    started = time.perf_counter()
    made = prepared(job.base, job.changes)

    def progress(done: int, total: int) -> None:
        tell(done, total, "")

    if made.file.study.sample is not None:
        outcome = sampled(made, made.file.study.sample, progress)
    else:
        journal = folder / "study.journal"
        outcome = explore(made, Here(), journal, resume=journal.exists(), progress=progress)

    def doing(words: str) -> None:
        tell(outcome.designs, max(outcome.designs, 1), words)

    found = findings(made, outcome, TOP, doing)
    apart = distinct(made, found.front)[:MOST_FRONT]
    rows_apart = replace(found, front=tuple(row for row, _alike in apart))
    data = study_data(rows_apart, time.perf_counter() - started)
    figures = made.wanted.objectives
    for plain, (row, alike) in zip(data["front"], apart, strict=True):
        plain |= {"words": words(made, row), "alike": alike}
    line = ["tauplan", "explore", job.path, *(word for change in job.changes for word in ("--set", change))]
    take = _taken(line, "explore", job)

    def page(whole: bool) -> Page:
        charts = Charts()
        html = study_article(found, charts, fronts=whole)
        if whole:
            return Page(made.file.study.name, html, charts, take)
        for plain in data["front"]:
            plain["texts"] = {f.name: quantity(plain["figures"][f.name], f.unit) for f in figures}
        for objective, figure in zip(data["objectives"], figures, strict=True):
            objective["label"] = told(figure.label)
        return Page(made.file.study.name, html, charts, take, {"study": data})

    return page


def supply(job: Job, folder: Path, tell: Tell) -> Made:
    """Solve an order plan, from its journal where there is one."""
    from tauplan.report.sourcing_page import sourcing_article
    from tauplan.supply.plan.answer import answer_plan
    from tauplan.supply.plan.open_orders import orders_csv
    from tauplan.supply.plan.read import parse_plan

    plan = parse_plan(job.text, job.example or "plan")
    said = 0

    def say(words: str) -> None:
        nonlocal said
        said += 1
        tell(said, 0, words)

    answer = answer_plan(plan, say=say, journal=folder / "plan.journal")
    take = _taken(["tauplan", "source", job.path], "source", job)
    extra: dict[str, Any] = {"feasible": answer.feasible}
    if answer.feasible:
        extra["csv"] = orders_csv(plan, answer.orders)
        extra["orders"] = [asdict(order) for order in answer.orders]

    def page(whole: bool) -> Page:
        charts = Charts()
        return Page(plan.name, sourcing_article(answer, charts), charts, take, {} if whole else extra)

    return page


def accuracy(job: Job, folder: Path, tell: Tell) -> Made:
    """Predict all measured cases that ship with the catalogue."""
    del job, folder
    from tauplan.report.accuracy_page import accuracy_article
    from tauplan.validate.prediction import Prediction
    from tauplan.validate.shipped import shipped_kernels, shipped_servers, shipped_serving, shipped_training

    catalog = Catalog.load()
    parts = (shipped_training, shipped_servers, shipped_kernels, shipped_serving)
    found: list[Prediction] = []
    for place, predict in enumerate(parts):
        tell(place, len(parts), "")
        found += predict(catalog)
    cases = [
        {
            "case": p.case, "family": p.family, "device": p.device, "metric": p.metric,
            "measured": p.measured, "predicted": p.predicted, "error": p.error, "reason": p.reason,
        }
        for p in found
    ]  # fmt: skip
    take = {
        "command": "tauplan validate",
        "python": "from tauplan.catalog.lookup import Catalog\n"
        "from tauplan.validate.shipped import shipped_predictions\n\n"
        "predictions = shipped_predictions(Catalog.load())",
    }

    def page(whole: bool) -> Page:
        charts = Charts()
        html = accuracy_article(_("Predicted against measured"), found, charts)
        return Page(_("Predicted against measured"), html, charts, take, {} if whole else {"cases": cases})

    return page


KINDS: dict[str, Callable[[Job, Path, Tell], Made]] = {"study": study, "supply": supply, "accuracy": accuracy}

PYTHON = {
    "explore": "from pathlib import Path\n\nfrom tauplan.catalog.lookup import Catalog\n"
    "from tauplan.explore.executors import local\nfrom tauplan.explore.prepared import ready\n"
    "from tauplan.explore.run import explore\nfrom tauplan.spec.study import read_study\n\n"
    "prepared = ready(read_study(Path({path!r})), Catalog.load())\n"
    "outcome = explore(prepared, local())",
    "source": "from pathlib import Path\n\nfrom tauplan.supply.plan.answer import answer_plan\n"
    "from tauplan.supply.plan.read import read_plan\n\nanswer = answer_plan(read_plan(Path({path!r})))",
}


def _taken(words: list[str], verb: str, job: Job) -> dict[str, str]:
    import shlex

    return {"command": shlex.join(words), "python": PYTHON[verb].format(path=job.path), "yaml": job.text}
