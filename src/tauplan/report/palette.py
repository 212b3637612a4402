"""Colours: one per level of the stack, fixed, for light and dark backgrounds and for the terminal."""

from __future__ import annotations

from tauplan.tau import LEVELS

_LIGHT = (
    "#7a4a2b",
    "#c2703d",
    "#9a8400",
    "#5f7f1f",
    "#1f7a3a",
    "#0072b2",
    "#2c3e8f",
    "#0a8f8f",
    "#4aa3d0",
    "#8a5fbf",
    "#b03a8c",
    "#c8322d",
    "#5b6470",
)
LIGHT: dict[str, str] = dict(zip(LEVELS, _LIGHT, strict=True))
"""Colour of each level on a light background."""
