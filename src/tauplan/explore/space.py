"""The design space: a product of axes, in which a design is one mixed-radix integer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.cluster.layout import RECOMPUTE
from tauplan.errors import InputError, Problem
from tauplan.evaluate.batch import put
from tauplan.spec.scenario import Scenario

Rect = tuple[slice, ...]
"""A block of the space: one slice of digits per axis."""

Setting = tuple[str, Any]

CODES: dict[str, Mapping[Any, float]] = {
    "plan.recompute": RECOMPUTE,
    "plan.sequence_parallel": {False: 0.0, True: 1.0},
    "workload.prefill_share": {None: 0.0},
}
"""Choices that the models take as numbers, by field."""


@dataclass(frozen=True)
class Axis:
    """One dimension of the space.

    ``settings`` holds, for each digit, the fields it sets as (dotted path, value); ``labels`` the digits in
    words. An axis of numbers that the models take as arrays is ``vector``: its digits are evaluated together.
    """

    name: str
    labels: tuple[str, ...]
    settings: tuple[tuple[Setting, ...], ...]
    vector: bool

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def path(self) -> str:
        """The field that a vector axis sets."""
        return self.settings[0][0][0]

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The values of a vector axis, in SI units; choices as their codes."""
        codes = CODES.get(self.path, {})
        return np.array([codes.get(value, value) for ((_, value),) in self.settings], dtype=float)

    @property
    def is_number(self) -> bool:
        """Whether every digit sets one field to one number, or to a choice that has a code."""
        values = [setting[0][1] for setting in self.settings if len(setting) == 1]
        return len(values) == len(self) and all(
            value in CODES.get(self.path, {})
            or (isinstance(value, int | float) and not isinstance(value, bool))
            for value in values
        )

    @property
    def is_coded(self) -> bool:
        """Whether its digits are choices that the models know by codes; they have names, not values."""
        return self.vector and self.path in CODES


