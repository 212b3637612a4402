"""Shapes from catalogue rows: aliases, policies, files beside names, and rows that do not fit."""

from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.workload.llm.catalogued import TEXTS, catalogued_shape, model_part, model_shape, shape_choices
from tauplan.workload.llm.fields import FIELDS

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
HEADS = {
    "parts.csv": "part,kind,vendor,country,generation,description",
    "aliases.csv": "alias,part",
    "fields.csv": "kind,field,unit,required,description",
    "sources.csv": "source,title,publisher,url,licence",
    "grades.csv": "grade,rank,description",
    "claims/models.csv": "part,field,value,unit,low,high,source,locator,grade,date,note",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


def small(root: Path, claims: list[str]) -> Catalog:
    """A catalogue of one model with the given claims."""
    (root / "claims").mkdir()
    for name, head in HEADS.items():
        (root / name).write_text(head + "\n")
    (root / "parts.csv").write_text(HEADS["parts.csv"] + "\nTiny,model,,,,\n")
    (root / "grades.csv").write_text(HEADS["grades.csv"] + "\ndatasheet,1,\nestimate,6,\n")
    rows = [
        f"Tiny,{claim},1,,,{source},,{grade},2024-01-01," for claim, source, grade in map(str.split, claims)
    ]
    (root / "claims" / "models.csv").write_text("\n".join([HEADS["claims/models.csv"], *rows]) + "\n")
    return Catalog(root)


GOOD = ["layers,4 a datasheet", "hidden,64 a datasheet", "heads,4 a datasheet", "vocab,99 a datasheet"]
GOOD_WITH_FFN = [*GOOD, "ffn_width,256 a datasheet"]


def test_a_model_by_name_and_by_alias(catalog: Catalog):
    by_name = catalogued_shape("Llama-3.1-8B", catalog)
    assert by_name == catalogued_shape("meta-llama/Llama-3.1-8B-Instruct", catalog)
    assert (by_name.name, by_name.dtype, by_name.context_max) == ("Llama-3.1-8B", "bfloat16", 131072)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Qwen/Qwen3-VL-30B-A3B-Instruct-FP8", "Qwen3-VL-30B-A3B"),  # catalogued with its encoder
        ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen2.5-7B"),  # catalogued without
        ("poolside/Laguna-XS.2-FP8", "Laguna-XS.2"),
        ("gpt2-xl", "GPT-2 XL"),
    ],
)
def test_words_for_an_encoder_are_dropped_last(catalog: Catalog, name: str, part: str):
    assert model_part(name, catalog).name == part


def test_an_unknown_model_is_an_input_error(catalog: Catalog):
    with pytest.raises(InputError, match=r"Llama-3\.1-8B"):
        catalogued_shape("Llama-3.1-8C", catalog)


def test_a_part_that_is_not_a_model_is_refused(catalog: Catalog):
    for part in catalog.parts():
        if part.kind != "model":
            with pytest.raises(InputError):
                catalogued_shape(part.name, catalog)
            break


def test_a_path_is_read_and_taken_from_the_folder(catalog: Catalog):
    assert model_shape(str(CONFIGS / "phi-4.json"), catalog).hidden == 5120
    assert model_shape("phi-4.json", catalog, folder=CONFIGS).name == "phi-4"
    assert model_shape("Phi-4", catalog).hidden == 5120


def test_choices_cite_every_field_of_the_shape(catalog: Catalog):
    choices = shape_choices("DeepSeek-V3", catalog)
    assert set(choices) <= {*FIELDS, "dtype"}
    assert choices["kv_rank"].value == 512
    assert all(choice.claim.source for choice in choices.values())


def test_the_better_grade_wins_and_a_pin_overrules_it(catalog: Catalog):
    assert catalogued_shape("DeepSeek-V2-Lite", catalog).layers == 27
    (rival,) = shape_choices("DeepSeek-V2-Lite", catalog)["layers"].rivals
    pinned = Policy({("DeepSeek-V2-Lite", "layers"): rival.source})
    assert catalogued_shape("DeepSeek-V2-Lite", catalog, pinned).layers == 28


def test_rows_of_a_small_catalogue(tmp_path: Path):
    shape = catalogued_shape("tiny", small(tmp_path, GOOD_WITH_FFN))
    assert (shape.layers, shape.hidden, shape.groups[0].ffn.width) == (4, 64, 256)


def test_missing_rows_are_all_named(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        catalogued_shape("Tiny", small(tmp_path, GOOD[:2]))
    assert [problem.path for problem in caught.value.problems] == ["heads", "vocab", "ffn_width"]
    assert all("Tiny" in problem.place for problem in caught.value.problems)


def test_a_fraction_of_a_layer_is_refused(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        catalogued_shape("Tiny", small(tmp_path, ["layers,4.5 a datasheet", *GOOD_WITH_FFN[1:]]))
    assert [problem.path for problem in caught.value.problems] == ["layers"]


def test_every_catalogued_model_makes_a_shape(catalog: Catalog):
    models = catalog.parts("model")
    assert len(models) >= 100
    for part in models:
        assert catalogued_shape(part.name, catalog).layers > 0


def test_every_model_field_of_the_catalogue_is_known_to_the_builder(catalog: Catalog):
    fields = {name for kind, name in catalog.fields if kind == "model"}
    checks = {"params_total", "params_active", "params_non_embedding"}
    assert fields - checks - set(TEXTS) == set(FIELDS)
