"""Errors a person can act on.

    TauplanError            anything the program refuses, exit code 2
    └── InputError          bad input: one or more problems, all found at once

A problem says what is wrong, where, what was found, what was expected, and what to try.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    ``place`` is a file, line and column ("train.yaml:12:5"); ``path`` the dotted name of the field; ``value``
    what was found; ``expected`` what would be right; ``hint`` what to try. All but ``message`` may be empty.
    """

    message: str
    place: str = ""
    path: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""

    def render(self) -> str:
        """Return the problem as a few lines of plain text."""
        head = " · ".join(part for part in (self.place, self.path, self.message) if part)
        lines = [head]
        if self.value:
            lines.append(f"    found     {self.value}")
        if self.expected:
            lines.append(f"    expected  {self.expected}")
        if self.hint:
            lines.append(f"    hint      {self.hint}")
        return "\n".join(lines)


class TauplanError(Exception):
    """Base of all errors the program raises on purpose."""

    exit_code = 2


class InputError(TauplanError):
    """Bad input, with every problem that was found."""

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(problem.render() for problem in self.problems)


def plain(name: str) -> str:
    """Return a name without case, spaces and punctuation, for tolerant comparison."""
    return re.sub(r"[\W_]+", "", name.casefold())


def did_you_mean(name: str, known: Iterable[str], limit: int = 3) -> str:
    """Return "did you mean 'X'?" for the known names nearest to ``name``, or an empty string.

    Names that differ in case or punctuation only, such as GB/s and Gb/s, are named together, the likest first.

    >>> did_you_mean("Kunlun-3", ["Baidu Kunlun 3", "NVIDIA H100"])
    "did you mean 'Baidu Kunlun 3'?"
    """
    wanted = plain(name)
    by_plain: dict[str, list[str]] = {}
    for candidate in dict.fromkeys(known):
        by_plain.setdefault(plain(candidate), []).append(candidate)
    if not wanted:
        return ""
    close = difflib.get_close_matches(wanted, by_plain, n=limit, cutoff=0.6)
    inside = [p for p in by_plain if len(wanted) >= _LEAST_INSIDE and wanted in p and p not in close]
    nearest = [*close, *sorted(inside, key=len)]
    names = [n for p in nearest for n in sorted(by_plain[p], key=lambda n: -_likeness(name, n))][:limit]
    if not names:
        return ""
    return f"did you mean {' or '.join(repr(n) for n in names)}?"


_LEAST_INSIDE = 3  # shorter fragments occur in too many names to say anything


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
