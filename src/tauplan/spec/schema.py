"""The JSON Schema of scenario files, generated from the specifications."""

from __future__ import annotations

from typing import Any

from tauplan.spec.device import DeviceScenario
from tauplan.spec.scenario import Scenario


def scenario_schema(devices: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a scenario, or of one of a device, for editors that complete and check YAML."""
    schema = (DeviceScenario if devices else Scenario).model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tauplan scenario"}
