"""One worker under continuous batching: what runs next, and how long it takes."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass

from tauplan.cluster.simulate.steps import Steps

BUDGET = 8192  # definition: of no engine in particular; each states its own
UNBOUNDED = 1 << 30  # definition: more than any cache holds


@dataclass(frozen=True)
class Scheduler:
    """How an engine forms its passes.

    ``budget``: tokens of one pass, and rank; ``chunked``: prompts may be cut to fill it; ``mixed``: decoding
    sequences ride along with prompts, else prompts go first and decoding stands still; ``slots``: sequences
    in flight; ``cache_tokens``: room in the key-value cache; ``reserve``: a request is let in only when its
    whole answer fits too (nothing is ever preempted); ``prefix_hit``: share of prompt tokens found cached [1];
    ``poll``: decode steps between two looks at the queue.
    """

    budget: int = BUDGET
    chunked: bool = True
    mixed: bool = True
    slots: int = UNBOUNDED
    cache_tokens: float = math.inf
    reserve: bool = False
    prefix_hit: float = 0.0
    poll: int = 1


@dataclass
class Request:
    """One request on its way; times [s], counts of tokens [1]. ``done``: prompt tokens computed."""

    index: int
    prompt: int
    output: int
    sent: float
    done: float = 0.0
    made: int = 0
    first: float = math.inf
    last: float = math.inf
    preempted: int = 0


@dataclass
class Gaps:
    """Times between tokens as a weighted sample: ``seconds`` and how many tokens saw each."""

    seconds: list[float]
    tokens: list[int]

    def add(self, seconds: float, tokens: int) -> None:
        """Count ``tokens`` that came ``seconds`` after the one before."""
        self.seconds.append(seconds)
        self.tokens.append(tokens)


class Worker:
    """A model replica, or a group of data-parallel attention ranks that step together.

    Between two events (an arrival, an answer's end, a full cache) the batch stays the same, so all its decode
    steps are made in one jump. ``prefill_only`` workers hand a request on after its first token, which its client
    sees once a decoding worker has a place for it: answers stream from there.
    """

    def __init__(self, steps: Steps, scheduler: Scheduler, gaps: Gaps, *, prefill_only: bool = False) -> None:
        self.steps, self.scheduler, self.gaps = steps, scheduler, gaps
        self.prefill_only = prefill_only
        self.waiting: deque[Request] = deque()
        self.running: list[tuple[int, int, Request]] = []  # heap by the step that makes the last token
        self.step = 0  # decode steps made so far
        self.cached = 0.0  # tokens in the cache
        self.promised = 0.0  # tokens that running requests may still add
        self.version = 0
        self.busy = False
        self.until = 0.0
        self.load = 0  # requests here
        self.busy_s = 0.0
        self._full = False  # preempted since the last answer ended
        self._start = self._each = self._stall = 0.0
        self._jump = 0
        self._chunks: list[tuple[Request, float]] = []

    def arrive(self, request: Request, now: float) -> None:
        """Take a request; a jump under way stops at the end of the step it is in."""
        self.waiting.append(request)
        self.load += 1
        if self.busy and self._jump > 1 and self._may_admit(request):
            made = int((now - self._start) / self._each) + 1
            made = min(made + -(self.step + made) % self.scheduler.poll, self._jump)
            self._jump = made
            self.until = self._start + made * self._each
            self.version += 1

    def plan(self, now: float) -> bool:
        """Start the next pass or jump at ``now``; False where there is nothing to do."""
        self._start = now
        self._chunks = self._admit() if self.waiting else []
        batch = len(self.running)
        if self._chunks:
            mean = self.cached / batch if batch else 0.0
            riding = batch if self.scheduler.mixed else 0
            sizes = [(tokens, request.done) for request, tokens in self._chunks]
            self._jump = 0
            self._each = self.steps.mixed_s(riding, mean, sizes)
            self.until = now + self._each
        elif batch:
            k = self.running[0][0] - self.step
            room = (self.scheduler.cache_tokens - self.cached) / batch
            if room < k:
                if room < 1.0 and batch > 1:
                    self._preempt()
                    return self.plan(now)
                k = max(int(room), 1)
            if self.waiting:
                k = min(k, self.scheduler.poll - self.step % self.scheduler.poll)
            self._jump = k
            self._each = self.steps.decode_s(batch, (self.cached + 0.5 * batch * (k - 1)) / batch)
            self.until = now + k * self._each
        else:
            self.busy = False
            return False
        self.busy = True
        self.version += 1
        return True

    def finish(self) -> tuple[list[Request], list[Request]]:
        """End the pass or jump; return requests whose first token it made, and requests it completed."""
        now = self.until
        self.busy_s += now - self._start
        batch, firsts = len(self.running), list[Request]()
        if self._jump:
            self._advance(self._jump)
            self.gaps.add(self._each + self._stall, batch)
            if self._jump > 1:
                self.gaps.add(self._each, batch * (self._jump - 1))
            self._stall = 0.0
        else:
            if batch and self.scheduler.mixed:
                self._advance(1)
                self.gaps.add(self._each, batch)
            elif batch:
                self._stall += self._each
            firsts = self._end_chunks(now)
        return firsts, self._completed(now)

    def _end_chunks(self, now: float) -> list[Request]:
        firsts: list[Request] = []
        for request, tokens in self._chunks:
            request.done += tokens
            if request.done < request.prompt + request.made:
                continue
            self.waiting.popleft()
            if request.made == 0:
                request.made = 1
                request.first = now
                firsts.append(request)
            if self.prefill_only:
                self.load -= 1
                continue
            self._run(request)
        return firsts

    def _run(self, request: Request) -> None:
        left = request.output - request.made
        self.cached += request.prompt + request.made
        self.promised += left
        heapq.heappush(self.running, (self.step + left, request.index, request))

    def _advance(self, steps: int) -> None:
        self.step += steps
        self.cached += steps * len(self.running)
        self.promised -= steps * len(self.running)

    def _completed(self, now: float) -> list[Request]:
        ended: list[Request] = []
        while self.running and self.running[0][0] <= self.step:
            request = heapq.heappop(self.running)[2]
            request.made, request.last = request.output, now
            self.cached -= request.prompt + request.output
            self.load -= 1
            ended.append(request)
            self._full = False
        return ended

    def _may_admit(self, request: Request) -> bool:
        rules = self.scheduler
        if len(self.running) >= rules.slots or self._full:
            return False
        need = request.prompt + request.made
        if rules.reserve:
            need += request.output + self.promised
        return self.cached + need <= rules.cache_tokens or not self.running

    def _admit(self) -> list[tuple[Request, float]]:
        """Return the prompt chunks of the next pass, first come, first served."""
        rules, chosen = self.scheduler, list[tuple[Request, float]]()
        unseen = bool(self.running) and self.step % rules.poll > 0
        if not self.waiting or unseen or (self._full and self.running):
            return chosen
        per_rank = float(rules.budget)
        left = per_rank * self.steps.ranks - (len(self.running) if rules.mixed else 0)
        cached, promised, slots = self.cached, self.promised, rules.slots - len(self.running)
        while len(chosen) < len(self.waiting) and slots > 0:
            request = self.waiting[len(chosen)]
            whole = request.prompt + request.made
            if request.made and request.done >= whole - 1:
                if cached + whole > rules.cache_tokens and self.running:
                    break
                del self.waiting[len(chosen)]
                request.first = max(request.first, self._start)
                self._run(request)  # arrives with its cache from a prefill worker
                cached, promised, slots = cached + whole, promised + request.output - request.made, slots - 1
                continue
            if not request.done:
                request.done = min(math.floor(request.prompt * rules.prefix_hit), whole - 1.0)
            need = whole + (request.output - request.made + promised if rules.reserve else 0.0)
            alone = not self.running and not chosen
            if cached + need > rules.cache_tokens and not alone:
                break
            tokens = whole - request.done
            if tokens > left or tokens > per_rank:
                if rules.chunked and left >= 1.0:
                    tokens = min(left, per_rank, tokens)
                elif chosen or left < per_rank - len(self.running):
                    break
            chosen.append((request, tokens))
            left -= tokens
            cached += whole
            promised += request.output - request.made
            slots -= 1
            if left < 1.0 or tokens < whole - request.done:
                break
        return chosen

    def _preempt(self) -> None:
        """Send the latest request back to the queue; its tokens are computed again."""
        victim = max(self.running, key=lambda item: item[2].first)
        self.running.remove(victim)
        heapq.heapify(self.running)
        request = victim[2]
        request.made = request.output - (victim[0] - self.step)
        self.cached -= request.prompt + request.made
        self.promised -= request.output - request.made
        request.done, request.preempted = 0.0, request.preempted + 1
        self._full = True
        self.waiting.appendleft(request)
