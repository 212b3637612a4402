"""What a row of a serving table says: the model, its number formats, and pools of workers with their plans."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book
from tauplan.evaluate.case import Case
from tauplan.evaluate.engine import Engine, find_engine, resolve_engine, with_engine
from tauplan.evaluate.resolve import resolve
from tauplan.spec.scenario import scenario_from
from tauplan.spec.workload import Precision
from tauplan.validate.devices import Devices
from tauplan.validate.table import Row, UnansweredError, number

PARALLEL = re.compile(r"(bs|tp|pp|adp|moetp|moeep)(\d+)")
NODE = 8  # accelerators of the servers that aggregated runs stayed inside
NEAREST = 256  # token counts of benchmarks that fix lengths exactly are whole multiples of this


@dataclass(frozen=True)
class Ways:
    """Parallel ways of one worker: tensor, pipeline, expert, data-parallel attention ranks; batch per rank."""

    tensor: int = 1
    pipeline: int = 1
    expert: int = 1
    ranks: int = 1
    batch: int = 0

    @property
    def accelerators(self) -> int:
        """Accelerators of the worker."""
        return self.tensor * self.pipeline * self.ranks


class Setup:
    """Resolves rows into cases, and remembers those that it resolved."""

    def __init__(self, devices: Devices) -> None:
        self.devices = devices
        self._cases: dict[tuple[object, ...], Case] = {}
        self._engines: dict[str, Engine] = {}

    def engine(self, name: str) -> Engine:
        """Return the engine behind the name in a table."""
        part = find_engine(self.devices.catalog, name)
        if part not in self._engines:
            self._engines[part] = resolve_engine(Book(self.devices.catalog, Policy()), part)
        return self._engines[part]

    def use(self, engine: Engine) -> None:
        """Put an engine in place of the catalogue's, as a calibration does."""
        self._engines[engine.name] = engine

    def case(self, model: str, device: str, precision: Precision, ways: Ways, engine: Engine) -> Case:
        """Return one worker as a case; decode and prompts are asked of it later."""
        key = (model, device, precision.model_dump_json(), ways, engine.name)
        if key not in self._cases:
            parts = _scenario(model, self.devices.part(device), precision, ways)
            self._cases[key] = with_engine(resolve(scenario_from(parts), self.devices.catalog), engine)
        return self._cases[key]

    def benchmark(self, name: str, field: str, default: float | None = None) -> float:
        """Return a figure of a named benchmark, or the default; without one the row is unanswered."""
        part = self.devices.catalog.find(name)
        choice = self.devices.catalog.choose(part.name, field) if part and part.kind == "benchmark" else None
        if choice is not None:
            return float(choice.value)
        if default is None:
            raise UnansweredError(f"the catalogue has no {field} of the benchmark {name!r}")
        return default

    def precision(self, row: Row) -> Precision:
        """Return the number formats of a row: its own, or those of the model's published weights.

        Rows of the closed division state the format of the reference; its rules allow narrower weights, and
        entries with TensorRT use 8 bits where the part has a rate for them.
        """
        named = row["precision"].strip().split(" ")[0]
        if not named or "=" in named:
            model = self.devices.catalog.find(row["model"])
            choice = self.devices.catalog.choose(model.name, "dtype") if model else None
            named = str(choice.value) if choice else "bf16"
        if row.get("mode", "") == "closed" and self._narrows(row):
            named = "fp8"
        formats = self.devices.precision(named)
        cache = "bf16" if formats.weights in ("bf16", "fp16") else "fp8"
        return formats.model_copy(update={"kv_cache": cache})

    def _narrows(self, row: Row) -> bool:
        quantises = row.get("backend", "").casefold().startswith("tensorrt")
        return (
            quantises
            and self.devices.catalog.choose(self.devices.part(row["system"]), "peak_fp8") is not None
        )


def _scenario(model: str, device: str, precision: Precision, ways: Ways) -> dict[str, Any]:
    return {
        "name": model,
        "workload": {
            "task": "serve",
            "model": model,
            "prompt": 1,
            "output": 1,
            "precision": precision.model_dump(exclude_none=True),
        },
        "system": {"accelerator": device, "count": ways.accelerators},
        "plan": {
            "tensor": ways.tensor,
            "pipeline": ways.pipeline,
            "expert": ways.expert,
            "sequence_parallel": False,
        },
        "supply": {"in_hand": True},
    }


