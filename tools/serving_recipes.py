"""Compile the published recipes of a public serving sweep: who ran how many workers, for how many clients.

The sweep's measured tables name the parallel plan of a run but not its number of workers, nor whether it drafts
tokens. The sweep publishes both beside its code: lists of runs by date, and one file per run for the launcher.

Usage: python tools/serving_recipes.py SWEEP_CHECKOUT LAUNCHER_CHECKOUT

Both are Git checkouts with their history. Writes data/cases/serving_recipes.csv.
"""

from __future__ import annotations

import argparse
import csv
import functools
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tauplan.catalog.location import data_root
from tauplan.validate.serving_recipes import FILE, Recipe, Side

LISTS = re.compile(r"(?:\.github/)?configs/(?:nvidia|amd)-master\.yaml")
DEVICE = re.compile(r"-(gb200|gb300|b200|b300|h100|h200|mi300x|mi325x|mi355x)(?:-|$)")
ENGINES = {"trt": "trtllm", "sglang": "sglang", "vllm": "vllm"}
NAMED = re.compile(r"_mtp(\d)")  # drafted tokens in the name of a launcher's file
GPUS_PER_NODE = {"gb200": 4, "gb300": 4}  # trays of these racks; servers of the others hold 8
SERVER = 8
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Span:
    """When a recipe was listed: dates of the first and last commit that hold it, and of the first its name."""

    since: str
    until: str
    commit: str


class Repository:
    """A Git checkout, read without its work tree."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *words: str) -> str:
        """Return what a Git command prints."""
        return subprocess.run(
            ["git", "-C", str(self.path), *words], capture_output=True, text=True, check=True
        ).stdout

    def versions(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
        """Yield commit, date and path of each version of the files that match, oldest first."""
        log = self.git("log", "--reverse", "--date=short", "--format=@%h %ad", "--name-only", "--", "*.yaml")
        commit = date = ""
        for line in log.splitlines():
            if line.startswith("@"):
                commit, date = line[1:].split()
            elif pattern.fullmatch(line):
                yield commit, date, line

    def files(self) -> dict[str, str]:
        """Return the newest text of every YAML file by its path from a folder named recipes on."""
        found = {}
        for path in self.git("ls-tree", "-r", "--name-only", "HEAD").splitlines():
            if path.endswith((".yaml", ".yml")):
                name = re.sub(r"^.*?recipes/", "", path)
                found[name] = path
        return found


def number(text: Any, default: int = 0) -> int:
    """Return the whole number that a setting gives, or the default for none or words."""
    try:
        return int(float(text))
    except (TypeError, ValueError):
        return default


def settings(side: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings NAME=VALUE of one kind of workers."""
    pairs = (str(one).partition("=") for one in side.get("additional-settings") or ())
    return {name: value for name, _, value in pairs}


class Launcher:
    """Files of single runs: clients, drafted tokens, tokens of a pass and sequences of a rank."""

    def __init__(self, *repositories: Repository) -> None:
        self._where = [(repository, repository.files()) for repository in repositories]
        self.run = functools.cache(self._run)

    def _run(self, name: str) -> Mapping[str, Any]:
        """Return a run by the path of its file; nothing where there is no such file."""
        name = re.sub(r"^.*?recipes/", "", name.partition(":")[0])
        for repository, files in self._where:
            if name in files:
                found = yaml.load(repository.git("show", f"HEAD:{files[name]}"), LOADER)
                return found if isinstance(found, Mapping) else {}
        return {}


