r"""Circuits of S-matrices: join ports, get the S-matrix of what is left, for all wavelengths at once.

With internal ports i joined in pairs (permutation P) and external ports e::

    S = S_ee + S_ei (1 − P S_ii)⁻¹ P S_ie

One batched dense solve. Feedback (rings, cavities) needs nothing special. Validity: linear, time-invariant;
cost grows with the third power of the joined ports, so use closed forms for long regular cascades.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]
Port = tuple[str, int]


@dataclass(frozen=True)
class Circuit:
    """Named S-matrices (batch, ports, ports), pairs of ports that are joined, and the ports that stay outside.

    A matrix without a batch axis holds for all wavelengths. ``matrix[b, i, j]`` leads from port j to port i.
    """

    parts: Mapping[str, Any]
    joined: Sequence[tuple[Port, Port]]
    outside: Sequence[Port]


def solve(circuit: Circuit) -> Matrix:
    """Return the S-matrix between the outside ports, (batch, ports, ports).

    Ports neither joined nor outside end in a perfect absorber. Errors: ``ValueError`` for a port used twice.
    """
    names = list(circuit.parts)
    sizes = {name: np.asarray(circuit.parts[name]).shape[-1] for name in names}
    starts = dict(
        zip(names, np.concatenate([[0], np.cumsum([sizes[n] for n in names])[:-1]]).tolist(), strict=True)
    )
    whole = _blocks([np.asarray(circuit.parts[name], dtype=np.complex128) for name in names])

    def place(port: Port) -> int:
        return starts[port[0]] + port[1]

    inside = [place(port) for pair in circuit.joined for port in pair]
    outer = [place(port) for port in circuit.outside]
    if len(set(inside + outer)) != len(inside) + len(outer):
        raise ValueError("a port is used twice")
    if not inside:
        return whole[:, outer][:, :, outer]
    partner = np.arange(len(inside)).reshape(-1, 2)[:, ::-1].reshape(-1)
    s_ii = whole[:, inside][:, :, inside][:, partner]
    s_ie = whole[:, inside][:, :, outer][:, partner]
    s_ei = whole[:, outer][:, :, inside]
    waves = np.linalg.solve(np.eye(len(inside)) - s_ii, s_ie)
    return whole[:, outer][:, :, outer] + s_ei @ waves


def _blocks(matrices: Sequence[Matrix]) -> Matrix:
    batch = max(matrix.shape[0] if matrix.ndim == 3 else 1 for matrix in matrices)
    size = sum(matrix.shape[-1] for matrix in matrices)
    whole = np.zeros((batch, size, size), dtype=np.complex128)
    start = 0
    for matrix in matrices:
        end = start + matrix.shape[-1]
        whole[:, start:end, start:end] = matrix
        start = end
    return whole


def two_port(transmission: Any) -> Matrix:
    """Return the S-matrix of a reciprocal piece without reflection, ports (0 left, 1 right)."""
    t = np.atleast_1d(np.asarray(transmission, dtype=np.complex128))
    matrix = np.zeros((t.size, 2, 2), dtype=np.complex128)
    matrix[:, 0, 1] = matrix[:, 1, 0] = t
    return matrix


def coupler_matrix(straight: Any, cross: Any) -> Matrix:
    """Return the S-matrix of a coupler: ports 0, 1 on the left, 2 (opposite 0), 3 on the right."""
    s, x = np.broadcast_arrays(np.atleast_1d(straight), np.atleast_1d(cross))
    matrix = np.zeros((s.size, 4, 4), dtype=np.complex128)
    for left, right, value in ((0, 2, s), (1, 3, s), (0, 3, x), (1, 2, x)):
        matrix[:, left, right] = matrix[:, right, left] = value
    return matrix
