"""How requests reach a served model, and what its latencies mean."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tauplan.errors import InputError, Problem
from tauplan.spec.base import Spec
from tauplan.spec.quantity import Count, Duration, Fraction, Rate


class Arrival(Spec):
    """One request of a recorded trace."""

    at: Duration = Field(description="time of arrival after the start of the trace")
    prompt: Count = Field(description="prompt tokens")
    output: Count = Field(description="generated tokens")


class Load(Spec):
    """How requests arrive: a closed loop of clients, a random stream, or a trace; the answer has percentiles."""

    clients: Count = Field(
        default=16, description="clients that each send the next request when the last one is answered"
    )
    rate: Rate | None = Field(
        default=None, description="mean rate of requests that arrive at random; takes the place of clients"
    )
    trace: tuple[Arrival, ...] = Field(
        default=(),
        description="requests as recorded, each with its time; takes the place of clients and lengths",
    )
    requests: Count = Field(
        default=1000, description="requests that are simulated; a trace has its own number"
    )
    spread: Fraction = Field(
        default=0.2,
        description="lengths of requests lie between 1 - spread and 1 times those of the workload",
    )
    prefix_hit: Fraction = Field(default=0.0, description="share of prompt tokens found in a prefix cache")
    draft_tokens: Count | None = Field(
        default=None,
        description="tokens that the model's own extra layer drafts per decode step; default: no drafts",
    )
    draft_right: Fraction | None = Field(
        default=None,
        description="probability that a drafted token is right if those before it are; default: the engine's",
    )
    tpot: Literal["exclusive", "inclusive"] = Field(
        default="exclusive",
        description="time per output token without the first, (last - first)/(n - 1), or with it, (last - sent)/n",
    )
    clock: Literal["engine", "client"] = Field(
        default="engine",
        description="whose clock: the engine's, or the client's, which adds the engine's time per request",
    )
    warm_up: Fraction = Field(
        default=0.0, description="share of the requests, those sent first, that the percentiles leave out"
    )
    ttft_limit: Duration | None = Field(
        default=None, description="largest time to first token that counts as served; with tpot_limit"
    )

    @model_validator(mode="after")
    def _one_stream(self) -> Load:
        if self.rate is not None and self.trace:
            problem = Problem(
                "requests arrive twice: at a rate and by a trace", expected="one of rate, trace"
            )
            raise ValueError(InputError(problem))
        if self.warm_up >= 1.0:
            problem = Problem("nothing is left after the warm-up", expected="warm_up below 1")
            raise ValueError(InputError(problem))
        return self
