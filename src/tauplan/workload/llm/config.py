"""Reads the shape of a model from a Hugging Face ``config.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tauplan.errors import InputError, Problem
from tauplan.workload.llm.canonical import shape_from_fields
from tauplan.workload.llm.config_file import parse_object, read_text
from tauplan.workload.llm.families import (
    BLOCK_LETTERS,
    ENCODER_KEYS,
    FAMILIES,
    GATED_ACTIVATIONS,
    KEYS,
    OWN_WIDTHS,
    REFUSED_KEYS,
    REFUSED_TYPES,
    SHARED_KEYS,
    STATE_KEYS,
    STATE_SPACE,
    SUPPORTED,
    TEXT_PARTS,
    USUAL,
    WHOLES,
    WIDE_QK_NORM,
    WIDTH_STEP,
    Family,
)
from tauplan.workload.llm.fields import FIELDS, LayerLists
from tauplan.workload.llm.keys import Keys, UnusableError, Written
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.tower import tower_parameters
from tauplan.workload.llm.written import SECTION_KINDS, WRITTEN

_WINDOWED = frozenset({"sliding_attention", "chunked_attention"})
_FULL = frozenset({"full_attention", "global_attention", "attention", "deepseek_sparse_attention"})


def load_config(path: Path) -> ModelShape:
    """Read the shape of a model from the ``config.json`` at ``path``.

    The model is named after the file, or after its folder when the file is called ``config.json``. Raises
    :class:`InputError` if the file cannot be read, is larger than 5 MB, is not JSON, is not a mapping, or
    does not describe a decoder that a shape can express; all problems are listed at once.
    """
    path = Path(path)
    config = parse_object(read_text(path), str(path))
    name = path.resolve().parent.name if path.name == "config.json" else path.stem
    return shape_from_config(config, name or path.stem, place=str(path))


def shape_from_config(config: Mapping[str, Any], name: str, *, place: str = "") -> ModelShape:
    """Build the shape of model ``name`` from the content of a Hugging Face ``config.json``.

    Keys are read by name whatever the family; a table of families supplies what each takes for granted, such
    as biases or the number of norms. The language section of a multimodal configuration is taken. A family
    that is not in the table is read as a Llama-like decoder, its feed-forward gated if its activation is.
    ``place`` names the origin in messages. Raises :class:`InputError` with all problems at once.
    """
    return _Reader(config, name, place or name).shape()


class _Reader:
    """One pass over a configuration: canonical fields, where each was read, and the problems met."""

    def __init__(self, config: Mapping[str, Any], name: str, place: str) -> None:
        self.top, outer = _section(config, WHOLES)
        self.name = name
        self.place = place
        self.text, inner = _section(self.top, TEXT_PARTS)
        self.prefix = outer + inner
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self.keys: dict[str, str] = {}
        self.fields: dict[str, int] = {}

    def shape(self) -> ModelShape:
        kind = self._kind()
        self._refuse(kind)
        family = FAMILIES.get(kind, Family())
        for field in KEYS:
            self._number(field)
        blocks = self._blocks() if kind in STATE_SPACE else ""
        widths = self._widths() if kind in OWN_WIDTHS else ()
        self._settle(kind, family)
        written = self._written(kind)
        lists = self._lists()
        if written.mixers:
            lists = replace(lists, window=(), mixers=written.mixers)
        lists = replace(
            lists,
            moe=written.moe or lists.moe,
            blocks=blocks or written.blocks,
            rule=written.rule,
            widths=widths,
        )
        dtype = self._get("torch_dtype") or self._get("dtype") or ""
        return shape_from_fields(
            self.name,
            {field: value for field, value in self.fields.items() if field not in self.unreadable},
            self._locate,
            lists=lists,
            dtype=dtype if isinstance(dtype, str) else "",
            already=tuple(self.problems),
            unreadable=frozenset(self.unreadable),
        )

    def _kind(self) -> str:
        """The model type of the language section, else that of the whole or what its first code is known by."""
        kind = self.text.get("model_type")
        whole = self.top.get("model_type")
        if not isinstance(kind, str) and isinstance(whole, str):
            kind = SECTION_KINDS.get(whole, whole) if self.prefix else whole
        if isinstance(kind, str):
            return kind
        return "mamba" if "ssm_cfg" in self.text else ""

    def _written(self, kind: str) -> Written:
        """What the reader of a family makes of its own keys; what it cannot read is reported once."""
        self.fields["tower"] = tower_parameters(self.top)
        reader = WRITTEN.get(kind)
        if reader is None:
            return Written()
        try:
            written = reader(Keys(self.text))
        except UnusableError as error:
            path = self.prefix + error.key
            if not any(problem.path == path for problem in self.problems):
                text = f"{error.key} is missing" if error.value is None else f"{error.key} is not usable"
                self._report(error.key, text, error.value, error.expected)
            return Written()
        self.fields |= written.fields
        return written

    def _get(self, key: str) -> Any:
        """Value of a key (dotted for a nested one), None when absent or null."""
        section, _, inner = key.partition(".")
        value = self.text.get(section)
        if inner:
            return cast("dict[str, Any]", value).get(inner) if isinstance(value, dict) else None
        if value is None and key in SHARED_KEYS:
            value = self.top.get(key)
        return value

    def _locate(self, field: str) -> tuple[str, str, str]:
        if field in self.keys:
            return self.place, self.prefix + self.keys[field], ""
        keys = KEYS.get(field, (field,))
        first = USUAL.get(field, keys[0])
        others = [key for key in keys if key != first]
        return self.place, self.prefix + first, f"also read as {', '.join(others)}" if others else ""

    def _report(self, key: str, message: str, value: object, expected: str, hint: str = "") -> None:
        shown = json.dumps(value, default=str)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        self.problems.append(Problem(message, self.place, self.prefix + key, shown, expected, hint))

    def _refuse(self, kind: str) -> None:
        """Stop at once for what no shape can express; further complaints would only distract."""
        if reason := REFUSED_TYPES.get(kind):
            self._report("model_type", f"this model has {reason}", kind, SUPPORTED)
        own = kind in WRITTEN
        for key, what in (ENCODER_KEYS if own else REFUSED_KEYS).items():
            read = (kind in STATE_SPACE and key in STATE_KEYS) or (
                kind in OWN_WIDTHS and key == "block_configs"
            )
            if self._get(key) and not read:
                self._report(key, f"this model has {what}", self._get(key), SUPPORTED)
        kinds = _items(self._get("layer_types"))
        strange = sorted({str(k) for k in kinds} - _WINDOWED - _FULL)
        if strange and not own:
            self._report("layer_types", f"unsupported layers: {', '.join(strange)[:80]}", strange, SUPPORTED)
        if not own and not all(_items(self._get("attn_type_list"))):  # 1 marks softmax attention
            self._report("attn_type_list", "this model has linear attention", 0, SUPPORTED)
        for key, like in (
            ("swa_num_attention_heads", "num_attention_heads"),
            ("swa_head_dim", "head_dim"),
            ("swa_v_head_dim", "v_head_dim"),
            ("word_embed_proj_dim", "hidden_size"),
        ):
            if self._get(key) is not None and self._get(key) != self._get(like):
                self._report(key, f"{key} differs from {like}", self._get(key), f"the value of {like}")
        if self.problems:
            raise InputError(self.problems)

    def _number(self, field: str) -> None:
        """Read a canonical field from the first of its keys that is present."""
        for key in KEYS[field]:
            value = self._get(key)
            if value is None or (field == "window_pattern" and isinstance(value, str)):
                continue
            items = _items(value)
            if items and all(item == items[0] for item in items):
                value = items[0]  # written per layer, but the same in all
            self.keys[field] = key
            flag = isinstance(value, bool)
            if (flag and FIELDS[field].high <= 2) or (not flag and _whole(value)):
                self.fields[field] = int(value)
            else:
                self._unusable(field, key, value)
            return

    def _unusable(self, field: str, key: str, value: object) -> None:
        flag = FIELDS[field].high <= 2
        hint = "remove the quotes" if isinstance(value, str) and value.strip().lstrip("-").isdigit() else ""
        if _items(value):
            hint = "layers of different widths are not supported"
        self._report(key, f"{key} is not usable", value, "true or false" if flag else "a whole number", hint)
        self.unreadable.add(field)

    def _settle(self, kind: str, family: Family) -> None:
        """Apply what the family takes for granted and the few keys whose meaning depends on others."""
        f = self.fields
        for field, value in family.absent.items():
            if field not in self.unreadable:
                f.setdefault(field, value)
        f.update(family.fixed)
        if kind not in FAMILIES:
            activation = (
                self._get("hidden_act") or self._get("hidden_activation") or self._get("activation_function")
            )
            f.setdefault("gated", int(not isinstance(activation, str) or activation in GATED_ACTIVATIONS))
        if f.get("qk_norm") == 1 and (kind in WIDE_QK_NORM or self._get("qk_norm_type") == "per_layer"):
            f["qk_norm"] = 2
        if self._get("topk_method") == "noaux_tc":
            f["router_bias"] = 1
        if self._get("use_sliding_window") is False or (
            kind.startswith("qwen") and not self._get("use_sliding_window")
        ):
            f.pop("window", None)
        if self._get("add_swa_attention_sink_bias") and not self._get("add_full_attention_sink_bias"):
            f["sinks"] = 2
        if kind == "llama4_text" and "ffn_width" in f and (width := self._get("intermediate_size")):
            # One routed and one shared expert of the same width; dense layers have a width of their own.
            f["expert_width"] = f["shared_width"] = width if isinstance(width, int) else 0
            self.keys["expert_width"] = self.keys["shared_width"] = "intermediate_size"
        self._old_keys(kind, family)

    def _old_keys(self, kind: str, family: Family) -> None:
        """Keys of families that predate the common names."""
        f, hidden = self.fields, self.fields.get("hidden", 0)
        ratio = self._get("expansion_ratio") or family.ffn_ratio
        if isinstance(ratio, int) and "ffn_width" not in self.unreadable:
            f.setdefault("ffn_width", ratio * hidden)
        if family.position_rows is not None:
            f["positions"] = f.get("context_max", 0) + family.position_rows
        if kind == "falcon":
            new = bool(self._get("new_decoder_architecture"))
            if self._get("multi_query") is not False and not new:
                f["kv_heads"] = 1
            parallel = self._get("parallel_attn") is not False
            f["norms_per_layer"] = (
                (self._get("num_ln_in_parallel_attn") or 2) if new else (1 if parallel else 2)
            )
            f["ffn_bias"] = f.get("qkv_bias", 0)
        if kind == "gpt_bigcode" and self._get("multi_query") is False:
            f["kv_heads"] = f.get("heads", 1)
        if kind == "chatglm":
            f["gated"] = 1
            if not self._get("multi_query_attention"):
                f.pop("kv_heads", None)
        if kind == "mpt":
            biased = int(not self._get("no_bias"))
            f |= {"qkv_bias": biased, "out_bias": biased, "ffn_bias": biased, "norm_bias": biased}
            if self._get("learned_pos_emb") is not False and not self._get("attn_config.alibi"):
                f["positions"] = f.get("context_max", 0)

    def _lists(self) -> LayerLists:
        """Per-layer choices that the file spells out."""
        layers = min(self.fields.get("layers", 0), FIELDS["layers"].high)
        kinds = _items(self._get("layer_types"))
        window = tuple(str(kind) in _WINDOWED for kind in kinds)
        pattern = _items(self._get("hybrid_layer_pattern"))
        rope = _items(self._get("no_rope_layers"))
        if not window and pattern:
            window = tuple(bool(item) for item in pattern)
        if not window and rope and "attention_chunk_size" in self.text:
            window = tuple(bool(item) for item in rope)  # 1 marks rotary layers, which are the chunked ones
        letters = self._get("sliding_window_pattern")
        if not window and isinstance(letters, str) and letters and not set(letters) - {"L", "G"}:
            window = tuple(letters[i % len(letters)] == "L" for i in range(layers))  # local and global
        first = self._get("max_window_layers")
        if not window and "window" in self.fields and isinstance(first, int):
            window = tuple(i >= first for i in range(layers))
        shared = tuple(item == "full" for item in _items(self._get("indexer_types")))
        return LayerLists(self._moe_list(layers), window, shared)

    def _blocks(self) -> str:
        """The kind of every layer of a stack of single blocks, and what the file says about their states."""
        for key in ("hybrid_override_pattern", "layers_block_type"):
            named = self._get(key)
            if named:
                self.keys["blocks"] = key
                letters = (
                    named
                    if isinstance(named, str)
                    else "".join(BLOCK_LETTERS.get(str(kind), "?") for kind in _items(named))
                )
                self.fields.setdefault("layers", len(letters))
                if self._get("mamba_ssm_cache_dtype") == "float32":
                    self.fields["state_B"] = 4
                return letters
        self.problems.append(
            Problem("the pattern of layers is missing", self.place, self.prefix + "hybrid_override_pattern")
        )
        return ""

    def _widths(self) -> tuple[tuple[int, int], ...]:
        """Key-value heads and feed-forward width of every layer that has its own."""
        self.keys["layer_widths"] = "block_configs"
        hidden, heads = self.fields.get("hidden", 0), self.fields.get("heads", 0)
        found: list[tuple[int, int]] = []
        for i, block in enumerate(_items(self._get("block_configs"))):
            attention, ffn = (_mapping(_mapping(block).get(part)) for part in ("attention", "ffn"))
            sharing = 0 if attention.get("no_op") else attention.get("n_heads_in_group")
            multiple = 0 if ffn.get("no_op") else ffn.get("ffn_mult")
            linear = attention.get("replace_with_linear") or ffn.get("replace_with_linear")
            if linear or not isinstance(sharing, int) or not isinstance(multiple, int | float):
                self._report(
                    "block_configs", f"layer {i} is not usable", block, "attention and ffn, or no_op"
                )
                return ()
            width = -(-int(2 * multiple * hidden / 3) // WIDTH_STEP) * WIDTH_STEP
            found.append((heads // sharing if sharing else 0, width))
        self.fields |= {
            field: max((pair[place] for pair in found), default=0)
            for place, field in enumerate(("kv_heads", "ffn_width"))
        }
        return tuple(found)

    def _moe_list(self, layers: int) -> tuple[bool, ...]:
        kinds = _items(self._get("mlp_layer_types"))
        if kinds:
            return tuple(kind == "sparse" for kind in kinds)
        step = self._get("moe_layer_freq")
        if isinstance(step, list):
            return tuple(bool(item) for item in cast("list[object]", step))
        first = self.fields.get("first_dense_layers", 0)
        if isinstance(step, int) and step > 1:
            return tuple(i >= first and i % step == 0 for i in range(layers))
        chosen = _items(self._get("moe_layers"))
        if chosen:
            return tuple(i in chosen for i in range(layers))
        dense = _items(self._get("mlp_only_layers"))
        last = self._get("moe_layer_end_index")
        if dense or isinstance(last, int):
            end = last if isinstance(last, int) and last >= 0 else layers - 1
            every = max(self.fields.get("moe_layer_step", 1), 1)
            return tuple(first <= i <= end and (i + 1) % every == 0 and i not in dense for i in range(layers))
        return ()


def _section(config: Mapping[str, Any], names: Sequence[str]) -> tuple[Mapping[str, Any], str]:
    """The first section of a configuration by one of its names and the prefix of its keys in messages."""
    for name in names:
        inner = config.get(name)
        if isinstance(inner, dict):
            return cast("dict[str, Any]", inner), f"{name}."
    return config, ""


def _items(value: object) -> Sequence[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else ()


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
