"""Keys of a configuration read one by one, and what a family's own reader makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tauplan.workload.llm.fields import FIELDS

LARGEST = 10**12  # definition: no size of a model is larger


class UnusableError(Exception):
    """A key that is missing or holds what no family writes there."""

    def __init__(self, key: str, value: object, expected: str) -> None:
        super().__init__(key)
        self.key, self.value, self.expected = key, value, expected


class Keys:
    """Values of a configuration by key, a dot before the key of a nested object."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def get(self, key: str) -> Any:
        """Give a value, None if absent."""
        section, _, inner = key.partition(".")
        value = self._config.get(section)
        if inner:
            return cast("dict[str, Any]", value).get(inner) if isinstance(value, dict) else None
        return value

    def whole(self, *keys: str, absent: int | None = None) -> int:
        """Give the whole number under the first key that is present; without one, ``absent``."""
        for key in keys:
            value = self.get(key)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
                raise UnusableError(key, value, "a whole number")
            if not 0 <= value <= LARGEST:
                raise UnusableError(key, value, f"a whole number up to {LARGEST:,}")
            return int(value)
        if absent is None:
            raise UnusableError(keys[0], None, "a whole number")
        return absent

    def items(self, key: str) -> Sequence[Any]:
        """Give a list, empty if absent."""
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise UnusableError(key, value, "a list")
        return cast("list[Any]", value)

    @property
    def layers(self) -> int:
        """Number of layers, at most as many as any model may have."""
        return min(
            self.whole("num_hidden_layers", "n_layer", "n_layers", "num_layers"), FIELDS["layers"].high
        )

    def kinds(self, key: str, letters: Mapping[str, str]) -> str:
        """Give one letter per layer from a list of names, empty if absent; names beyond the last layer are cut."""
        names = [str(name) for name in self.items(key)][: self.layers]
        if strange := sorted({name for name in names if name not in letters}):
            raise UnusableError(key, ", ".join(strange)[:80], ", ".join(letters))
        return "".join(letters[name] for name in names)


@dataclass(frozen=True)
class Written:
    """Canonical fields, the kind of each layer (:data:`tauplan.workload.llm.fields.MIXERS`), its mixtures."""

    fields: Mapping[str, int] = field(default_factory=dict[str, int])
    mixers: str = ""
    blocks: str = ""
    moe: tuple[bool, ...] = ()
    rule: str = ""


ATTENTION_NAMES = {"full_attention": "A", "sliding_attention": "W", "attention": "A"}
MIXER_NAMES = {**ATTENTION_NAMES, "linear_attention": "S", "mamba": "S", "conv": "S"}
"""Letter of each kind of layer by its name in a list."""
