"""The scenarios a client may start from: examples by name, the file the server was opened on, or posted text."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.device import is_device_scenario
from tauplan.spec.scenario import Scenario, parse_scenario
from tauplan.spec.workload import Serve
from tauplan.spec.yaml_text import loads

POSTED = "scenario"
"""Name of a scenario that was posted as text, in messages and commands."""

MOST_REQUESTS = 20_000
"""Requests that a client may have simulated; the command line has no such limit."""


@dataclass(frozen=True)
class Base:
    """A scenario before changes; only one the operator opened has a folder, where its own model file may lie."""

    name: str
    text: str
    path: str = f"{POSTED}.yaml"
    folder: Path | None = None

    def read(self, changes: Sequence[str]) -> Scenario:
        """Return the scenario with changes. Errors: :class:`InputError`, also for what a client may not ask."""
        scenario = parse_scenario(self.text, self.name, tuple(changes))
        found = [*self._files(scenario), *_too_much(scenario)]
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
        """The scenario as plain data, as it is written."""
        return loads(self.text, self.name).data

    def _files(self, scenario: Scenario) -> list[Problem]:
        """Refuse a model file, unless the operator's own scenario names it."""
        model = scenario.workload.model
        if not model.lower().endswith(".json"):
            return []
        if self.folder is not None and self.read_model() == model:
            return []
        return [
            Problem(
                "files are not read here",
                path="workload.model",
                value=model,
                expected="a model of the catalogue",
                hint="use the command line for a model file",
            )
        ]

    def read_model(self) -> str:
        """Return the model that the scenario names before any change."""
        return parse_scenario(self.text, self.name).workload.model


def _too_much(scenario: Scenario) -> list[Problem]:
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
    """The scenarios that have a name; nothing else of the file system can be named."""

    def __init__(self, named: Sequence[Base]) -> None:
        self.named: dict[str, Base] = {base.name: base for base in named}

    def example(self, name: str) -> Base:
        """Return a base by name. Errors: :class:`InputError` naming the nearest."""
        if name not in self.named:
            known = ", ".join(self.named)
            raise InputError(
                Problem(
                    "unknown example",
                    path="example",
                    value=name[:100],
                    expected=f"one of: {known}",
                    hint=did_you_mean(name[:100], self.named),
                )
            )
        return self.named[name]


def shipped(opened: Path | None = None) -> Bases:
    """Return the examples that come with the package, the operator's own scenario first.

    Errors: :class:`InputError` if that one cannot be read.
    """
    found: list[Base] = []
    if opened is not None:
        from tauplan.spec.yaml_text import load

        load(opened)  # its problems are told with the file's path
        text = opened.read_text(encoding="utf-8-sig")
        base = Base(opened.stem, text, str(opened), opened.parent)
        parse_scenario(text, str(opened))
        found.append(base)
    for path in sorted(_folder().glob("*.yaml")):
        if opened is not None and path.stem == opened.stem:
            continue
        base = Base(path.stem, path.read_text(encoding="utf-8"), f"examples/{path.name}")
        if {"workload", "system"} <= set(base.data) and not is_device_scenario(
            path
        ):  # no study, no order plan
            found.append(base)
    return Bases(found)


def _folder() -> Path:
    """Return where the examples lie: inside an installed package, or beside the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent.parent / "examples"