def clients_of(run: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers of clients that a run's file lists, as "4x8x16" or a list."""
    stated = (run.get("benchmark") or {}).get("concurrencies")
    if isinstance(stated, str):
        return tuple(number(one) for one in stated.split("x") if number(one))
    if isinstance(stated, list):
        return tuple(number(one) for one in stated)
    return (stated,) if isinstance(stated, int) else ()


def worker_of(run: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return the engine's settings of one kind of workers in a run's file, names with underscores."""
    backend = run.get("backend") or {}
    for name in ("trtllm_config", "sglang_config", "vllm_config"):
        found = (backend.get(name) or {}).get(kind)
        if isinstance(found, Mapping):
            return {str(key).replace("-", "_"): value for key, value in found.items()}
    return {}


TOKENS = ("max_num_tokens", "chunked_prefill_size")  # of a rank in one engine, of a worker in another
BATCH = ("max_batch_size", "max_running_requests")


def of_rank(worker: Mapping[str, Any], names: tuple[str, str], ranks: int) -> int:
    """Return a limit of an attention rank by the name of it, or by that of the whole worker; 0 for none."""
    rank, whole = (max(number(worker.get(name)), 0) for name in names)
    return rank or whole // ranks


def drafts_of(worker: Mapping[str, Any]) -> int | None:
    """Return how many tokens a worker's settings draft; nothing where they do not say."""
    speculative = worker.get("speculative_config")
    if isinstance(speculative, str):
        speculative = yaml.load(speculative, LOADER)
    if isinstance(speculative, Mapping):
        for name in ("num_nextn_predict_layers", "num_speculative_tokens", "max_draft_len"):
            if name in speculative:
                return number(speculative[name])
    if "speculative_num_steps" in worker:
        return number(worker["speculative_num_steps"])
    return None


def side_of(stated: Mapping[str, Any], nodes: int, per_node: int, heads_only: bool) -> Side:
    """Return the workers of one kind: attention by sequences over all accelerators of a worker, or by heads."""
    workers = max(number(stated.get("num-worker"), 1), 1)
    wide, expert = max(number(stated.get("tp"), 1), 1), max(number(stated.get("ep"), 1), 1)
    if wide == 1 and (expert > 1 or nodes):  # early lists leave the width to the launcher
        wide = max(nodes * per_node // workers, 1) if nodes else expert
    by_sequences = bool(stated.get("dp-attn")) and not heads_only
    expert = wide if by_sequences and nodes else min(expert, wide)
    return Side(workers, 1 if by_sequences else wide, wide if by_sequences else 1, expert)


def recipes(name: str, entry: Mapping[str, Any], launcher: Launcher) -> Iterator[Recipe]:
    """Yield the recipes of one entry of a list, with workers for prompts of their own."""
    device, engine = DEVICE.search(name), str(entry.get("framework", "")).replace("dynamo-", "")
    engine = ENGINES.get(engine.partition("-")[0], "")
    lengths = entry.get("seq-len-configs") or (entry.get("scenarios") or {}).get("fixed-seq-len") or ()
    if not device or not engine:
        return
    per_node = GPUS_PER_NODE.get(device[1], SERVER)
    for length in lengths:
        for space in length.get("search-space") or ():
            if "prefill" not in space or "decode" not in space:
                continue
            before, after = settings(space["prefill"]), settings(space["decode"])
            file = before.get("CONFIG_FILE", "")
            run = launcher.run(file) if file else {}
            first, second = worker_of(run, "prefill"), worker_of(run, "decode")
            heads_only = "low-latency" in before.get("SCRIPT_MODE", "")
            front = side_of(space["prefill"], number(before.get("PREFILL_NODES")), per_node, heads_only)
            back = side_of(space["decode"], number(after.get("DECODE_NODES")), per_node, heads_only)
            named = NAMED.search(file)
            drafts = drafts_of(second)
            if drafts is None:
                drafts = number(named[1]) if named else number(after.get("DECODE_MTP_SIZE"), -1)
            if drafts < 0:
                drafts = 0 if space.get("spec-decoding", "none") == "none" else -1
            tokens = number(before.get("PREFILL_MAX_NUM_TOKENS"), of_rank(first, TOKENS, front.ranks))
            batch = number(after.get("DECODE_MAX_BATCH_SIZE"), of_rank(second, BATCH, back.ranks))
            listed = tuple(number(one) for one in space.get("conc-list") or ())
            yield Recipe(
                engine,
                str(entry.get("model")),
                device[1],
                str(entry.get("precision")),
                number(length["isl"]),
                number(length["osl"]),
                clients_of(run) or listed,
                replace(front, tokens=tokens),
                replace(back, batch=batch),
                drafts,
            )


def compiled(sweep: Repository, launcher: Launcher) -> dict[Recipe, Span]:
    """Return every recipe of the sweep's history with the time in which it was listed."""
    found: dict[Recipe, Span] = {}
    live: dict[str, set[Recipe]] = {}
    for commit, date, path in sweep.versions(LISTS):
        try:
            listed = yaml.load(sweep.git("show", f"{commit}:{path}"), LOADER)
        except (yaml.YAMLError, subprocess.CalledProcessError):
            continue  # a version that no run used, or the commit that moved the file
        now = {
            one
            for name, entry in listed.items()
            if isinstance(entry, Mapping)
            for one in recipes(name, entry, launcher)
        }
        kind = path.rpartition("/")[2]
        for one in live.get(kind, set()) | now:
            if one in found:
                found[one].until = date
            else:
                found[one] = Span(date, date, commit)
        live[kind] = now
    return found


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweep", type=Path)
    parser.add_argument("launcher", type=Path)
    options = parser.parse_args()
    sweep = Repository(options.sweep)
    found = compiled(sweep, Launcher(Repository(options.launcher), sweep))
    rows = [one.cells() | asdict(span) for one, span in found.items()]
    rows.sort(key=lambda row: (row["engine"], row["device"], row["model"], row["since"], list(row.values())))
    columns = [*rows[0]]
    target = data_root() / "cases" / FILE
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} recipes")


if __name__ == "__main__":
    main()
