"""Images and clips from a diffusion transformer: time and energy of a batch on a group of accelerators."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.power import activity_energy
from tauplan.cluster.issue import HostIssue
from tauplan.cluster.layout import RECOMPUTE, Layout, groups
from tauplan.cluster.stage import StageTime, device_body, stage_time
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts
from tauplan.link.tier import Tier
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.diffusion import Denoiser, denoiser_shape
from tauplan.workload.llm.step import ElementBytes, Pass

FRAMEWORK = "diffusion pipelines"


@dataclass(frozen=True)
class Canvas:
    """What is made: width and height in pixels, frames, denoising steps, and how many at once [1]."""

    width: int
    height: int
    frames: int
    steps: int
    batch: float


@dataclass(frozen=True)
class Made:
    """A batch: time [s], energy of all accelerators [J]."""

    time: Number
    energy_J: Number


def resolve_denoiser(book: Book, name: str) -> Denoiser:
    """Return a catalogued diffusion transformer. Errors: :class:`InputError` for an unknown one."""
    part = book.catalog.find(name) or book.catalog.find(name.rpartition("/")[2])
    if part is None or part.kind != "diffusion":
        raise InputError(
            Problem("unknown diffusion model", value=name, hint="tauplan catalog list diffusion")
        )

    def whole(field: str, default: int | None = None) -> int:
        found = book.optional(part.name, field)
        return int(book.number(part.name, field)) if default is None or found is not None else default

    shape = denoiser_shape(
        part.name,
        whole("layers"),
        whole("hidden"),
        whole("heads"),
        whole("ffn_width"),
        gated=bool(whole("gated", 0)),
        extra_width=whole("extra_width", 0),
        window=whole("window", 0),
    )
    return Denoiser(
        shape,
        whole("token_pixels"),
        whole("token_frames", 1),
        whole("text_tokens", 0),
        whole("guidance_passes"),
    )


@dataclass(frozen=True)
class Pipeline:
    """How a framework makes images.

    ``issue``: host time per kernel; ``passes``: passes of the hidden state through memory per layer, beyond those
    of fused kernels [1]; ``pixel_s``: time of the image decoder per pixel [s].
    """

    issue: HostIssue
    passes: Number
    pixel_s: Number


def denoise(
    model: Denoiser, canvas: Canvas, count: int, chip: ChipFacts, tiers: tuple[Tier, ...], pipeline: Pipeline
) -> Made:
    """Return time and energy of a batch on ``count`` accelerators.

    Guided passes run on two halves of the accelerators; within a half, tokens are split and keys and values
    gathered. The host issues kernels one by one; what it makes wait draws no more than an accelerator awake.
    One accelerator decodes, at the power of running kernels. Error: see docs/power.md.
    """
    halves = min(model.passes, count)
    layout = Layout(
        tensor=1.0,
        context=count / halves,
        data=halves * 1.0,
        pipeline=1.0,
        expert=1.0,
        interleave=1.0,
        micro_batch=canvas.batch,
        sequence_parallel=True,
        recompute=RECOMPUTE["none"],
        zero=0.0,
        overlap_data=0.0,
        overlap_tensor=0.0,
        overlap_expert=0.0,
    )
    sequences = canvas.batch * model.passes / halves
    work = Pass(sequences, float(model.tokens(canvas.width, canvas.height, canvas.frames)), causal=False)
    size = ElementBytes()
    at = groups(layout, tiers)
    stage = stage_time(model.shape, work, layout, at, chip.rates, size, host=pipeline.issue)
    moved = pipeline.passes * model.shape.layers * sequences * work.queries / layout.context
    moved = moved * model.shape.hidden * size.output
    stage = stage.plus(StageTime(kernels=moved * chip.rates.elementwise_byte_s, bytes=moved))
    device = device_body(stage, layout)
    step = np.maximum(device, stage.issue)
    joules = step_energy(chip, stage, step)
    decode = pipeline.pixel_s * canvas.batch * canvas.width * canvas.height * canvas.frames
    decoding_J = decode * (chip.energy.running_W + (count - 1.0) * chip.energy.awake_W)
    return Made(step * canvas.steps + decode, joules * canvas.steps * count + decoding_J)


def step_energy(chip: ChipFacts, stage: StageTime, time_s: Number) -> Number:
    """Return the energy of one accelerator for one pass of a stage that takes ``time_s`` [J]."""
    return activity_energy(
        chip.energy,
        time_s,
        stage.flops,
        stage.bytes,
        stage.link_bytes,
        busy_s=np.minimum(stage.kernels, time_s),
    )
