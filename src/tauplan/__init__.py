"""Plan AI compute systems by time.

Public calls: :func:`read_scenario`, :func:`parse_scenario`, :func:`answer`, :func:`evaluate_batch`. They
load on first use, so that the command line starts without NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "answer": ("tauplan.evaluate.explain", "evaluate"),
    "evaluate_batch": ("tauplan.evaluate.batch", "evaluate_batch"),
    "parse_scenario": ("tauplan.spec.scenario", "parse_scenario"),
    "read_scenario": ("tauplan.spec.scenario", "read_scenario"),
}

__all__ = ["answer", "evaluate_batch", "parse_scenario", "read_scenario"]

if TYPE_CHECKING:
    from tauplan.evaluate.batch import evaluate_batch
    from tauplan.evaluate.explain import evaluate as answer
    from tauplan.spec.scenario import parse_scenario, read_scenario


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'tauplan' has no attribute '{name}'")
    module, function = home
    value = getattr(importlib.import_module(module), function)
    globals()[name] = value
    return value
