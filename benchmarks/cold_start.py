"""Wall time of the command line from a cold process: help, and one explained answer."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 5
COMMANDS = {
    "tauplan --help": ["--help"],
    "tauplan evaluate (70B example)": ["evaluate", str(ROOT / "examples" / "kunlun3-train.yaml")],
    "python -c pass": None,
}


def seconds(arguments: list[str] | None) -> float:
    """Median wall time of a command."""
    if arguments is None:
        line = [sys.executable, "-c", "pass"]
    else:
        line = [str(Path(sys.executable).parent / "tauplan"), *arguments]
    times: list[float] = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(line, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    bare = seconds(None)
    for name, arguments in COMMANDS.items():
        taken = seconds(arguments)
        print(f"{name:32s} {taken:6.3f} s   {taken / bare:5.1f} x a bare interpreter")


if __name__ == "__main__":
    main()
