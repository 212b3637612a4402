"""The JSON Schema of scenario files, generated from the specifications."""

from __future__ import annotations

from typing import Any

from tauplan.spec.scenario import Scenario


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario, for editors that complete and check YAML."""
    schema = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "tauplan scenario"}
