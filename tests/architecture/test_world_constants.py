"""Numbers that models may hold: a marked definition is a constant with a name, and the mark gives its reason.

That other numbers live in the catalogue is held by ``test_structure``; this holds the escape from it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "tauplan"
ROOMS = ("technology", "memory", "link", "workload", "chip", "cluster", "cost", "supply", "evaluate")
FILES = sorted(path for room in ROOMS for path in (SOURCE / room).rglob("*.py"))
MARK = "# definition:"
FREE = {0, 1, 2, 3, 4, 0.5, 8}


def marked(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number, from one, and reason of every mark."""
    for number, line in enumerate(text.splitlines(), start=1):
        if MARK in line:
            yield number, line.partition(MARK)[2].strip()


def named_lines(tree: ast.Module) -> set[int]:
    """Return the lines of module-level constants in capitals, and the line above each for its comment."""
    lines: set[int] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if names and all(name == name.upper() for name in names):
            lines.update(range(node.lineno - 1, (node.end_lineno or node.lineno) + 1))
    return lines


def unnamed(text: str) -> list[str]:
    """Return marked numbers that stand outside a named constant; positions in a slice are no such numbers."""
    tree = ast.parse(text)
    reasons = {number for number, _ in marked(text)}
    inside = named_lines(tree)
    slices = {id(n) for s in ast.walk(tree) if isinstance(s, ast.Slice) for n in ast.walk(s)}
    return [
        f"{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and node.value not in FREE
        and id(node) not in slices
        and {node.lineno, node.lineno - 1} & reasons
        and node.lineno not in inside
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_marked_definition_is_a_named_constant_with_a_reason(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not unnamed(text)
    assert not [number for number, reason in marked(text) if not reason]


def test_a_number_inside_a_function_does_not_escape() -> None:
    hidden = f"def power(x):\n    return 0.37 * x  {MARK} it fits\n"
    assert unnamed(hidden) == ["2: 0.37"]
    assert unnamed(f"SHARE = 0.37  {MARK} of a circle\n") == []
    assert unnamed(f"{MARK} steps of a ladder\nSTEPS = tuple(range(13))\n") == []


def test_there_are_definitions_to_hold() -> None:
    assert sum(len(list(marked(path.read_text(encoding="utf-8")))) for path in FILES) > 10
