"""What one client may ask for: sizes, seconds, memory, calls at once."""

from __future__ import annotations

MOST_CHANGES = 200
LONGEST_CHANGE = 500
LONGEST_SCENARIO = 100_000
LONGEST_NAME = 200

MOST_BODY_B = 256 * 1024
"""Largest body of a call [bytes]; a long scenario has a few thousand."""

MOST_FILE_B = 64 * 1024 * 1024
"""Largest file that can be brought along [bytes]: an ONNX file without its weights is far smaller."""

MOST_FILES = 20
"""Files that are kept for one client; the oldest goes first."""

MOST_REQUESTS = 20_000
"""Requests that a client may have simulated; the command line has no such limit."""

ANSWER_S = 20.0
"""Time that a worker has for one answer [s]."""

STUDY_S = 3600.0
"""Time that a study or an order plan has [s]."""

MEMORY_B = 3 * 1024**3
"""Memory that a worker may have [bytes]."""

AT_ONCE = 8
"""Calls of one client that may wait for an answer at the same time."""

WAITING = 200
"""Calls of all clients that may wait for a worker."""

JOBS_OF_ONE = 3
"""Studies and plans of one client that may wait or run."""

KEPT_OF_ONE = 20
"""Finished studies and plans that are kept for one client."""

MOST_COMBINATIONS = 2_000_000_000
"""Combinations of a study that a client may start; larger ones run from the command line."""

CACHE_B = 128 * 1024**2
"""Answers kept in memory [bytes]."""
