"""Shapes of models from catalogue rows, and the one place that turns a model's name or file into a shape."""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

from tauplan.catalog.claims import Choice, Part
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT, Policy
from tauplan.errors import Problem
from tauplan.workload.llm.canonical import shape_from_fields
from tauplan.workload.llm.config import load_config
from tauplan.workload.llm.fields import FIELDS, LayerLists
from tauplan.workload.llm.shape import ModelShape

KIND = "model"
"""Kind of the catalogue parts that describe models."""

MIXERS = "mixers"
"""Text field: what mixes the tokens of each layer."""

RULE = "state_rule"
"""Text field: what happens to states at each token."""

DTYPE = "dtype"
"""Text field: type of the published weights."""

BLOCKS = "blocks"
"""Text field: the block of each layer, where layers have one block each."""

WIDTHS = "layer_widths"
"""Text field: layers with widths of their own, as ``count*kv_heads/ffn_width`` with 0 for no such block."""

TEXTS = (DTYPE, BLOCKS, MIXERS, RULE, WIDTHS)

SHAPES_KEPT = 256  # definition: shapes of models that are kept, by name

BLOCKWISE = re.compile(r"[-_ .]i?q\d(_(?:[01ksmlx]|xs|xl|nl|xxs))*(?![a-z0-9])|\.gguf$", re.IGNORECASE)
"""Names of block-wise number formats of weights, such as Q4_0, Q4_K_M or IQ2_XXS, and the ending of their files."""

ENCODERS = "another encoder in front of the same decoder"
"""Reason of the words that say so."""

GPT = "gpt"
"""Family whose vocabulary models of no known family have."""


def model_shape(
    model: str, catalog: Catalog, policy: Policy = DEFAULT, folder: Path | None = None
) -> ModelShape:
    """Give the shape of ``model``: a path that ends in ``.json`` is read, any other text is looked up.

    A relative path is taken from ``folder`` (the folder of the scenario), else from the working directory.
    Raises :class:`InputError` for an unknown name, an unreadable file or a shape that cannot be built.
    """
    if model.lower().endswith(".json"):
        return load_config(folder / model if folder else Path(model))
    return catalogued_shape(model, catalog, policy)


def model_part(name: str, catalog: Catalog) -> Part:
    """Give the part of a model by its name or alias, or by what is left of the name without words that do not
    change a decoder's shape: number formats, fine-tuning, dates (``data/model_words.csv``).

    Words for another encoder go last, so that a decoder with its encoder is found before the decoder alone.
    Raises :class:`InputError` naming the nearest models if there is none.
    """
    for candidate in (name, name.rpartition("/")[2]):
        found = catalog.find(candidate)
        if found is not None and found.kind == KIND:
            return found
    plain = BLOCKWISE.sub("", name.rpartition("/")[2])
    said = [word for word in re.split(r"[-_ /]", plain) if word]
    words = _words(catalog.root)
    for spared in (ENCODERS, ""):
        kept = "-".join(word for word in said if words.get(word.casefold(), spared) == spared)
        found = catalog.find(kept)
        if found is not None and found.kind == KIND:
            return found
    return catalog.resolve(name, KIND)


@functools.cache
def _words(root: Path) -> dict[str, str]:
    """Words that do not change a decoder's shape, with the reason of each."""
    with (root / "model_words.csv").open(newline="", encoding="utf-8") as file:
        return {row["word"]: row["why"] for row in csv.DictReader(file)}


def catalogued_shape(name: str, catalog: Catalog, policy: Policy = DEFAULT) -> ModelShape:
    """Give the shape of a catalogued model; without pins it is made once. Errors: as :func:`_shape`."""
    return _shape(name, catalog, policy) if policy.pins else _usual_shape(name, catalog)


@functools.lru_cache(maxsize=SHAPES_KEPT)
def _usual_shape(name: str, catalog: Catalog) -> ModelShape:
    return _shape(name, catalog, DEFAULT)


def _shape(name: str, catalog: Catalog, policy: Policy) -> ModelShape:
    """Give the shape of a catalogued model, by its name or any of its aliases.

    Raises :class:`InputError` if the name is unknown, or if the rows that ``policy`` prefers do not make a
    consistent decoder; all problems are listed at once.
    """
    part = model_part(name, catalog).name
    place = f"catalogue model {part}"
    fields: dict[str, int] = {}
    problems: list[Problem] = []
    texts = dict.fromkeys(TEXTS, "")
    for field, choice in shape_choices(part, catalog, policy).items():
        value = choice.value
        if field in texts:
            texts[field] = str(value)
        elif isinstance(value, str) or not float(value).is_integer():
            problems.append(Problem(f"{field} is not usable", place, field, str(value), "a whole number"))
        else:
            fields[field] = int(value)
    widths = _widths(texts[WIDTHS])
    if texts[WIDTHS] and not widths:
        expected = "count*kv_heads/ffn_width, separated by spaces"
        problems.append(Problem(f"{WIDTHS} is not usable", place, WIDTHS, texts[WIDTHS], expected))
    return shape_from_fields(
        part,
        fields,
        lambda field: (place, field, "add a row with this field"),
        lists=LayerLists(blocks=texts[BLOCKS], mixers=texts[MIXERS], rule=texts[RULE], widths=widths),
        dtype=texts[DTYPE],
        already=tuple(problems),
        unreadable=frozenset(problem.path for problem in problems),
    )


def _widths(text: str) -> tuple[tuple[int, int], ...]:
    runs = (map(int, run) for run in re.findall(r"(\d+)\*(\d+)/(\d+)", text))
    return tuple((kv, width) for count, kv, width in runs for _ in range(count))


def usual_vocabulary(name: str, root: Path) -> int:
    """Give the rows of the embedding table of the family that a model's name begins with, the longest there is.

    Models of no known family count as GPT, whose table is padded to a multiple of 1024.
    """
    known = _vocabularies(root)
    words = name.rpartition("/")[2].casefold()
    return known[max((family for family in known if words.startswith(family)), key=len, default=GPT)]


@functools.cache
def _vocabularies(root: Path) -> dict[str, int]:
    with (root / "vocabularies.csv").open(newline="", encoding="utf-8") as file:
        return {row["family"]: int(row["vocab"]) for row in csv.DictReader(file)}


def shape_choices(name: str, catalog: Catalog, policy: Policy = DEFAULT) -> dict[str, Choice]:
    """Give the claims that the shape of a catalogued model rests on, by field, for citation."""
    part = model_part(name, catalog).name
    chosen = {field: catalog.choose(part, field, policy) for field in (*FIELDS, *TEXTS)}
    return {field: choice for field, choice in chosen.items() if choice is not None}
