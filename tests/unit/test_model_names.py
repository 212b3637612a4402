"""Names of models: words that change no shape, vocabularies of families."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.workload.llm.catalogued import model_part, usual_vocabulary


@pytest.fixture(scope="module")
def catalog():
    return Catalog.load()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Qwen/Qwen3-235B-A22B-Thinking-2507-FP8", "Qwen3-235B-A22B"),
        ("nvidia/DeepSeek-V3.1-NVFP4", "DeepSeek-V3.1"),
        ("Qwen3-VL-30B-A3B-Instruct", "Qwen3-VL-30B-A3B"),
        ("meta-llama/Llama-3.3-70B-Instruct", "Llama-3.3-70B"),
        ("Llama-3.1-405B-Instruct-FP8", "Llama-3.1-405B"),
        ("llama2 7B Q4_0", "Llama-2-7B"),
        ("Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "Llama-3-8B"),
        ("Qwen3-8B-IQ2_XXS.gguf", "Qwen3-8B"),
        ("unsloth/Llama-3.1-8B-Instruct-bnb-4bit", "Llama-3.1-8B"),
        ("deepseek-ai/DeepSeek-V3.1-Terminus", "DeepSeek-V3.1"),
        ("nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16", "Nemotron-Nano-12B-v2"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", "Nemotron-3-Nano-30B-A3B"),
        ("Bloom 7B1", "BLOOM-7B1"),
        ("Grok1 8x5B", "Grok-1 40B"),
    ],
)
def test_words_that_change_no_shape_are_left_out(name, part, catalog):
    assert model_part(name, catalog).name == part


@pytest.mark.parametrize("name", ["Instruct", "Q4_0", "Qwen3-999B", "A100-SXM-80GB", ""])
def test_what_is_left_must_be_a_model(name, catalog):
    with pytest.raises(InputError):
        model_part(name, catalog)


def test_the_longest_family_gives_the_vocabulary(catalog):
    names = ("LLaMA3 8B", "LLaMA2 7B", "Baichuan2 7B", "Baichuan 7B", "a model of no family")
    assert [usual_vocabulary(n, catalog.root) for n in names] == [128256, 32000, 125696, 64000, 51200]
