"""What a client may start from: examples by name, the file the server was opened on, or posted text."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.device import DeviceScenario, Drive, asks_of_devices, parse_device_scenario
from tauplan.spec.scenario import Scenario, parse_scenario
from tauplan.spec.workload import Serve
from tauplan.spec.yaml_text import loads
from tauplan.web.limits import MOST_REQUESTS

Kind = Literal["scenario", "device", "study", "supply"]

POSTED: dict[Kind, str] = {"scenario": "scenario", "device": "scenario", "study": "study", "supply": "plan"}
"""Name of text that was posted, in messages and commands."""

NAMED_BY: dict[Kind, frozenset[str]] = {
    "supply": frozenset({"offers", "builds"}),
    "study": frozenset({"axes", "scenario"}),
    "scenario": frozenset({"workload", "system"}),
}
"""Keys that a text of a kind has."""

FILES = (".json", ".onnx")
"""How names of model files end."""


@dataclass(frozen=True)
class Base:
    """A text to start from; only what the operator opened has a folder, where its own model file may lie."""

    name: str
    text: str
    path: str = "scenario.yaml"
    folder: Path | None = None
    kind: Kind = "scenario"
    files: tuple[str, ...] = ()  # names of model files in the folder that the client brought along
    stamp: str = ""  # changes when those files do

    def read(self, changes: Sequence[str]) -> Scenario:
        """Return the scenario with changes. Errors: :class:`InputError`, also for what a client may not ask."""
        scenario = parse_scenario(self.text, self.name, tuple(changes))
        found = [*self.foreign(scenario), *too_much(scenario)]
        if found:
            raise InputError(found)
        return scenario

    def device(self, changes: Sequence[str]) -> DeviceScenario:
        """Return the scenario of a device with changes. Errors: as :meth:`read`."""
        scenario = parse_device_scenario(self.text, self.name, tuple(changes))
        own = parse_device_scenario(self.text, self.name) if self.folder is not None else None
        task = scenario.workload
        many = isinstance(task, Drive)
        places = [
            f"workload.nets.{place}.model" if many else "workload.model"
            for place in range(len(_models(scenario)))
        ]
        models = dict(zip(places, _models(scenario), strict=True))
        known = {*self.files, *(_models(own) if own is not None and not self.files else ())}
        found = [
            _not_read(path, model)
            for path, model in models.items()
            if model.lower().endswith(FILES) and model not in known
        ]
        if found:
            raise InputError(found)
        return scenario

    def command(self, changes: Sequence[str]) -> str:
        """Return the command line that gives the same answer."""
        words = ["tauplan", "evaluate", self.path]
        for change in changes:
            words += ["--set", change]
        return shlex.join(words)

    @functools.cached_property
    def data(self) -> dict[str, Any]:
        """The text as plain data, as it is written."""
        return loads(self.text, self.name).data

    def foreign(self, scenario: Scenario) -> list[Problem]:
        """Refuse a model file, unless the operator's own scenario names it or the client brought it along."""
        model = scenario.workload.model
        if not model.lower().endswith(".json") or model in self.files:
            return []
        if self.folder is not None and not self.files and self._own_model() == model:
            return []
        return [_not_read("workload.model", model)]

    def _own_model(self) -> str:
        """Return the model that the text names before any change."""
        return parse_scenario(self.text, self.name).workload.model


def _not_read(path: str, model: str) -> Problem:
    return Problem(
        "files are not read here",
        path=path,
        value=model,
        expected="a model of the catalogue, or a file brought along under Own files",
        hint="use the command line for a model file",
    )


def _models(scenario: DeviceScenario) -> tuple[str, ...]:
    task = scenario.workload
    return tuple(net.model for net in task.nets) if isinstance(task, Drive) else (task.model,)


def too_much(scenario: Scenario) -> list[Problem]:
    """Refuse simulations that would keep the server busy for long."""
    workload = scenario.workload
    load = workload.load if isinstance(workload, Serve) else None
    if load is None or max(load.requests, load.clients) <= MOST_REQUESTS:
        return []
    return [
        Problem(
            "too many requests to simulate here",
            path="workload.load",
            value=f"{max(load.requests, load.clients):,}",
            expected=f"at most {MOST_REQUESTS:,}",
            hint="use the command line for longer simulations",
        )
    ]


class Bases:
    """The texts that have a name; nothing else of the file system can be named."""

    def __init__(self, named: Sequence[Base]) -> None:
        self.named: dict[str, Base] = {base.name: base for base in named}

    def of(self, kind: Kind) -> list[Base]:
        """Return the texts of a kind."""
        return [base for base in self.named.values() if base.kind == kind]

    def find(self, name: str, kind: Kind = "scenario") -> Base:
        """Return a text by name. Errors: :class:`InputError` naming the nearest."""
        known = [base.name for base in self.of(kind)]
        if name not in known:
            raise InputError(
                Problem(
                    "unknown example",
                    path="example",
                    value=name[:100],
                    expected=f"one of: {', '.join(known)}",
                    hint=did_you_mean(name[:100], known),
                )
            )
        return self.named[name]

    def base(self, example: str, text: str, kind: Kind = "scenario") -> Base:
        """Return what a client names: an example, or its own text."""
        return (
            self.find(example, kind)
            if example
            else Base(POSTED[kind], text, f"{POSTED[kind]}.yaml", kind=kind)
        )

    def to_evaluate(self, example: str, text: str) -> Base:
        """Return what a client names, a scenario or one of a device. Errors: :class:`InputError`."""
        known = self.named.get(example)
        devices = (
            known.kind == "device" if known else bool(text) and asks_of_devices(loads(text, "scenario").data)
        )
        return self.base(example, text, "device" if devices else "scenario")


def kind_of(data: dict[str, Any]) -> Kind | None:
    """Return what a text is: a scenario, one of a device, a study, an order plan; None for anything else."""
    if asks_of_devices(data):
        return "device"
    return next((kind for kind, keys in NAMED_BY.items() if keys <= set(data)), None)


def shipped(opened: Path | None = None) -> Bases:
    """Return the examples that come with the package, what the operator opened first.

    Errors: :class:`InputError` if that cannot be read.
    """
    found: list[Base] = []
    if opened is not None:
        found.append(_opened(opened))
    for path in sorted(_folder().glob("*.yaml")):
        if opened is not None and path.stem == opened.stem:
            continue
        text = path.read_text(encoding="utf-8")
        kind = kind_of(loads(text, path.stem).data)
        if kind is not None:
            folder = path.parent if kind == "study" else None  # a study may name a scenario beside it
            found.append(Base(path.stem, text, f"examples/{path.name}", folder, kind))
    return Bases(found)


def _opened(path: Path) -> Base:
    from tauplan.spec.yaml_text import load

    data = load(path).data  # its problems are told with the file's path
    text = path.read_text(encoding="utf-8-sig")
    kind = kind_of(data) or "scenario"
    if kind == "scenario":
        parse_scenario(text, str(path))
    elif kind == "device":
        parse_device_scenario(text, str(path))
    elif kind == "study":
        from tauplan.spec.study import read_study

        read_study(path)
    else:
        from tauplan.supply.plan.read import read_plan

        read_plan(path)
    return Base(path.stem, text, str(path), path.parent, kind)


def _folder() -> Path:
    """Return where the examples lie: inside an installed package, or beside the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent.parent / "examples"
