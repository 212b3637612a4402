"""Training of small networks by a framework that issues kernels one by one: time and activity of a step."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.activations import two_term_time
from tauplan.chip.power import activity_energy
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.formats import BYTES

FRAMEWORK = "PyTorch eager"
TRAINING_PASSES = 3.0  # definition: forward, gradients of inputs, gradients of weights
FLOP_PER_MAC = 2.0  # definition


@dataclass(frozen=True)
class EagerJob:
    """Totals of a training job: per sample ``macs`` of the forward pass and ``activations`` that layers write,
    ``kernels`` of a step, optimizer included [1]; coefficients of its class of network: ``peak_share`` of the
    matrix rate, ``passes`` of activations through memory, ``ratio`` of a step to its forward pass [1];
    ``sample_s`` that the host needs to prepare a sample [s].
    """

    macs: float
    activations: float
    kernels: float
    peak_share: Number
    passes: Number
    ratio: Number
    sample_s: Number = 0.0


@dataclass(frozen=True)
class EagerStep:
    """A step: time, time with kernels on the accelerator [s], energy [J]."""

    time: Number
    busy: Number
    energy_J: Number


def resolve_job(book: Book, name: str) -> EagerJob:
    """Return a catalogued training job. Errors: :class:`InputError` for an unknown one."""
    part = book.catalog.find(name)
    if part is None or part.kind != "training job":
        raise InputError(
            Problem("unknown training job", value=name, hint="tauplan catalog list 'training job'")
        )
    kind = book.text(part.name, "net_class") or ""
    macs, activations, kernels = (
        float(book.number(part.name, field))
        for field in ("sample_macs", "sample_activations", "step_kernels")
    )
    coefficients = (book.number(kind, field) for field in ("peak_share", "passes_nchw", "training_ratio"))
    prepare_s = book.optional(part.name, "sample_host_time") or 0.0
    return EagerJob(macs, activations, kernels, *coefficients, sample_s=prepare_s)


def eager_step(
    job: EagerJob, batch: Number, chip: ChipFacts, issue_s: Number, number_format: str
) -> EagerStep:
    r"""Return time and energy of a step on one accelerator.

    .. math:: T = \max(r\,(2 M b\,\theta_F + p\,A b\,e\,\theta_B),\; n\,t_{issue},\; b\,t_{sample})

    r: step over forward pass, b: ``batch`` [1], n kernels that the host issues in ``issue_s`` [s] each. Work is
    three forward passes; the host's waits draw what an accelerator draws awake. Error: see docs/power.md.
    """
    element_B = BYTES[number_format]
    flop_s = chip.peak_gemm_s / job.peak_share
    macs, activations = job.macs * batch, job.activations * batch
    forward = two_term_time(macs, activations, job.passes, flop_s, chip.peak_memory_s, element_B)
    device = forward * job.ratio
    time = np.maximum(device, np.maximum(job.kernels * issue_s, job.sample_s * batch))
    flops = TRAINING_PASSES * FLOP_PER_MAC * macs
    moved = job.passes * activations * element_B * job.ratio
    joules = activity_energy(chip.energy, time, flops, moved, 0.0, busy_s=device)
    return EagerStep(time, device, joules)
