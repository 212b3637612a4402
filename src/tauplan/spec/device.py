"""Scenarios of networks on devices: images on a card, nets of a car, answers on a phone, one model over cards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from tauplan.errors import InputError
from tauplan.spec.base import Spec
from tauplan.spec.diagnose import problems
from tauplan.spec.override import apply
from tauplan.spec.quantity import Count, Duration, Fraction, Power, Quantity, Rate
from tauplan.spec.workload import Format
from tauplan.spec.yaml_text import Document, load, loads

Energy = Annotated[float, Quantity("J", "19 Wh")]
Temperature = Annotated[float, Field(gt=-60.0, lt=200.0)]


class Infer(Spec):
    """Run a network on batches of samples."""

    task: Literal["infer"]
    model: str = Field(description="a described network, or an ONNX file beside the scenario")
    batch: Count = Field(default=64, description="largest batch; the answer tells all powers of two up to it")
    size: Count | None = Field(
        default=None, description="side of the image, or tokens, of a described network"
    )
    dims: dict[str, Count] = Field(
        default_factory=dict[str, int], description="symbolic dimensions of an ONNX file"
    )
    precision: Format = Field(default="fp16", description="format of weights and activations")
    training: bool = Field(default=False, description="a training step with momentum instead of inference")
    instances: Count = Field(default=1, description="independent copies that share each accelerator")
    latency_limit: Duration | None = Field(default=None, description="largest allowed time of a batch")
    rate: Rate | None = Field(default=None, description="samples per second to keep up with")


class Sensor(Spec):
    """What releases frames: a camera ring, a lidar."""

    name: str
    rate: Rate = Field(description="frames per second")


class Net(Spec):
    """One network of the pipeline, after the sensors and nets that it reads."""

    name: str
    model: str = Field(description="a described network, or an ONNX file beside the scenario")
    after: tuple[str, ...] = Field(min_length=1, description="sensors and nets whose outputs it reads")
    batch: Count = Field(default=1, description="images of one frame, such as the cameras of a ring")
    size: Count | None = Field(default=None, description="side of the image, or tokens")
    lane: str = Field(default="all", description="the share of the chip it runs on")
    deadline: Duration | None = Field(
        default=None, description="from the oldest frame it rests on to its result"
    )


class Drive(Spec):
    """Nets in parallel and in series behind sensors on one system on chip."""

    task: Literal["drive"]
    sensors: tuple[Sensor, ...] = Field(min_length=1)
    nets: tuple[Net, ...] = Field(min_length=1)
    lanes: dict[str, Fraction] = Field(
        default_factory=lambda: {"all": 1.0},
        description="shares of the chip that run side by side; the nets of a lane run one after another",
    )
    precision: Format = Field(default="int8", description="format of weights and activations")
    drive: Duration = Field(default=30.0, description="time that is simulated")
    jitter: Fraction = Field(default=0.1, description="relative spread of execution times and of frames")
    seed: Count = 1


class Converse(Spec):
    """Answer prompts on a phone, one after another, until it is warm."""

    task: Literal["converse"]
    model: str = Field(description="catalogued language model or path of a config.json")
    prompt: Count = Field(description="prompt tokens per answer")
    output: Count = Field(description="generated tokens per answer")
    precision: Format = Field(default="int4", description="format of the weights")
    session: Duration = Field(default=900.0, description="time of answering without a pause")


class Spread(Spec):
    """Serve one model over more and more cards."""

    task: Literal["spread"]
    model: str = Field(description="catalogued language model or path of a config.json")
    prompt: Count = Field(description="prompt tokens per request")
    output: Count = Field(description="generated tokens per request")
    batch: Count = Field(default=16, description="concurrent sequences per card that are offered")
    precision: Format = Field(default="int8", description="format of weights and activations")
    tpot_limit: Duration | None = Field(default=None, description="largest allowed time per output token")


class Phone(Spec):
    """The housing: battery, how it takes heat away, and how warm its skin may get."""

    battery: Energy = Field(default=19.0 * 3600, description="usable energy of the battery")
    rest: Power = Field(default=1.2, description="display and radio while answering")
    ambient_C: Temperature = Field(default=25.0, description="temperature of the air")
    skin_C: Temperature = Field(default=43.0, description="largest temperature of the skin")
    resistance_K_per_W: float = Field(
        default=3.2, gt=0, le=100, description="temperature rise of the skin per watt"
    )
    heat_J_per_K: float = Field(default=110.0, gt=0, le=1e5, description="heat that warms the housing by 1 K")


class Group(Spec):
    """More cards of another generation."""

    accelerator: str
    count: Count


class Device(Spec):
    """What runs it."""

    accelerator: str = Field(description="catalogued accelerator or SoC")
    count: Count = Field(default=1, description="accelerators, or the most that the model is spread over")
    peers: tuple[str, ...] = Field(default=(), description="other parts to set beside it")
    others: tuple[Group, ...] = Field(
        default=(), description="cards of other generations in the same cluster"
    )
    power_cap: Power | None = Field(default=None, description="power limit of one accelerator")
    phone: Phone = Field(default_factory=Phone)


Task = Annotated[Infer | Drive | Converse | Spread, Field(discriminator="task")]
TASKS = ("infer", "drive", "converse", "spread")
"""Values of ``workload.task`` that make a scenario one of this kind."""


class DeviceScenario(Spec):
    """A workload of networks and the device that runs it."""

    name: str = Field(default="", description="title of the answer; default: the file's name")
    workload: Task
    system: Device


def asks_of_devices(data: Mapping[str, Any]) -> bool:
    """Tell whether a scenario's text asks for one of :data:`TASKS`."""
    workload: Any = data.get("workload")
    return isinstance(workload, dict) and workload.get("task") in TASKS  # pyright: ignore[reportUnknownMemberType]


def is_device_scenario(path: Path) -> bool:
    """Tell whether a scenario file asks for one of :data:`TASKS`; a file that cannot be read does not."""
    try:
        return asks_of_devices(load(path).data)
    except InputError:
        return False


def read_device_scenario(path: Path, changes: tuple[str, ...] = ()) -> DeviceScenario:
    """Read a scenario file and apply ``path=value`` changes; errors: :class:`InputError` with all problems."""
    return _validated(load(path), changes, path.stem)


def parse_device_scenario(text: str, name: str = "scenario", changes: tuple[str, ...] = ()) -> DeviceScenario:
    """Read a scenario from text; see :func:`read_device_scenario`."""
    return _validated(loads(text, name), changes, name)


def _validated(document: Document, changes: tuple[str, ...], default_name: str) -> DeviceScenario:
    data = apply(document.data, changes, DeviceScenario)
    data.setdefault("name", default_name)
    try:
        return DeviceScenario.model_validate(data)
    except pydantic.ValidationError as error:
        raise InputError(problems(error, document, DeviceScenario)) from None
