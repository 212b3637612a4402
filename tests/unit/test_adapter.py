"""Low-rank adapters: what is trained, what is computed."""

from dataclasses import replace

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.workload.llm.adapter import adapter_operators, adapter_parameters, backward_operators
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.shape import Adapter
from tauplan.workload.operators import Elementwise, Gemm, backward


@pytest.fixture(scope="module")
def llama():
    return model_shape("Llama-2-70B", Catalog.load())


def test_rank_16_on_attention_of_llama_2_70b_trains_44_6_million(llama):
    """The MLPerf fine-tuning task: 44,564,480 trained parameters (query-key-value and output, rank 16)."""
    assert adapter_parameters(replace(llama, adapter=Adapter(16))) == 80 * 16 * (
        (8192 + 10240) + (8192 + 8192)
    )


def test_all_products_carry_more_than_those_of_attention(llama):
    few, all_ = (adapter_parameters(replace(llama, adapter=Adapter(32, t))) for t in ("attention", "all"))
    assert all_ == few + 80 * 32 * ((8192 + 2 * 28672) + (28672 + 8192))


def test_no_adapter_adds_nothing(llama):
    assert adapter_parameters(llama) == 0
    assert adapter_operators((Gemm("up", 8.0, 8.0, 8.0, 2.0, 2.0, 2.0),), None) == ()


def test_an_adapted_product_gets_two_thin_ones_and_a_sum():
    product = Gemm("qkv projection", 8.0, 32.0, 16.0, 1.0, 1.0, 2.0)
    down, up, added = adapter_operators((product, Gemm("up", 8.0, 8.0, 8.0, 2.0, 2.0, 2.0)), Adapter(4))
    assert (down.n, up.k, up.n) == (4, 4, 32.0)
    assert float(down.flops + up.flops) == 2 * 8 * 4 * (16 + 32)
    assert isinstance(added, Elementwise)
    assert float(added.bytes) == 3 * 8 * 32 * 2


def test_frozen_products_pass_the_gradient_on_and_keep_none():
    product = Gemm("up", 8.0, 32.0, 16.0, 2.0, 2.0, 2.0)
    assert backward_operators((product,), (), frozen=True) == backward(product)[:1]
    assert backward_operators((product,), (), frozen=False) == backward(product)
