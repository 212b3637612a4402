"""Loaded once before any worker starts: models, reports and catalogue, so that a new worker answers at once."""

from __future__ import annotations

from tauplan.catalog.lookup import Catalog
from tauplan.web import tasks

READY = (Catalog.load().hash, len(tasks.TASKS))
