"""The base of every specification a person writes: frozen, closed, documented."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A frozen record; unknown keys are refused so that a misspelt field never passes in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)
