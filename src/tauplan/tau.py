"""The algebra of time: seconds that remember which level of the stack owns them.

A workload's time T is built from primitive times θᵢ by ``+``, ``max``/``min``, scaling by dimensionless
numbers and geometric means. T is then positively homogeneous of degree 1, and Euler's theorem splits it
exactly into owned seconds::

    T = Σᵢ Θᵢ ,   Θᵢ = θᵢ ∂T/∂θᵢ

:class:`Time` carries the Θ of each level along, under the NumPy ufuncs, so that one model source serves
plain floats (fast exploration) and ``Time`` (explained answers):

* ``+`` adds owned seconds; scaling scales them;
* ``maximum`` and ``minimum`` keep those of the chosen side (the first at a tie);
* :func:`geometric_mean` owns one half through each factor;
* :func:`stretch` and :func:`assign` charge *lost* time (bubbles, failures) to the level that loses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

Number = Any
"""A float, an array or, for times, a :class:`Time`: model code is duck-typed over the three."""

Level = Literal[
    "transistor",
    "wire",
    "fold",
    "sram",
    "noc",
    "memory",
    "package",
    "link",
    "switch",
    "software",
    "schedule",
    "failures",
    "supply",
]
"""A level of the stack."""

LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels of the stack, bottom to top."""

arrays: Any = np
"""NumPy without static types, for model code: its functions take floats, arrays and :class:`Time` alike."""

_ROW = {level: row for row, level in enumerate(LEVELS)}


class Time:
    """Times in seconds with the seconds owned by each level.

    Parameters
    ----------
    owned : array of shape (13, ...)
        Owned seconds per level of :data:`LEVELS` [s]; the trailing shape is the batch.

    The total is ``owned.sum(axis=0)``. Only the operations of the algebra are defined; subtracting,
    multiplying two times or adding a bare non-zero number raises ``TypeError``, since the result would
    not be a time whose seconds are owned.

    >>> step = Time.of("memory", 2.0) + Time.of("link", 1.0)
    >>> float(np.maximum(step, Time.of("transistor", 2.5)).seconds)
    3.0
    """

    __slots__ = ("_seconds", "owned")

    def __init__(self, owned: NDArray[np.float64]) -> None:
        self.owned = owned
        self._seconds: NDArray[np.float64] | None = None  # a sum that is asked for again and again

    @classmethod
    def of(cls, level: str, seconds: Number) -> Time:
        """Return primitive times [s], any shape, owned by one level."""
        return cls.split({level: seconds})

    @classmethod
    def split(cls, owned: Mapping[str, Number]) -> Time:
        """Return times from seconds per level [s], broadcast to one shape."""
        parts = {level: np.asarray(seconds, dtype=np.float64) for level, seconds in owned.items()}
        shape = np.broadcast_shapes(*(part.shape for part in parts.values()))
        table = np.zeros((len(LEVELS), *shape))
        for level, part in parts.items():
            table[_ROW[level]] = part
        return cls(table)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Total time [s], of the batch's shape."""
        known = self._seconds
        if known is None:
            known = self._seconds = np.add.reduce(self.owned, axis=0)
        return known

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.owned.shape[1:]

    def by_level(self) -> dict[str, NDArray[np.float64]]:
        """Return owned seconds per level [s], each of the batch's shape."""
        return {level: self.owned[row] for row, level in enumerate(LEVELS)}

    def __getitem__(self, index: Any) -> Time:
        """Select within the batch."""
        if isinstance(index, tuple):
            return Time(self.owned[(slice(None), *cast("tuple[Any, ...]", index))])
        return Time(self.owned[:, index])

    def __repr__(self) -> str:
        owners = {level: part for level, part in self.by_level().items() if np.any(part)}
        return f"Time({self.seconds}, owned={owners})"

    # --- NumPy protocol -------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        rule = _RULES.get(ufunc)
        if rule is not None:
            return rule(*inputs)
        if ufunc in _PREDICATES:
            return ufunc(*(seconds(value) for value in inputs))
        return NotImplemented

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.where and not kwargs and len(args) == 3:
            return _choose(*args)
        return NotImplemented

    # --- operators, so that ``a + b`` works without NumPy on the left -----------------------------------

    def __add__(self, other: Any) -> Any:
        return _add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _add(other, self)

    def __mul__(self, other: Any) -> Any:
        return _multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _divide(self, other)

    def __lt__(self, other: Any) -> Any:
        return self.seconds < seconds(other)

    def __le__(self, other: Any) -> Any:
        return self.seconds <= seconds(other)

    def __gt__(self, other: Any) -> Any:
        return self.seconds > seconds(other)

    def __ge__(self, other: Any) -> Any:
        return self.seconds >= seconds(other)


