"""How a runtime executes a class of networks: coefficients from the catalogue, with what stands in for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tauplan.chip.activations import BACKWARD, RuntimeRates
from tauplan.errors import InputError, Problem
from tauplan.tau import Number

ANY = "any network"
"""Class whose coefficients stand in where a runtime has none for a class."""
Look = Callable[[str, str], "str | Number | None"]
"""Looks up the claim on a field of a part."""


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of a class of networks in a runtime, or of the classes and runtimes that stand in for it.

    A runtime's claim ``like`` names the runtime whose coefficients it shares where it has none of its own.
    """

    look: Look
    runtime: str
    kind: str

    def number(self, field: str, default: float | None = None) -> float:
        """Return a coefficient [SI]; errors: :class:`InputError` without it and without a default."""
        found = self._found(field)
        if found is not None and not isinstance(found, str):
            return float(found)
        if default is None:
            raise InputError(Problem(f"no {field} for {self.kind} in {self.runtime}"))
        return default

    def _found(self, field: str) -> str | Number | None:
        other = self.look(class_part(self.runtime, ANY), "like")
        runtimes = (self.runtime, other) if isinstance(other, str) else (self.runtime,)
        for kind in (self.kind, ANY):
            for runtime in runtimes:
                value = self.look(class_part(runtime, kind), field)
                if value is not None:
                    return value
        return None

    def rates(self, share_field: str) -> RuntimeRates:
        """Return how the runtime executes the class, products at the share that ``share_field`` names."""
        share = self.number("peak_share")
        if share_field != "peak_share":
            share = self.number(share_field, share)
        ratio = self.number("passes_ratio", 1.0)
        return RuntimeRates(
            peak_share=share,
            passes=self.number("passes") * ratio,
            cycles=self.number("cycles", 0.0) * ratio,
            launch_s=self.number("launch", 0.0),
            host_s=self.number("host", 0.0),
            host_sample_s=self.number("host_sample", 0.0),
            training=self.number("training_ratio", BACKWARD),
        )


def class_part(runtime: str, kind: str) -> str:
    """Return the catalogue part that holds the coefficients of a class of networks in a runtime."""
    return f"{runtime}: {kind}"
