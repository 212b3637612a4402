"""Step times of one worker, tabulated once in a vectorised batch and interpolated in the loop."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from tauplan.workload.llm.step import Pass

Floats = NDArray[numpy.float64]
PACK = 128.0  # definition: length of the short sequences whose attention counts as part of the linear layers
LADDER = tuple(float(n << e) for e in range(17) for n in (2, 3))  # definition: powers of two and half-way
BATCHES = (1.0, *(n for n in LADDER if n <= 4096))  # definition: grid of sequences in flight
TOKENS = (1.0, *(n for n in LADDER if n <= 65536))  # definition: grid of new tokens
CONTEXTS = (1.0, *(n for n in LADDER if 256 <= n <= 65536))  # definition: grid of tokens cached per sequence
PASTS = (0.0, 2048.0, 8192.0, 32768.0)  # definition: grid of prompt tokens computed before


class Steps:
    r"""Times of decode steps and of passes that carry prompt tokens, by linear interpolation [s].

    ``decode[i, j]``: one token for each of ``batches[i]`` sequences with ``contexts[j]`` tokens cached;
    ``linear[i]``: a pass over ``tokens[i]`` new tokens in sequences too short for attention to matter;
    ``attention[i, j]``: what attention adds for one sequence of ``tokens[i]`` new and ``pasts[j]`` old tokens.
    A mixed pass of B decoding sequences and prompt chunks (q, past) takes

    .. math:: t = linear(B + \sum q) + \sum attention(q, past) + decode(B, context) - decode(B, 1)

    Decoding tokens ride along in the matrix products of the prompts; their reads of the cache are added.
    ``ranks`` data-parallel attention ranks work side by side; where their shares differ the fullest one sets the
    pace, except for the experts, ``experts[i]`` of the time at ``tokens[i]`` per rank, which all share out; a pass
    takes ``least`` in any case. Known error: below 3 % of the operator model between grid points.
    """

    def __init__(
        self,
        decode: Floats,
        linear: Floats,
        attention: Floats,
        ranks: float = 1.0,
        batches: Sequence[float] = BATCHES,
        contexts: Sequence[float] = CONTEXTS,
        tokens: Sequence[float] = TOKENS,
        pasts: Sequence[float] = PASTS,
        experts: Floats | None = None,
        least: float = 0.0,
    ) -> None:
        self.ranks = ranks
        self._sequences = 1.0  # that each sequence of a batch stands for
        self._batches, self._contexts = list(batches), list(contexts)
        self._decode = decode
        self._rows: dict[int, list[float]] = {}
        self._tokens, self._linear = list(tokens), [float(t) for t in linear]
        self._experts = None if experts is None else [float(t) for t in experts]
        self._least = least
        self._pasts = list(pasts)
        self._attention = [[float(t) for t in row] for row in attention]

    def decode_s(self, batch: int, context: float) -> float:
        """Return the time of one decode step of ``batch`` sequences with ``context`` tokens each [s]."""
        row = self._rows.get(batch)
        if row is None:
            grid = self._batches
            share = max(batch / self.ranks * self._sequences, 1.0)
            i = min(max(bisect_right(grid, share), 1), len(grid) - 1)
            low, high = self._decode[i - 1], self._decode[i]
            row = (low + (high - low) * ((share - grid[i - 1]) / (grid[i] - grid[i - 1]))).tolist()
            self._rows[batch] = row
        return _between(context, self._contexts, row)

    def mixed_s(self, batch: int, context: float, chunks: Sequence[tuple[float, float]]) -> float:
        """Return the time of one pass with ``batch`` decoding sequences and prompt ``chunks`` (new, old) [s]."""
        new = sum(chunk[0] for chunk in chunks)
        heaviest = max(new / self.ranks, max(chunk[0] for chunk in chunks))
        fullest, mean = (batch / self.ranks + each for each in (heaviest, new / self.ranks))
        time = _between(fullest * self._sequences, self._tokens, self._linear)
        if self._experts is not None and mean < fullest:
            time -= _between(fullest * self._sequences, self._tokens, self._experts)
            time += _between(mean * self._sequences, self._tokens, self._experts)
            time = max(time, self._least)
        extra = 0.0
        for tokens, past in chunks:
            extra += self.attention_s(tokens, past)
        time += extra * heaviest / new * self._sequences
        if batch:
            time += self.decode_s(batch, context) - self.decode_s(batch, 1.0)
        return time

    def smaller(self, ranks: float, sequences: float) -> Steps:
        """Return the steps of ``ranks`` times fewer ranks, each sequence in place of ``sequences`` alike [1]."""
        other = copy(self)
        other.ranks = self.ranks / ranks
        other._sequences, other._rows = self._sequences * sequences, {}
        return other

    def between(self, other: Steps, share: float) -> Steps:
        """Return steps between these and others that differ in decoding: the geometric mean of their times [s].

        What to expect where a ``share`` of runs is in the other state and none says in which it is [1].
        """
        middle = copy(self)
        middle._decode = self._decode ** (1.0 - share) * other._decode**share
        middle._rows = {}
        return middle

    def attention_s(self, tokens: float, past: float) -> float:
        """Return what attention of one long sequence adds to a pass [s]."""
        grid = self._tokens
        i = min(max(bisect_right(grid, tokens), 1), len(grid) - 1)
        low = _between(past, self._pasts, self._attention[i - 1])
        high = _between(past, self._pasts, self._attention[i])
        return low + (high - low) * (tokens - grid[i - 1]) / (grid[i] - grid[i - 1])


@dataclass(frozen=True)
class Overheads:
    """What an engine adds to its kernels: ``step_s`` on the host per pass, ``prompt_s`` the least time of a pass

    with prompts, whose kernels are launched one by one, ``decode_s`` per decode step beside its kernels [s];
    ``stretch`` and ``decode_stretch``: time of a pass with prompts, and of a decode step, over the sum of its
    kernels [1].
    """

    step_s: float = 0.0
    prompt_s: float = 0.0
    stretch: float = 1.0
    decode_s: float = 0.0
    decode_stretch: float = 1.0


@dataclass(frozen=True)
class Draft:
    """Speculative decoding: ``tokens`` drafted per step, of which each is right with probability ``right`` if

    those before it are; ``share``: time of drafting one token over that of a decode step of the model [1].
    """

    tokens: int = 0
    right: float = 0.0
    share: float = 0.0

    @property
    def made(self) -> float:
        r"""Tokens of a step [1]: :math:`\sum_{i=0}^{d} a^i`, its own and the drafted ones up to a wrong one."""
        return sum(self.right**i for i in range(self.tokens + 1))


NO_DRAFT = Draft()


@dataclass(frozen=True)
class Kernels:
    """Sums of kernels before any engine adds to them [s], on the grids of :class:`Steps`.

    ``decode``: steps that check the tokens of ``draft``; ``linear``: passes over new tokens in short sequences,
    ``experts`` of it in routed experts; ``whole``: in one long sequence.
    """

    decode: Floats
    linear: Floats
    whole: Floats
    experts: Floats
    draft: Draft = NO_DRAFT

    def steps(self, extra: Overheads, ranks: float = 1.0) -> Steps:
        """Return the step times of a worker whose engine adds ``extra``.

        Decode steps replay a recorded graph; passes with prompts do not. A step's time is shared out over the
        tokens that it makes.
        """
        draft = self.draft
        decode = self.decode * extra.decode_stretch * (1.0 + draft.tokens * draft.share)
        decode = (decode + extra.step_s + extra.decode_s) / draft.made
        linear = self.linear * extra.stretch
        attention = numpy.maximum(self.whole * extra.stretch - linear[:, None], 0.0)
        least = extra.prompt_s + extra.step_s
        passes = numpy.maximum(linear, extra.prompt_s) + extra.step_s
        return Steps(decode, passes, attention, ranks, experts=self.experts * extra.stretch, least=least)


def tabulate(
    pass_s: Callable[[Pass], tuple[Floats, Floats]], stages: float = 1.0, draft: Draft = NO_DRAFT
) -> Kernels:
    """Return the kernels of a worker from ``pass_s``: times of forward passes, and of their experts [s].

    ``stages`` of a pipeline work on different micro-batches: each decodes its share of the batch, and a stream
    of prompts is ``stages`` times as fast as one. With a ``draft``, a step checks all drafted tokens at once.
    """
    batch, context = numpy.asarray(BATCHES)[:, None], numpy.asarray(CONTEXTS)[None, :]
    in_stage = numpy.maximum(batch / stages, 1.0)
    checked = 1.0 + draft.tokens
    decode, _ = pass_s(Pass(in_stage, checked, context, decode=True, last_token_only=not draft.tokens))
    tokens, past = numpy.asarray(TOKENS), numpy.asarray(PASTS)
    length = numpy.minimum(tokens, PACK)
    linear, experts = pass_s(Pass(tokens / length, length, 0.0, last_token_only=True))
    whole, _ = pass_s(Pass(1.0, tokens[:, None], past[None, :], last_token_only=True))
    experts = numpy.broadcast_to(experts, linear.shape)
    return Kernels(decode, linear / stages, whole / stages, experts / stages, draft)


def _between(x: float, grid: list[float], values: list[float]) -> float:
    i = bisect_right(grid, x)
    if i < 1:
        return values[0]
    if i >= len(grid):
        i = len(grid) - 1
    low = values[i - 1]
    return low + (values[i] - low) * (x - grid[i - 1]) / (grid[i] - grid[i - 1])
