"""Colours: one per level of the stack, fixed, for light and dark pages and for the terminal.

The hues follow the stack (brown for devices, green on the chip, blue to purple for memory and links, red for
failures, grey for supply). Lightness alternates, so that neighbours stay apart for readers with protan, deutan
or tritan vision, and every colour has 3:1 contrast with its background. No colour carries meaning alone: every
mark that has one is labelled too.

Charts name a colour by its token, a CSS variable. A page defines the variables once for light and once for dark,
and every chart on it follows without being drawn again; :func:`literal` puts the values in for other uses.
"""

from __future__ import annotations

from typing import Any, cast

from tauplan.tau import LEVELS

# level: on a light page, on a dark page, in a terminal of either kind
_LEVELS = {
    "transistor": ("#672b01", "#c1390a", "#cc7f69"),
    "wire": ("#cc6a0a", "#e1c48c", "#a8660f"),
    "fold": ("#6f5005", "#8b9d25", "#b28f03"),
    "sram": ("#58945d", "#e2e941", "#7c7c0c"),
    "noc": ("#1f6954", "#5b9573", "#2b8a68"),
    "memory": ("#596be1", "#28aafb", "#5a72e0"),
    "package": ("#6129a0", "#7450c9", "#7b84d2"),
    "link": ("#3da0b3", "#81f4da", "#2f827a"),
    "switch": ("#033e6e", "#3f7096", "#1b98fd"),
    "software": ("#9e7efc", "#c8c0fe", "#a64ab4"),
    "schedule": ("#a1459c", "#bc7cbb", "#a66ea6"),
    "failures": ("#f16287", "#96505c", "#c9584b"),
    "supply": ("#3f4041", "#afafaf", "#92959a"),
}

# colours of the page and of marks that belong to no level: light, dark
_PAGE = {
    "ground": ("#ffffff", "#14171d"),
    "panel": ("#f5f6f8", "#1c2027"),
    "ink": ("#1b1f26", "#e8eaee"),
    "soft": ("#575e6a", "#a9b0bb"),
    "line": ("#dcdfe5", "#343a45"),
    "link-text": ("#1a5a9c", "#8ec2f4"),
    "good": ("#14703f", "#6fd39a"),
    "bad": ("#b1202d", "#ff98a3"),
    "accent": ("#3b62c4", "#7fa4f5"),
    "quiet": ("#8b93a1", "#68707d"),
    "sooner": ("#1f7f8c", "#5cc4cf"),
    "later": ("#c2620e", "#f0a35c"),
}

LIGHT: dict[str, str] = {level: _LEVELS[level][0] for level in LEVELS}
"""Colour of each level on a light background."""

DARK: dict[str, str] = {level: _LEVELS[level][1] for level in LEVELS}
"""Colour of each level on a dark background."""

TERMINAL: dict[str, str] = {level: _LEVELS[level][2] for level in LEVELS}
"""Colour of each level in a terminal, where the background is not known."""


BAR_STYLE = "#5a7fc4"
"""Colour of bars in the terminal that belong to no level."""

CRITICAL_STYLE = "#c9762e"
"""Colour of the critical path in the terminal."""


def style(level: str) -> str:
    """Return the terminal colour of a level; an empty style for an unknown one."""
    return TERMINAL.get(level, "")


def token(name: str) -> str:
    """Return the CSS variable of a colour: a level, or a name of the page's colours.

    >>> token("memory")
    'var(--c-memory)'
    """
    return f"var(--c-{name})" if name in _LEVELS or name in _PAGE else "var(--c-quiet)"


def variables(dark: bool = False) -> str:
    """Return the definitions of all tokens, for a style sheet."""
    return " ".join(f"--c-{name}: {pair[dark]};" for name, pair in _pairs().items())


def literal(value: Any, dark: bool = False) -> Any:
    """Return a chart with the colours in place of their tokens, for renderers without CSS."""
    if isinstance(value, dict):
        return {key: literal(item, dark) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [literal(item, dark) for item in cast("list[Any]", value)]
    if isinstance(value, str) and value.startswith("var(--c-"):
        return _pairs()[value.removeprefix("var(--c-").removesuffix(")")][dark]
    return value


def _pairs() -> dict[str, tuple[str, str]]:
    return {level: (LIGHT[level], DARK[level]) for level in LEVELS} | _PAGE


HUES = tuple(token(name) for name in ("accent", "later", "sram", "package", "failures", "link"))
"""Colours that tell the values of one axis of a study apart; they mean nothing else there."""
