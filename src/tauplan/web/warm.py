"""Loaded once before any worker starts: models, reports and catalogue, so that a new worker answers at once.

Linear algebra gets one thread, since there is a worker per core, and its buffer before memory is bounded. OpenBLAS
reads its variable as it is loaded; where it finds no room for its buffer it ends the process with the lock in hand
that its own clean-up waits for, and the process neither answers nor ends.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.web import tasks

np.linalg.eigvalsh(np.eye(2))  # takes the buffer, which every worker inherits

READY = (Catalog.load().hash, len(tasks.TASKS))
