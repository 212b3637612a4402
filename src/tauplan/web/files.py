"""Where the files of each client lie: a folder of its own, names without paths, sizes bounded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tauplan.errors import InputError, Problem
from tauplan.web import limits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\.(?:json|onnx|csv)", re.IGNORECASE)
LONGEST = 80
MODELS = (".json", ".onnx")


@dataclass(frozen=True)
class OwnFiles:
    """The files of all clients, below one folder."""

    folder: Path

    def of(self, client: str) -> list[Path]:
        """Return the files of a client, the newest first."""
        place = self.folder / client
        found = [path for path in place.glob("*") if _NAME.fullmatch(path.name)] if place.is_dir() else []
        return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))

    def find(self, client: str, name: str) -> Path:
        """Return a file of a client. Errors: :class:`InputError` where it has none of that name."""
        path = self.folder / client / checked(name)
        if not path.is_file():
            hint = "bring it along under Own files: it is kept for the browser that sent it"
            raise InputError(Problem("no such file", path="file", value=name, hint=hint))
        return path

    def models(self, client: str) -> tuple[str, ...]:
        """Return the names of the client's model files."""
        return tuple(sorted(path.name for path in self.of(client) if path.suffix.lower() in MODELS))

    def stamp(self, client: str) -> str:
        """Return a word that changes when the client's model files do."""
        known = [
            (p.name, p.stat().st_mtime_ns, p.stat().st_size)
            for p in self.of(client)
            if p.suffix.lower() in MODELS
        ]
        return hashlib.sha256(repr(sorted(known)).encode()).hexdigest()[:16] if known else ""

    async def take(self, client: str, name: str, pieces: AsyncIterator[bytes]) -> Path:
        """Keep a file, whole or not at all. Errors: :class:`InputError` for its name or size."""
        place = self.folder / client
        path = place / checked(name)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.partial")
        size = 0
        try:
            with partial.open("wb") as file:
                async for piece in pieces:
                    size += len(piece)
                    if size > limits.MOST_FILE_B:
                        most = f"at most {limits.MOST_FILE_B // 1024**2} MiB"
                        raise InputError(
                            Problem("the file is too large", path="file", value=name, expected=most)
                        )
                    file.write(piece)
            if not size:
                raise InputError(Problem("the file is empty", path="file", value=name))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        for old in self.of(client)[limits.MOST_FILES :]:
            old.unlink(missing_ok=True)
        return path

    def drop(self, client: str, name: str) -> None:
        """Forget a file."""
        self.find(client, name).unlink(missing_ok=True)


def checked(name: str) -> str:
    """Return a name that is safe as that of a file. Errors: :class:`InputError`."""
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        expected = "letters, digits, dots, dashes; ending in .json, .onnx or .csv"
        raise InputError(Problem("not a name of a file", path="file", value=name[:100], expected=expected))
    return name
