"""The JSON Schema of scenario files, generated from the specifications."""

from __future__ import annotations

from typing import Any

from tauplan.spec.device import DeviceScenario
from tauplan.spec.scenario import Scenario

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors that complete and check YAML."""
    return {"$schema": DRAFT, **Scenario.model_json_schema(), "title": "tauplan scenario"}


def device_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario of networks on a device: tasks infer, drive, converse, spread."""
    title = "tauplan scenario of networks on a device"
    return {"$schema": DRAFT, **DeviceScenario.model_json_schema(), "title": title}
