"""Files that a client brought along, read in a worker: a model's config.json, a network, measured cases."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.errors import InputError, Problem
from tauplan.language import _
from tauplan.report.elements import Charts, element, paragraph, raw, table, text
from tauplan.web.pages import Page


def shown(name: str, path: Path, on: str, files: tuple[str, ...]) -> Page:
    """Return what a file holds. Errors: :class:`InputError` for what cannot be read."""
    del files
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(Problem("an unknown kind of file", value=name, expected=", ".join(READERS)))
    return read(name, path, on)


def _model(name: str, path: Path, on: str) -> Page:
    from tauplan.workload.llm.catalogued import model_shape
    from tauplan.workload.llm.parameters import count_parameters

    del on
    shape = model_shape(path.name, Catalog.load(), DEFAULT, path.parent)
    counted = count_parameters(shape)
    rows = [
        (field.name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
        for field in fields(shape)
        if isinstance(value := getattr(shape, field.name), int | float | str) and value != ""
    ]
    said = _("A model of {total} B parameters").format(total=f"{float(counted.total) / 1e9:.4g}")
    html = raw(
        "<article>",
        element("h1", text(name)),
        paragraph(said, "verdict"),
        table(("field", "value"), rows, "lr"),
        "</article>",
    )
    line = f"tauplan evaluate SCENARIO --set workload.model={shlex.quote(name)}"
    return Page(name, html, Charts(), {"command": line}, {"use": {"model": name}})


def _network(name: str, path: Path, on: str) -> Page:
    from tauplan.evaluate.inspection import inspect_layers
    from tauplan.evaluate.network_source import network_of
    from tauplan.report.net_page import net_article

    catalog = Catalog.load()
    net = network_of(str(path), catalog, None, None, ())
    found = inspect_layers(
        name, net.layers, net.batch, net.number_format, catalog, on or None, True, net.notes
    )
    words = ["tauplan", "inspect", name, *(["--on", on] if on else [])]
    return Page(
        name, net_article(found), Charts(), {"command": shlex.join(words)}, {"use": {"network": name}}
    )


def _cases(name: str, path: Path, on: str) -> Page:
    from tauplan.report.accuracy_page import accuracy_article
    from tauplan.validate.layouts import predict_file

    del on
    charts = Charts()
    html = accuracy_article(name, predict_file(path, Catalog.load()), charts)
    return Page(name, html, charts, {"command": shlex.join(["tauplan", "validate", "--cases", name])})


READERS: dict[str, Callable[[str, Path, str], Page]] = {".json": _model, ".onnx": _network, ".csv": _cases}