def seconds(time: Number) -> Any:
    """Return plain seconds [s] of a ``Time``; floats and arrays pass through."""
    return time.seconds if isinstance(time, Time) else time


def geometric_mean(a: Number, b: Number) -> Any:
    """Return √(a·b) of two times [s]; half of it is owned through each.

    Homogeneous of degree 1, with ∂ln√(ab)/∂ln a = ½ (an optimally repeated wire is the standing case).
    Zero where either is zero.
    """
    if not isinstance(a, Time) and not isinstance(b, Time):
        return np.sqrt(a * b)
    first, second = _time(a), _time(b)
    mean = np.sqrt(first.seconds * second.seconds)
    shares = [_lift(Time(_share(time)), mean.ndim) for time in (first, second)]
    return Time(0.5 * (shares[0] + shares[1]) * mean)


def stretch(time: Number, factor: Number, level: str) -> Any:
    """Return ``time`` [s] times ``factor`` ≥ 1, with the added seconds owned by ``level``.

    For time lost in proportion: pipeline bubbles, load imbalance, rework after failures.
    """
    if not isinstance(time, Time):
        return time * factor
    return time + Time.of(level, time.seconds * (np.asarray(factor) - 1.0))


def assign(time: Number, level: str) -> Any:
    """Return the same time [s], owned by ``level`` alone."""
    return Time.of(level, time.seconds) if isinstance(time, Time) else time


def total(times: Iterable[Number]) -> Any:
    """Return the sum of times [s]; zero for none."""
    result: Any = 0.0
    for time in times:
        result = time + result
    return result


def _time(value: Any) -> Time:
    """Read an operand as a time: an exact zero is the neutral element and has no owner."""
    if isinstance(value, Time):
        return value
    if not _ndim(value) and value == 0:
        return _NONE
    array = np.asarray(value, dtype=np.float64)
    if np.any(array):
        raise TypeError("a time can only be joined with another time: give the seconds an owner with Time.of")
    return Time(np.zeros((len(LEVELS), *array.shape)))


_NONE = Time(np.zeros(len(LEVELS)))
"""No time, which nobody owns."""


def _lift(time: Time, ndim: int) -> NDArray[np.float64]:
    """Return owned seconds with the batch padded to ``ndim`` axes, so that it broadcasts on the right."""
    owned = time.owned
    missing = ndim + 1 - owned.ndim
    if missing <= 0:
        return owned
    return owned.reshape(len(LEVELS), *(1,) * missing, *owned.shape[1:])


def _ndim(value: Any) -> int:
    """Return the axes of a factor's batch; a plain number has none."""
    return getattr(value, "ndim", 0)


def _share(time: Time) -> NDArray[np.float64]:
    whole = time.seconds
    if not whole.ndim:
        return time.owned / whole if whole != 0 else np.zeros_like(time.owned)
    return np.divide(time.owned, whole, out=np.zeros_like(time.owned), where=whole != 0)


def _add(a: Any, b: Any) -> Time:
    first, second = _time(a), _time(b)
    one, other = first.owned, second.owned
    if one.ndim == other.ndim:
        return Time(one + other)
    ndim = max(one.ndim, other.ndim) - 1
    return Time(_lift(first, ndim) + _lift(second, ndim))


def _multiply(a: Any, b: Any) -> Any:
    if isinstance(a, Time):
        if isinstance(b, Time):
            raise TypeError("the product of two times is not a time; use geometric_mean")
        return Time(_lift(a, _ndim(b)) * b)
    return Time(_lift(b, _ndim(a)) * a)


def _divide(a: Any, b: Any) -> Any:
    if isinstance(b, Time):
        return np.true_divide(_time(a).seconds, b.seconds)
    return Time(_lift(a, _ndim(b)) / b)


def _choose(condition: Any, a: Any, b: Any) -> Time:
    first, second = _time(a), _time(b)
    if first.owned.shape == second.owned.shape and not _ndim(condition):
        return first if condition else second
    pick = np.asarray(condition, dtype=bool)
    ndim = max(pick.ndim, len(first.shape), len(second.shape))
    return Time(np.where(pick, _lift(first, ndim), _lift(second, ndim)))


def _maximum(a: Any, b: Any) -> Time:
    first, second = _time(a), _time(b)
    return _choose(first.seconds >= second.seconds, first, second)


def _minimum(a: Any, b: Any) -> Time:
    first, second = _time(a), _time(b)
    return _choose(first.seconds <= second.seconds, first, second)


_RULES: dict[np.ufunc, Callable[..., Any]] = {
    np.add: _add,
    np.multiply: _multiply,
    np.true_divide: _divide,
    np.maximum: _maximum,
    np.minimum: _minimum,
}
_PREDICATES: set[np.ufunc] = {np.less, np.less_equal, np.greater, np.greater_equal, np.isfinite, np.isnan}
