"""Answers that were given before: the least recently asked for goes first."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any


def key(task: str, arguments: Mapping[str, Any]) -> str:
    """Return the name of a task with its arguments; the catalogue does not change while a server runs."""
    text = json.dumps([task, arguments], sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Cache:
    """Bytes by name, up to a whole size [bytes]."""

    def __init__(self, most_B: int) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()
        self._size = 0
        self._most_B = most_B

    def get(self, name: str) -> bytes | None:
        """Return what was kept, or None."""
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: str, value: bytes) -> None:
        """Keep an answer; one larger than an eighth of all is not kept."""
        if len(value) * 8 > self._most_B:
            return
        with self._lock:
            self._size -= len(self._kept.pop(name, b""))
            self._kept[name] = value
            self._size += len(value)
            while self._size > self._most_B:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