def aggregated_ways(row: Row, heads: int) -> Ways:
    """Return the plan of a row whose workers do both prompts and decoding.

    Tensor x attention-data ranks = expert-tensor x expert ranks on the same accelerators, which fills in a blank
    column. Where a table gives equal expert-tensor and expert ways whose product is more than a server holds,
    both name the same accelerators. Tensor ways that do not divide the heads stand for attention ranks.
    """
    tensor, ranks = _whole(row, "tp"), _whole(row, "attention_dp")
    moe_tensor, expert = _whole(row, "moe_tp"), _whole(row, "moe_ep")
    count = tensor * ranks
    if not row.get("attention_dp", "").strip() and moe_tensor * expert > tensor:
        ranks = max(moe_tensor * expert // tensor, 1)
    if moe_tensor == expert > 1 and count == expert * expert and count > NODE:
        tensor, ranks = (expert, 1) if tensor > 1 else (1, expert)
    return _by_sequences(Ways(tensor, _whole(row, "pp"), expert, ranks), heads, moe_tensor)


def pool_ways(text: str, heads: int) -> Ways:
    """Return the plan of a pool's workers from words such as "bs64 tp1 pp1 adp32 moetp1 moeep32"."""
    found: Mapping[str, int] = {name: int(value) for name, value in PARALLEL.findall(text)}
    ways = Ways(
        max(found.get("tp", 1), 1),
        max(found.get("pp", 1), 1),
        max(found.get("moeep", 1), 1),
        max(found.get("adp", 1), 1),
        found.get("bs", 0),
    )
    return _by_sequences(ways, heads, max(found.get("moetp", 1), 1))


def named_accelerators(text: str) -> int:
    """Return the accelerators of a plan in words [1]: tensor, pipeline and attention-data ways together."""
    found = dict(PARALLEL.findall(text))
    return math.prod(max(int(found.get(name, 1)), 1) for name in ("tp", "pp", "adp"))


def expert_ways(text: str) -> int:
    """Return the expert ways that a plan in words names [1]."""
    return int(dict(PARALLEL.findall(text)).get("moeep", 1))


def _by_sequences(ways: Ways, heads: int, moe_tensor: int) -> Ways:
    """Return a plan that can be: tensor ways that heads or a server forbid stand for attention ranks.

    Experts that ranks do not divide are stored redundantly; the largest power of two below counts. Experts split
    among attention ranks by width lie there as if split by number.
    """
    if heads % ways.tensor or ways.tensor > NODE:
        expert = ways.tensor if moe_tensor > 1 else ways.expert
        ways = replace(ways, tensor=1, ranks=power(ways.tensor * ways.ranks), expert=expert)
    elif ways.ranks > 1 and ways.expert * moe_tensor == ways.tensor * ways.ranks:
        ways = replace(ways, expert=ways.expert * moe_tensor)
    return replace(ways, expert=power(min(ways.expert, ways.tensor * ways.ranks)))


def power(count: int) -> int:
    """Return the largest power of two that is no more than a count."""
    return 1 << (count.bit_length() - 1)


def _whole(row: Row, column: str) -> int:
    return max(int(number(row, column, 1.0)), 1)


def spread_of(row: Row) -> float:
    """Return how far below the stated one the lengths of a row's requests lie at most [1].

    Dated runs of the public sweep draw lengths between 80 and 100 % of the stated ones. Others have exact lengths
    where these are multiples of 256, and those of re-tokenised text, within some 10 %, where they are round
    decimal numbers.
    """
    if swept(row):
        return SWEPT
    return 0.0 if int(number(row, "isl")) % NEAREST == 0 else TEXT


SWEPT, TEXT = 0.2, 0.1


def swept(row: Row) -> bool:
    """Tell whether a row is a dated run of the public sweep.

    Others come from engines that were set up for one load: where whole prompts make a pass, the pass is as long as
    one prompt beside all decoding sequences.
    """
    return row.get("notes", "").startswith("measured")


def day_of(row: Row) -> date | None:
    """Return the date of a dated run."""
    found = DATED.match(row.get("notes", ""))
    try:
        return date(*(int(one) for one in found.groups())) if found else None
    except ValueError:
        return None


def year_of(row: Row) -> float | None:
    """Return when a dated run was made, as a year with its fraction [1]."""
    found = DATED.match(row.get("notes", ""))
    return int(found[1]) + (int(found[2]) - 1) / MONTHS if found else None


DATED = re.compile(r"measured (\d{4})-(\d\d)-(\d\d)")
MONTHS = 12  # definition: of a year


def answerable(row: Row) -> None:
    """Raise :class:`UnansweredError` for what no serving model predicts."""
    if "whisper" in row["model"].casefold():
        raise UnansweredError("speech recognition: an encoder and cross-attention are not modelled")
