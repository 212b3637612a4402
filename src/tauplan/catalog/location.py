"""Where the catalogue's files lie: inside an installed package, or beside the source tree."""

from __future__ import annotations

from pathlib import Path


def data_root() -> Path:
    """Return the folder of the shipped catalogue."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "data"
    return installed if installed.is_dir() else package.parent.parent / "data"
