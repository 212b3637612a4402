"""One call for every scenario of a device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.converse import converse
from tauplan.evaluate.drive import drive
from tauplan.evaluate.findings import Findings
from tauplan.evaluate.infer import infer
from tauplan.evaluate.spread import spread
from tauplan.spec.device import Converse, DeviceScenario, Drive, Infer


def evaluate_device(
    scenario: DeviceScenario, catalog: Catalog | None = None, folder: Path | None = None, command: str = ""
) -> Findings:
    """Evaluate a scenario of a device.

    ``folder`` is where relative paths of model files start; ``command`` the line that asked. Errors:
    :class:`InputError` for what cannot be read, found or planned.
    """
    catalog, folder, task = catalog or Catalog.load(), folder or Path(), scenario.workload
    if isinstance(task, Infer):
        found = infer(scenario, task, catalog, folder)
    elif isinstance(task, Drive):
        found = drive(scenario, task, catalog, folder)
    elif isinstance(task, Converse):
        found = converse(scenario, task, catalog, folder)
    else:
        found = spread(scenario, task, catalog, folder)
    return replace(found, command=command)
