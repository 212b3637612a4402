"""Colours: one per level of the stack, fixed, for light and dark pages and for the terminal.

The hues follow the stack (brown for devices, green on the chip, blue to purple for memory and links, red for
failures, grey for supply). Lightness alternates, so that neighbours stay apart for readers with protan, deutan
or tritan vision (least distance in OKLab 0.06), and every colour has 3:1 contrast with its background. No colour
carries meaning alone: every mark that has one is labelled too.
"""

from __future__ import annotations

from tauplan.tau import LEVELS

# level: on a light page, on a dark page, in a terminal of either kind
_COLOURS = {
    "transistor": ("#672b01", "#d2531f", "#cc7f69"),
    "wire": ("#cc6a0a", "#e1c48c", "#a8660f"),
    "fold": ("#6f5005", "#8b9d25", "#b28f03"),
    "sram": ("#58945d", "#e2e941", "#7c7c0c"),
    "noc": ("#1f6954", "#5b9573", "#2b8a68"),
    "memory": ("#596be1", "#28aafb", "#5a72e0"),
    "package": ("#6129a0", "#8a6ade", "#7b84d2"),
    "link": ("#3da0b3", "#81f4da", "#2f827a"),
    "switch": ("#033e6e", "#4a83ab", "#1b98fd"),
    "software": ("#9e7efc", "#c8c0fe", "#a64ab4"),
    "schedule": ("#a1459c", "#bc7cbb", "#a66ea6"),
    "failures": ("#f16287", "#b0606e", "#c9584b"),
    "supply": ("#3f4041", "#afafaf", "#92959a"),
}

LIGHT: dict[str, str] = {level: _COLOURS[level][0] for level in LEVELS}
"""Colour of each level on a light background."""

DARK: dict[str, str] = {level: _COLOURS[level][1] for level in LEVELS}
"""Colour of each level on a dark background."""

TERMINAL: dict[str, str] = {level: _COLOURS[level][2] for level in LEVELS}
"""Colour of each level in a terminal, where the background is not known."""


def style(level: str) -> str:
    """Return the terminal colour of a level; an empty style for an unknown one."""
    return TERMINAL.get(level, "")