@dataclass(frozen=True)
class Space:
    """All designs: ``outer`` axes name a design of hardware, ``search`` axes its inner choices.

    The integer of a design counts the digits of all axes, the last fastest. Axes of words come before axes of
    numbers within both groups, so that neighbouring designs can be evaluated in one call. ``given`` names outer
    axes that nobody chooses; designs are compared where they agree on those.
    """

    base: Scenario
    outer: tuple[Axis, ...]
    search: tuple[Axis, ...] = ()
    given: tuple[str, ...] = ()

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """All axes in the order of the digits."""
        return self.outer + self.search

    @cached_property
    def outer_sizes(self) -> tuple[int, ...]:
        """Digits per outer axis."""
        return tuple(len(axis) for axis in self.outer)

    @cached_property
    def search_sizes(self) -> tuple[int, ...]:
        """Digits per search axis."""
        return tuple(len(axis) for axis in self.search)

    @property
    def designs(self) -> int:
        """Hardware designs, each with its best inner choice."""
        return math.prod(self.outer_sizes)

    @property
    def choices(self) -> int:
        """Inner choices of each design."""
        return math.prod(self.search_sizes)

    @property
    def size(self) -> int:
        """All combinations; every integer below is one."""
        return self.designs * self.choices

    def digits(self, design: int) -> tuple[int, ...]:
        """Return the digit of each axis. Errors: :class:`InputError` for a number outside the space."""
        if not 0 <= design < self.size:
            raise InputError(
                Problem(
                    "no such design", value=f"{design}", expected=f"a whole number from 0 to {self.size - 1}"
                )
            )
        found: list[int] = []
        for axis in reversed(self.axes):
            design, digit = divmod(design, len(axis))
            found.append(digit)
        return tuple(reversed(found))

    def columns(self, designs: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return the digits of many designs, one array per axis."""
        if not self.axes:
            return []
        return list(np.unravel_index(designs, tuple(len(axis) for axis in self.axes)))

    def groups(self, designs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a number for each combination of the given axes, by design."""
        found = np.zeros(len(designs), np.int64)
        if self.given:
            for axis, column in zip(self.axes, self.columns(designs), strict=True):
                found = found * len(axis) + column if axis.name in self.given else found
        return found

    def labels(self, design: int) -> dict[str, str]:
        """Return the words of a design: axis to label."""
        return {axis.name: axis.labels[i] for axis, i in zip(self.axes, self.digits(design), strict=True)}

    def scenario(self, design: int) -> Scenario:
        """Return the full scenario of a design."""
        chosen = [a.settings[i] for a, i in zip(self.axes, self.digits(design), strict=True)]
        return with_settings(self.base, [setting for settings in chosen for setting in settings])


def with_settings(scenario: Scenario, settings: Sequence[Setting]) -> Scenario:
    """Return a scenario with fields set; a part comes before the changes of its fields."""
    for path, value in sorted(settings, key=lambda setting: setting[0].count(".")):
        scenario = put(scenario, path, value)
    return scenario


def grouped(axes: Sequence[Axis], rect: Rect) -> Iterator[tuple[tuple[Any, ...], list[Setting]]]:
    """Yield each combination of the words of a block: where it lies in the block's arrays, and what it sets."""
    words = [(place, axis) for place, axis in enumerate(axes) if not axis.vector]
    spans = [range(rect[place].start, rect[place].stop) for place, _ in words]
    for digits in _product(spans):
        index: list[Any] = [slice(None)] * len(axes)
        settings: list[Setting] = []
        for (place, axis), digit in zip(words, digits, strict=True):
            index[place] = digit - rect[place].start
            settings += axis.settings[digit]
        yield tuple(index), settings


def _product(spans: Sequence[range]) -> Iterator[tuple[int, ...]]:
    if not spans:
        yield ()
        return
    for first in spans[0]:
        for rest in _product(spans[1:]):
            yield (first, *rest)


@dataclass(frozen=True)
class Tiling:
    """A grid cut into blocks of at most ``limit`` points, each a contiguous range of integers."""

    sizes: tuple[int, ...]
    limit: int

    @cached_property
    def _cut(self) -> tuple[int, int, int]:
        """The axis that is sliced, how thick the slices are, and how many points lie behind one digit of it."""
        behind = 1
        for axis in range(len(self.sizes) - 1, -1, -1):
            if behind * self.sizes[axis] > self.limit:
                return axis, max(self.limit // behind, 1), behind
            behind *= self.sizes[axis]
        return -1, 0, behind

    def __len__(self) -> int:
        axis, thick, _ = self._cut
        if axis < 0:
            return 1
        return math.prod(self.sizes[:axis]) * -(-self.sizes[axis] // thick)

    def block(self, index: int) -> tuple[int, Rect]:
        """Return the first integer of a block and its slices."""
        axis, thick, behind = self._cut
        if axis < 0:
            return 0, tuple(slice(0, size) for size in self.sizes)
        lead, part = divmod(index, -(-self.sizes[axis] // thick))
        digits: list[int] = []
        rest = lead
        for size in reversed(self.sizes[:axis]):
            rest, digit = divmod(rest, size)
            digits.append(digit)
        first = part * thick
        last = min(first + thick, self.sizes[axis])
        slices = [slice(digit, digit + 1) for digit in reversed(digits)]
        slices += [slice(first, last), *(slice(0, size) for size in self.sizes[axis + 1 :])]
        return (lead * self.sizes[axis] + first) * behind, tuple(slices)


def shape_of(rect: Rect) -> tuple[int, ...]:
    """Return how many digits a block has along each axis."""
    return tuple(part.stop - part.start for part in rect)


def vector_settings(axes: Sequence[Axis], rect: Rect) -> Mapping[str, NDArray[np.float64]]:
    """Return the values of a block's axes of numbers, each along its own dimension of the block."""
    found: dict[str, NDArray[np.float64]] = {}
    vectors = [place for place, axis in enumerate(axes) if axis.vector]
    for dimension, place in enumerate(vectors):
        shape = [1] * len(vectors)
        shape[dimension] = -1
        found[axes[place].path] = axes[place].values[rect[place]].reshape(shape)
    return found
